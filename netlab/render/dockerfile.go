package render

import (
	"strings"

	"netlab/netlab/result"
)

const dockerfileGap = 3 // between two Dockerfiles

// dockerfiles draws a lab that consists of images only: what each is built from, as many side by side as fit.
func (p *page) dockerfiles(sc *result.Scenario) {
	var row [][]string
	used := 0
	flush := func() {
		p.sideBySide(row)
		row, used = nil, 0
	}
	for _, i := range sc.Images {
		lines := instructions(i)
		wide := widest(lines)
		if used > 0 && used+dockerfileGap+wide > p.width-2 {
			flush()
			p.WriteByte('\n')
		}
		row, used = append(row, lines), used+wide+dockerfileGap
	}
	flush()
}

// instructions returns an image's name, then its Dockerfile without comments and empty lines.
func instructions(i result.Image) []string {
	lines := []string{flat(i.Name) + ":"}
	for line := range strings.Lines(i.Dockerfile) {
		if line = flat(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, " "+line)
		}
	}
	return lines
}

func widest(lines []string) int {
	wide := 0
	for _, l := range lines {
		wide = max(wide, columns(l))
	}
	return wide
}

// sideBySide draws columns of lines.
func (p *page) sideBySide(row [][]string) {
	tallest := 0
	for _, lines := range row {
		tallest = max(tallest, len(lines))
	}
	for n := range tallest {
		line := "  "
		for _, lines := range row {
			cell := ""
			if n < len(lines) {
				cell = lines[n]
			}
			line += pad(cell, widest(lines)+dockerfileGap)
		}
		p.line(line)
	}
}
