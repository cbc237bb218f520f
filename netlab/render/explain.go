package render

import (
	"io"
	"strings"

	"netlab/netlab/glossary"
	"netlab/netlab/result"
)

// Words lists the words of a glossary, group by group.
func Words(w io.Writer, groups []glossary.Group, o Options) error {
	p := newPage(o)
	for _, g := range groups {
		words := []string{g.Name + ":"}
		for _, e := range g.Entries {
			words = append(words, e.Word)
		}
		for _, l := range fill(words, "  ", "  ", p.width) {
			p.line(l)
		}
	}
	p.para("", 2, "To explain one: netlab explain WORD")
	return p.to(w)
}

// Explain draws an entry of the glossary with its example from r, which is nil if the entry has none.
func Explain(w io.Writer, e glossary.Entry, r *result.Record, o Options) error {
	p := newPage(o)
	head := e.Word
	if len(e.Also) > 0 {
		head += " (also: " + strings.Join(e.Also, ", ") + ")"
	}
	p.para("", 2, head)
	if e.Cause != nil {
		p.para("  Symptom: ", 4, e.Cause.Symptom)
	}
	p.para("  ", 2, e.Text)
	if c := e.Cause; c != nil {
		p.WriteByte('\n')
		for i, line := range c.Hand {
			p.para([]string{"By hand  ", "         "}[min(i, 1)], 11, line)
		}
		for i, line := range c.Fixes {
			p.para([]string{"Fix      ", "         "}[min(i, 1)], 11, line)
		}
		if c.Versions != "" {
			p.para("Versions ", 9, c.Versions)
		}
		if c.Untried != "" {
			p.para("Tested   ", 9, "with recorded facts only, not with "+c.Untried)
		}
	}
	if sc, st := example(e, r); st != nil {
		p.WriteByte('\n')
		p.para("", 2, "Example ("+sc.Name+recordedOn(r)+"):")
		p.ask(strings.Repeat(" ", numberWidth), st)
		lesson := *st
		lesson.Lesson = true // so that it is drawn, with as much evidence as in a lesson
		if err := DemoAnswer(p, sc, &lesson, o); err != nil {
			return err
		}
	}
	if e.Cause == nil {
		p.WriteByte('\n')
	}
	if len(e.Settings) > 0 {
		p.para("Setting  ", 9, strings.Join(e.Settings, ", ")+" (netlab doctor)")
	}
	if e.Live != "" {
		p.para(map[bool]string{false: "Live     ", true: "Lesson   "}[e.Cause != nil], 9, e.Live)
	}
	label := "Source   "
	for _, source := range e.Sources() {
		p.para(label, 9, source)
		label = "         "
	}
	if len(e.See) > 0 {
		p.para("See      ", 9, strings.Join(e.See, " | "))
	}
	return p.to(w)
}

// recordedOn is ", recorded 4 March 2026 on engine 28.5.2".
func recordedOn(r *result.Record) string {
	on := ", recorded " + r.Started.Format(day)
	if len(r.Engines) > 0 {
		on += " on engine " + release(r.Engines[0].Version)
	}
	return on
}

// example is the step that an entry names, with its scenario, or nil.
func example(e glossary.Entry, r *result.Record) (*result.Scenario, *result.Step) {
	_, lesson, id := e.Recorded()
	if r == nil || id == "" {
		return nil, nil
	}
	for i := range r.Scenarios {
		sc := &r.Scenarios[i]
		for j := range sc.Steps {
			st := &sc.Steps[j]
			if st.Check+st.Measure == id && (lesson == "" || sc.Name == lesson) {
				return sc, st
			}
		}
	}
	return nil, nil
}
