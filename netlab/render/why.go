package render

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// The columns of a chain: number and hop, state, text, and the evidence in the rest.
const (
	hopWidth  = 9
	textWidth = 24
	hopIndent = 3 + hopWidth + 1 + 4
)

// Why draws whether one container can reach another: the chain of hops with their evidence, the causes and their fixes.
func Why(w io.Writer, r *result.Why, o Options) error {
	p := newPage(o)
	id := ""
	if len(r.Causes) > 0 {
		id = r.Causes[0].ID
	} else if r.Verdict == result.Reachable && r.From != result.FromEngine {
		id = result.ItWorks
	}
	head, tone := headline(r)
	p.headlineRow(head, id, tone)
	for i, c := range r.Causes {
		title := c.Title
		switch {
		case i > 0 && c.Note:
			title = "Also: " + title + " (" + c.ID + ")"
		case i > 0:
			title = "Then: " + title + " (" + c.ID + ")"
		}
		p.para("    ", 4, title)
	}
	switch {
	case r.Live != nil && r.Live.Failed != nil:
		p.para("    ", 4, strings.TrimSpace(seenText(r)))
	case r.Said != nil:
		p.para("    ", 4, strings.TrimSpace("The line says: "+r.Said.Text+". "+r.Said.Now))
	}
	p.WriteByte('\n')
	for i, h := range r.Chain {
		p.hop(i+1, h)
	}
	if len(r.Chain) > 0 {
		p.WriteByte('\n')
	}
	if slices.ContainsFunc(r.Attempts, func(a result.Attempt) bool { return a.State != result.HopOK }) {
		var said []string
		for _, a := range r.Attempts {
			said = append(said, a.Address+" "+a.Text+".")
		}
		p.para("", 2, strings.Join(said, " "))
	}
	p.evidence(r)
	for _, c := range r.Causes {
		for _, f := range c.Fix {
			p.fix(f)
		}
	}
	for _, text := range r.Unseen {
		p.para("", 2, text)
	}
	last := "Nothing of yours was changed."
	if id != "" {
		last += " Read more: netlab explain " + id
	}
	p.para("", 2, last)
	return p.to(w)
}

// headline is the verdict as a sentence, with the word that it starts with.
func headline(r *result.Why) (string, Tone) {
	from, to, do := flat(r.From), flat(r.To), "connect to "
	switch c := r.Obstacle(); {
	case r.Size > 0 && c != nil && c.Direction == result.Reply:
		do = fmt.Sprintf("get packets of %d bytes from ", r.Size)
	case r.Size > 0:
		do = fmt.Sprintf("send packets of %d bytes to ", r.Size)
	case strings.HasSuffix(r.To, "/udp"):
		do = "send to "
	}
	if r.From == result.FromEngine {
		return engineHeadline(r.Verdict, to)
	}
	switch r.Verdict {
	case result.Reachable:
		return "yes  " + from + " can " + do + to, Good
	case result.Unreachable:
		return "NO  " + from + " cannot " + do + to, Bad
	case result.Ambiguous:
		return "ambiguous  " + from + " cannot always " + do + to, Bad
	}
	return "unknown  netlab cannot tell whether " + from + " can " + do + to, Bad
}

// engineHeadline is the headline of an answer to a line of the engine.
func engineHeadline(verdict, to string) (string, Tone) {
	switch verdict {
	case result.Reachable:
		return "yes  the engine can now " + to, Good
	case result.Unreachable:
		return "NO  the engine cannot " + to, Bad
	}
	return "unknown  netlab cannot tell why the engine does not " + to, Bad
}

// headlineRow writes the verdict, and the id of the cause at the right edge if it fits.
func (p *page) headlineRow(head, id string, tone Tone) {
	room := p.width - columns(id) - 2
	if columns(head) > room {
		for i, l := range wrap(head, p.width, p.width-4) {
			p.WriteString(p.paint(strings.Repeat(" ", 4*min(i, 1))+l, tone) + "\n")
		}
		if id != "" {
			p.line("    " + id)
		}
		return
	}
	p.WriteString(strings.TrimRight(p.paint(head, tone)+strings.Repeat(" ", room-columns(head)+2)+id, " ") + "\n")
}

// hop writes a hop of the chain.
func (p *page) hop(number int, h result.Hop) {
	state, tone := "ok", Good
	switch h.State {
	case result.HopNo:
		state, tone = "NO", Bad
	case result.HopUnknown:
		state, tone = "?", Bad
	}
	start := fmt.Sprintf("%2d %s ", number, pad(h.Hop, hopWidth)) + p.paint(pad(state, 3), tone) + " "
	rest := p.width - hopIndent - textWidth - 2
	if rest < 24 {
		p.hopLines(start, wrap(h.Text, p.width-hopIndent, p.width-hopIndent), nil)
		for _, e := range h.Evidence {
			p.para(strings.Repeat(" ", hopIndent), hopIndent+2, proof(e))
		}
		return
	}
	var right []string
	for _, e := range h.Evidence {
		right = append(right, wrap(proof(e), rest, rest)...)
	}
	p.hopLines(start, wrap(h.Text, textWidth, textWidth), right)
}

func (p *page) hopLines(start string, left, right []string) {
	for i := range max(len(left), len(right), 1) {
		line := ""
		if i < len(left) {
			line = left[i]
		}
		if i < len(right) {
			line = pad(line, textWidth) + "  " + right[i]
		}
		if i > 0 {
			start = strings.Repeat(" ", hopIndent)
		}
		p.WriteString(strings.TrimRight(start+line, " ") + "\n")
	}
}

func proof(e probe.Evidence) string { return e.Source + ": " + e.Text }

// evidence writes the evidence of the causes that no hop has shown.
func (p *page) evidence(r *result.Why) {
	var shown []probe.Evidence
	for _, h := range r.Chain {
		shown = append(shown, h.Evidence...)
	}
	for _, c := range r.Causes {
		for _, e := range c.Evidence {
			if !slices.Contains(shown, e) {
				shown = append(shown, e)
				p.para("Seen: ", 2, proof(e))
			}
		}
	}
}

// fix writes a fix, with its command on lines that a shell takes as they are.
func (p *page) fix(f result.Fix) {
	where := map[string]string{
		result.FixDocker: "Fix: ", result.FixCompose: "Fix, in Compose: ", result.FixApplication: "Fix, in the application: ",
		result.FixHost: "Fix, on the host: ",
	}[f.Class]
	p.para(where, 2, f.Say)
	if f.Run == "" {
		return
	}
	line := "   "
	commands := strings.Split(Plain(f.Run), " && ")
	for i, command := range commands {
		if i < len(commands)-1 {
			command += " &&"
		}
		for j, word := range strings.Fields(command) {
			need := columns(word)
			if j == 0 { // a command starts a line if it would not end on this one
				need = columns(command)
			}
			if columns(line)+1+need > p.width-2 && line != "   " && line != "     " {
				if !strings.HasSuffix(line, "&&") {
					line += " \\"
				}
				p.WriteString(line + "\n")
				line = "     "
			}
			line += " " + word
		}
	}
	p.WriteString(line + "\n")
}
