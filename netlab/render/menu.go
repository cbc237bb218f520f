package render

import (
	"fmt"
	"io"
)

// Menu draws the lessons with numbers, one of them marked, below a line about the engine. It takes one line per lesson
// and group, so that all fit a screen of 24 lines.
func Menu(w io.Writer, about string, lessons []Mode, marked int, o Options) error {
	p := newPage(o)
	p.para("", 0, about)
	width := 0
	for _, m := range lessons {
		width = max(width, columns(m.Name))
	}
	for i, m := range lessons {
		if i == 0 || m.Group != lessons[i-1].Group {
			p.line(m.Group)
		}
		mark := "  "
		if i == marked {
			mark = "> "
		}
		p.line(fmt.Sprintf("%s%2d %s  %s", mark, i+1, pad(m.Name, width), m.Title))
	}
	return p.to(w)
}
