// Package render draws a result.Record for people and for programs: the narrated lesson, the table of modes, Markdown
// and JSON.
//
// It draws from the record alone, so that a saved result looks as it did live. It knows no Docker and no command line,
// and it never prints: every function writes once to the given writer and returns the writer's error.
// Whatever a record says may come from outside (a name, a DNS answer, a daemon's message), so every text passes Plain
// before it is written, and no line is wider than Options.Width.
//
// demo.go, step.go, packets.go and footer.go have the lesson, drawing.go the picture of its lab, compare.go the table
// of modes with legend.go below it, class.go both in a row, doctor.go what an engine can do, markdown.go and json.go
// the formats for elsewhere, words.go the words for reasons, settings and actions, table.go what lays cells out,
// text.go what makes lines of texts.
package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// Options says how to draw. The zero value is 80 columns without color, lessons only.
type Options struct {
	Width    int  // columns; 0 means 80, and less than 40 is drawn as 40
	Color    bool // ANSI colors: yes green, no bold, surprise red; never the only sign
	All      bool // every question, not only the lessons
	Packets  bool // the frames that made each answer, where they were captured
	Commands bool // the command beside each question that asks it inside the lab
	Part     bool // one part of a class: no other command to try, and the clean-up is told at the end of the class
	Guessed  bool // the question stands above with what was guessed: the answer begins a line, and judges that
	ASCII    bool // netlab's own marks are ASCII, for a terminal without Unicode
	Recorded bool // the record is from another time and perhaps another engine, and the page says so
}

const (
	defaultWidth = 80
	minWidth     = 40
)

func (o Options) width() int {
	if o.Width == 0 {
		return defaultWidth
	}
	return max(o.Width, minWidth)
}

// A page collects lines and is written at once, so that a failing writer is noticed and a block appears as one.
type page struct {
	bytes.Buffer
	width int
	color bool

	recorded, ascii bool // as in Options

	err error // of drawing, which leaves the page incomplete
}

func newPage(o Options) *page {
	return &page{width: o.width(), color: o.Color, recorded: o.Recorded, ascii: o.ASCII}
}

func (p *page) to(w io.Writer) error {
	if p.err != nil {
		return p.err
	}
	text := p.Bytes()
	if p.ascii {
		text = bytes.ReplaceAll(text, []byte("…"), []byte("~")) // as wide, so that columns stay
	}
	if _, err := w.Write(text); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// line writes one line of text without colors, made plain and cut to the width.
func (p *page) line(s string) {
	p.WriteString(strings.TrimRight(cut(Plain(s), p.width), " "))
	p.WriteByte('\n')
}

// para writes a paragraph: the first line after first, the others below after as many columns as rest.
func (p *page) para(first string, rest int, text string) {
	first = Plain(first)
	lines := wrap(text, p.width-columns(first), p.width-rest)
	if len(lines) == 0 && strings.TrimSpace(first) != "" {
		p.line(first)
	}
	for i, l := range lines {
		if i == 0 {
			p.line(first + l)
			continue
		}
		p.line(strings.Repeat(" ", rest) + l)
	}
}

// sentences writes two sentences in one line, or, where they do not fit, each as a paragraph.
func (p *page) sentences(one, two string) {
	if both := flat(one + " " + two); columns(both) <= p.width {
		p.line(both)
		return
	}
	p.para("", 2, one)
	p.para("", 2, two)
}

// A Tone repeats in color what the word says: green for yes, bold for NO, red for what was not expected.
type Tone int

// The tones.
const (
	Toneless Tone = iota
	Good
	Bad
	Odd
)

// paint colors s, which must be padded and cut already: an escape sequence has no width.
func (p *page) paint(s string, t Tone) string {
	if !p.color || s == "" {
		return s
	}
	switch t {
	case Good:
		return "\x1b[32m" + s + "\x1b[0m"
	case Bad:
		return "\x1b[1m" + s + "\x1b[0m"
	case Odd:
		return "\x1b[31m" + s + "\x1b[0m"
	default:
		return s
	}
}
