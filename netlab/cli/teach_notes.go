package cli

// The teacher's own screen in a class, and how long the class takes.

import (
	"io"
	"time"

	"netlab/netlab/render"
	"netlab/netlab/scenario"
)

// schedule is the sections of a plan with their notes and minutes.
func schedule(parts []scenario.Part) []render.Scheduled {
	var sections []render.Scheduled
	for i := range parts {
		p := &parts[i]
		sections = append(sections, render.Scheduled{Title: p.Name(), Note: p.Note, Pause: p.Pause, Minutes: p.Minutes})
	}
	return sections
}

// agenda says how long the class should take and, on the teacher's own screen, which sections it has.
func (c *class) agenda(from int) error {
	sections := schedule(c.plan.Parts[from:])
	c.words("", render.ClassTime(sections)+".")
	return c.toTeacher(false, func(w io.Writer, o render.Options) error {
		return render.ClassAgenda(w, c.plan.Title, sections, from+1, o)
	})
}

// note writes the note for a section to the teacher's own screen, if there is one.
func (c *class) note(at int) error {
	planned, _ := scenario.Minutes(c.plan.Parts[c.first:max(at, c.first)])
	used, next := int(time.Since(c.started).Minutes()), ""
	if at+1 < len(c.plan.Parts) {
		next = c.plan.Parts[at+1].Name()
	}
	now := schedule(c.plan.Parts[at : at+1])[0]
	again := c.noted
	c.noted = true
	return c.toTeacher(again, func(w io.Writer, o render.Options) error {
		return render.ClassNotes(w, at+1, len(c.plan.Parts), now, next, used, planned, o)
	})
}

// toTeacher draws on the teacher's own screen, if there is one. With fresh, a terminal is cleared first, so that it
// shows the current section only.
func (c *class) toTeacher(fresh bool, draw func(io.Writer, render.Options) error) error {
	if c.notes == nil {
		return nil
	}
	o := c.options
	o.Color = false
	t := terminalOf(c.notes)
	if t != nil {
		o.Width, _ = t.Size()
	}
	return write(c.notes, func(w io.Writer) error {
		if t != nil && fresh {
			if _, err := io.WriteString(w, clearScreen); err != nil {
				return err
			}
		}
		return draw(w, o)
	})
}

// clearScreen moves to the upper left corner of a terminal and clears it.
const clearScreen = "\x1b[H\x1b[2J"
