// Package render draws a result.Record for people and for programs: the narrated lesson, the table of modes, Markdown
// and JSON.
//
// It draws from the record alone, so a saved result looks as it did live. It knows nothing of Docker or the command
// line, and it never prints: every function writes to the given writer once and returns the writer's error. A record's
// texts may come from outside (a name, a DNS answer, a daemon's message), so every text passes Plain before it is
// written. No line is wider than Options.Width.
//
// why.go has the answer of netlab why. demo.go, step.go, packets.go and footer.go have the lesson, drawing.go the
// picture of its lab, compare.go the table of modes with legend.go below it, class.go both in a row, doctor.go what an
// engine can do, markdown.go and json.go the formats for elsewhere, words.go the words for reasons, settings and
// actions, table.go what lays cells out, text.go what makes lines of texts, explain.go what the glossary explains. The
// templates of all Markdown are in the folder markdown.
package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// Options says how to draw. The zero value means 80 columns, no color, lessons only.
type Options struct {
	Width    int  // in columns; 0 means 80, and the least is 40
	Color    bool // ANSI colors: yes green, no bold, surprise red; never the only sign
	All      bool // every question, not only the lessons
	Packets  bool // the packets behind each answer, if they were captured
	Commands bool // next to each question, the command that asks it inside the lab
	Part     bool // one section of a class: suggest no other commands, and leave the clean-up to the end of the class
	Guessed  bool // question and guess are on the screen: the answer starts a line and says whether the guess was right
	ASCII    bool // use ASCII marks, for a terminal without Unicode
	Recorded bool // the record is older and perhaps from another engine, and the page says so

	Program Program // how commands are shown
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

// A page collects lines and is written at once, so that a block appears as a whole and a failing writer is noticed.
type page struct {
	bytes.Buffer
	width int
	color bool

	recorded, ascii bool // as in Options
	program         Program

	err error // of drawing; the page is then incomplete
}

func newPage(o Options) *page {
	return &page{width: o.width(), color: o.Color, recorded: o.Recorded, ascii: o.ASCII, program: o.Program}
}

func (p *page) to(w io.Writer) error {
	if p.err != nil {
		return p.err
	}
	text := p.Bytes()
	if p.ascii {
		text = bytes.ReplaceAll(text, []byte("…"), []byte("~")) // equally wide, so that columns stay aligned
	}
	return writeResult(w, text)
}

func writeResult(w io.Writer, text []byte) error {
	if _, err := w.Write(text); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// line writes one line of text without colors, made plain and cut to the page's width.
func (p *page) line(s string) {
	p.WriteString(strings.TrimRight(cut(Plain(s), p.width), " "))
	p.WriteByte('\n')
}

// para writes a paragraph: the first line after first, the others indented by rest columns.
func (p *page) para(first string, rest int, text string) {
	first = Plain(first)
	lines := wrap(p.program.In(text), p.width-columns(first), p.width-rest)
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

// sentences writes two sentences on one line, or as two paragraphs if they do not fit.
func (p *page) sentences(one, two string) {
	if both := flat(one + " " + two); columns(both) <= p.width {
		p.line(both)
		return
	}
	p.para("", 2, one)
	p.para("", 2, two)
}

// A Tone repeats in color what the word says: green for yes, bold for NO, red for an unexpected answer.
type Tone int

// Tones of an answer: Good is a yes, Bad is a NO, Odd is unexpected.
const (
	toneless Tone = iota
	Good
	Bad
	Odd
)

// paint colors s, which must already be padded and cut, because an escape sequence has no width.
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
