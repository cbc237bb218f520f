package render

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/result"
)

// DemoFooter draws what comes below the questions: how many answers were as expected, and what the mode is for.
func DemoFooter(w io.Writer, sc *result.Scenario, o Options) error {
	p := newPage(o)
	if sc.Skipped == "" {
		said, hidden := score(sc, o)
		if hidden > 0 && !o.Part {
			said += fmt.Sprintf(" %d more: --all.", hidden)
		}
		switch {
		case o.Part:
		case o.Recorded:
			said += " See it live: netlab demo " + flat(sc.Name)
		case !o.Commands:
			said += " Try it yourself: --stay"
		}
		p.WriteByte('\n')
		p.para("", 2, said)
		p.para("", 2, lost(sc))
		p.para("", 2, kernelHeard(sc, o))
	}
	if sc.Use != "" {
		p.para("Good for: ", 2, sc.Use)
	}
	if sc.Note != "" {
		p.para("Note: ", 2, sc.Note)
	}
	return p.to(w)
}

// score is "8 of 8 as expected.", plus anything that went differently, and how many more questions there are.
func score(sc *result.Scenario, o Options) (summary string, hidden int) {
	var checks, expected, conditions, surprises, broken, skipped int
	hidden = sc.Unasked
	for i := range sc.Steps {
		st := &sc.Steps[i]
		switch {
		case st.Do != nil:
			continue
		case !Shown(st, o):
			hidden++
			continue
		case st.Check == "":
			continue
		}
		checks++
		switch st.Verdict {
		case result.AsExpected:
			expected++
			if len(st.Condition) > 0 {
				conditions++
			}
		case result.Surprise:
			surprises++
		case result.Skipped:
			skipped++
		default:
			broken++
		}
	}
	s := fmt.Sprintf("%d of %d as expected", expected, checks)
	if conditions > 0 {
		s += fmt.Sprintf(", %d of them (marked !) because of a setting here", conditions)
	}
	if surprises > 0 {
		s += ", " + plural(surprises, "surprise")
	}
	if broken > 0 {
		s += fmt.Sprintf(", %d with no result", broken)
	}
	if skipped > 0 {
		s += fmt.Sprintf(", %d skipped", skipped)
	}
	return s + ".", hidden
}

// CleanUp draws what the clean-up removed and what the audit found afterwards: "Removed 5 containers, 1 network. Left
// on the engine: 0."
func CleanUp(w io.Writer, r *result.Record, o Options) error {
	p := newPage(o)
	p.cleanUp(r)
	return p.to(w)
}

func (p *page) cleanUp(r *result.Record) {
	if p.recorded { // the clean-up of a recording does not matter here
		return
	}
	if len(r.Swept) > 0 {
		first := "First removed what a killed netlab left behind: "
		if line := first + objects(r.Swept) + "."; columns(Plain(line)) <= p.width {
			p.line(line)
		} else {
			p.para(first, 2, counted(r.Swept)+".")
		}
	}
	for _, what := range r.Stuck {
		p.para("Could not remove what an earlier netlab left behind: ", 2, flat(what))
	}
	var removed fact.Objects
	var kept []string
	built := false
	for _, sc := range r.Scenarios {
		removed.Add(sc.Removed)
		if sc.Kept {
			kept = append(kept, flat(sc.Session))
		}
		built = built || sc.Session != ""
	}
	gone := ""
	if removed != (fact.Objects{}) {
		gone = "Removed " + Objects(removed) + "."
	}
	for _, k := range kept {
		p.para("", 2, fmt.Sprintf("Kept: %s. To remove it: netlab down %s", k, k))
	}
	left := "Left on the engine"
	if len(r.Engines) > 1 {
		left += "s"
	}
	if len(kept) > 0 {
		left += ", besides what is kept"
	}
	switch {
	case r.Audited && len(r.Leftovers) == 0:
		p.para("", 2, gone+" "+left+": 0. "+AgentStays(r.AgentBytes))
	case r.Audited:
		p.para("", 2, fmt.Sprintf("%s %s: %d (%s). To remove them: netlab clean",
			gone, left, len(r.Leftovers), objects(r.Leftovers)))
		p.para("", 2, AgentStays(r.AgentBytes))
		if r.Held != "" {
			p.para("Why: ", 2, r.Held)
		}
	case len(kept) > 0:
		p.para("", 2, gone)
	case built || gone != "":
		p.para("", 2, gone+" netlab did not ask the engine what is left.")
	}
}

// AgentStays says that the images of netlab's agent and witness stay on the engine, with their size. Mostly there is
// only the agent's. It returns "" for none.
func AgentStays(bytes int64) string {
	if bytes <= 0 {
		return ""
	}
	return "netlab's own image data, " + size(strconv.FormatInt(bytes, 10)) + ", stays for the next run."
}

// objects lists what is or was left by name: "container netlab-x-alice, network netlab-x-web".
func objects(left []result.Leftover) string {
	names := make([]string, 0, len(left))
	for _, l := range left {
		names = append(names, l.Type+" "+l.Name)
	}
	return strings.Join(names, ", ")
}

// counted counts what was left by kind: "2 containers, 1 network".
func counted(left []result.Leftover) string {
	var kinds, words []string
	for _, l := range left {
		if !slices.Contains(kinds, l.Type) {
			kinds = append(kinds, l.Type)
		}
	}
	for _, kind := range kinds {
		n := 0
		for _, l := range left {
			if l.Type == kind {
				n++
			}
		}
		words = append(words, plural(n, kind))
	}
	return strings.Join(words, ", ")
}

// Objects returns "5 containers, 1 network, 1 link, 1 swarm", without the kinds whose count is zero.
func Objects(o fact.Objects) string {
	var words []string
	count := func(n int, one string) {
		if n > 0 {
			words = append(words, plural(n, one))
		}
	}
	count(o.Containers, "container")
	count(o.Networks, "network")
	count(o.Images, "image")
	count(o.Wires, "link")
	count(o.Volumes, "volume")
	count(o.Services, "service")
	count(o.Swarms, "swarm")
	if len(words) == 0 {
		return plural(0, "container")
	}
	return strings.Join(words, ", ")
}
