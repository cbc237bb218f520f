package render

import (
	"fmt"
	"io"

	"netlab/netlab/result"
)

// Class draws a whole class: each section as [Demo] or [Compare] draws it, then the result of each section.
func Class(w io.Writer, r *result.Record, o Options) error {
	p := newPage(o)
	p.para("", 2, orElse(flat(r.Title), "A class"))
	p.para("", 2, engines(r, o))
	if err := p.to(w); err != nil {
		return err
	}
	for i, part := range r.Split() {
		if err := ClassPart(w, i+1, len(r.Parts), r.Parts[i].Title, 0, o); err != nil {
			return err
		}
		if err := ClassAnswers(w, &r.Parts[i], part, o); err != nil {
			return err
		}
	}
	return ClassEnd(w, r, o)
}

// ClassPart draws the line above a section, with the minutes it should take unless they are 0.
func ClassPart(w io.Writer, number, of int, title string, minutes int, o Options) error {
	p := newPage(o)
	p.WriteByte('\n')
	took := ""
	if minutes > 0 {
		took = fmt.Sprintf(", %d min", minutes)
	}
	p.para("", 2, fmt.Sprintf("---- %d of %d: %s%s ----", number, of, orElse(flat(title), "?"), took))
	p.WriteByte('\n')
	return p.to(w)
}

// ClassAnswers draws a section again, from its own record r.
func ClassAnswers(w io.Writer, part *result.Part, r *result.Record, o Options) error {
	o.Part, o.All = true, part.All
	draw := Demo
	if r.Kind == result.KindCompare {
		draw = Compare
	}
	if len(r.Scenarios) > 0 {
		if err := draw(w, r, o); err != nil {
			return err
		}
	}
	if part.Failed == "" {
		return nil
	}
	return ClassFailed(w, part.Failed, o)
}

// ClassFailed draws why a section did not finish.
func ClassFailed(w io.Writer, why string, o Options) error {
	p := newPage(o)
	p.para("This section did not finish: ", 2, why)
	return p.to(w)
}

// ClassEnd draws the result of each section, and what the final clean-up found.
func ClassEnd(w io.Writer, r *result.Record, o Options) error {
	p := newPage(o)
	p.WriteByte('\n')
	p.para("", 2, orElse(flat(r.Title), "The class")+": "+plural(len(r.Parts), "section")+" shown.")
	var ends []string
	room := p.width
	for i, part := range r.Split() {
		ends = append(ends, became(r.Parts[i], part))
		room = min(room, p.width-len("99   ")-columns(ends[i]))
	}
	room = max(room, p.width/3)
	for i, end := range ends {
		title := cut(orElse(flat(r.Parts[i].Title), "?"), room)
		p.para(fmt.Sprintf("%2d %s  ", i+1, pad(title, room)), 4, end)
	}
	if score := PredictionScore(r); score != "" {
		p.para("", 2, score)
	}
	p.cleanUp(r)
	return p.to(w)
}

// became sums up a section in a few words: "8 of 8 as expected", or what went differently.
func became(part result.Part, r *result.Record) string {
	expected, checks, skipped := 0, 0, 0
	o := Options{All: part.All || r.Kind == result.KindCompare}
	for i := range r.Scenarios {
		if r.Scenarios[i].Skipped != "" {
			skipped++
		}
		for j := range r.Scenarios[i].Steps {
			switch st := &r.Scenarios[i].Steps[j]; {
			case st.Check == "" || !Shown(st, o):
			case st.Verdict == result.Skipped:
				skipped++
			default:
				checks++
				if st.Verdict == result.AsExpected {
					expected++
				}
			}
		}
	}
	words := "nothing was asked"
	if checks > 0 {
		words = fmt.Sprintf("%d of %d as expected", expected, checks)
	}
	if skipped > 0 {
		words += fmt.Sprintf(", %d skipped", skipped)
	}
	if part.Failed != "" {
		words += ", did not finish"
	}
	return words
}

// ClassPause draws what to discuss after a section's answers.
func ClassPause(w io.Writer, text string, o Options) error {
	p := newPage(o)
	p.WriteByte('\n')
	p.para("", 2, text)
	return p.to(w)
}

// ClassWords draws a text for the teacher, dimmed if colors are on.
func ClassWords(w io.Writer, first, text string, o Options) error {
	p := newPage(o)
	if o.Color {
		p.WriteString("\x1b[2m")
	}
	p.para(first, 2, text)
	if o.Color {
		p.WriteString("\x1b[0m")
	}
	return p.to(w)
}
