package render

// The teacher's own screen in a class, and how long the class takes.

import (
	"fmt"
	"io"
	"strings"
)

// A Scheduled is a section of a class as the plan has it.
type Scheduled struct {
	Title   string
	Note    string // for the teacher
	Pause   string // what to discuss once the answers are shown
	Minutes int    // how long it should take; 0 if the plan does not say
}

// ClassTime says how many sections there are, and how long they should take: "11 sections, 2 h 30 min".
func ClassTime(sections []Scheduled) string {
	sum, timed := 0, 0
	for _, s := range sections {
		if s.Minutes > 0 {
			sum, timed = sum+s.Minutes, timed+1
		}
	}
	words := plural(len(sections), "section")
	switch {
	case timed == 0:
		return words
	case timed < len(sections):
		return words + fmt.Sprintf(", %s for %d of them", hours(sum), timed)
	}
	return words + ", " + hours(sum)
}

// hours is "50 min", "2 h" or "2 h 30 min".
func hours(minutes int) string {
	var words []string
	if minutes >= 60 {
		words = append(words, fmt.Sprintf("%d h", minutes/60))
	}
	if minutes%60 > 0 || minutes == 0 {
		words = append(words, fmt.Sprintf("%d min", minutes%60))
	}
	return strings.Join(words, " ")
}

// ClassAgenda draws the sections of a class from first on (counted from 1), with their minutes.
func ClassAgenda(w io.Writer, title string, sections []Scheduled, first int, o Options) error {
	p := newPage(o)
	p.para("", 2, orElse(flat(title), "A class")+": "+ClassTime(sections)+".")
	for i, s := range sections {
		minutes := strings.Repeat(" ", len("999 min"))
		if s.Minutes > 0 {
			minutes = fmt.Sprintf("%3d min", s.Minutes)
		}
		p.para(fmt.Sprintf("%2d  %s  ", first+i, minutes), len("99  999 min  "), flat(s.Title))
	}
	return p.to(w)
}

// ClassNotes draws what the teacher needs for a section, for a screen that the class does not see: the note, what to
// discuss, and what comes next. used is how many minutes the class has taken so far, and planned how many it should
// have taken, or 0 if the plan does not say.
func ClassNotes(w io.Writer, number, of int, now Scheduled, next string, used, planned int, o Options) error {
	p := newPage(o)
	p.WriteByte('\n')
	title := fmt.Sprintf("%d of %d: %s", number, of, orElse(flat(now.Title), "?"))
	if now.Minutes > 0 {
		title += fmt.Sprintf(", %d min", now.Minutes)
	}
	p.para("", 2, title)
	if planned > 0 {
		p.para("  ", 2, fmt.Sprintf("Used so far: %s. Planned: %s.", hours(used), hours(planned)))
	}
	p.para("  ", 2, orElse(flat(now.Note), "No note."))
	if now.Pause != "" {
		p.para("  Discuss: ", 4, now.Pause)
	}
	if next != "" {
		p.para("  Next: ", 4, next)
	}
	return p.to(w)
}
