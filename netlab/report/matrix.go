package report

import (
	"bytes"
	_ "embed" // the page
	"fmt"
	"html/template"
	"io"
	"strconv"
	"strings"

	"netlab/netlab/render"
	"netlab/netlab/result"
)

//go:embed matrix.html
var matrixHTML string

//go:embed matrix.css
var matrixCSS string

// wideMatrix is how many columns have their headings upright.
const wideMatrix = 9

// A matrixPage is the data of the page of a matrix.
type matrixPage struct {
	render.MatrixView

	CSS     template.CSS
	Policy  string
	Netlab  string
	Engine  string
	Date    string
	Upright bool
	Lines   []matrixLine
	Pairs   []matrixPair
}

type matrixLine struct {
	Label string
	Cells []matrixCell
}

type matrixCell struct {
	Text, Class, Note, Title string
}

// A matrixPair is a pair in full.
type matrixPair struct {
	From, To string
	Answers  []matrixAnswer
}

type matrixAnswer struct{ What, Word, Class, Text, Cause string }

// Matrix writes which containers can reach which as one self-contained HTML page without a script.
func Matrix(w io.Writer, m *result.Matrix) error {
	style := pageCSS + matrixCSS
	p := matrixPage{
		MatrixView: render.ViewMatrix(m), CSS: template.CSS(style), // netlab's own files
		Policy: "default-src 'none'; base-uri 'none'; form-action 'none'; style-src " + sum(style),
		Netlab: render.Flat(m.Netlab), Engine: "Engine " + render.Flat(m.Engine.Version),
		Upright: len(m.Containers) >= wideMatrix,
	}
	if m.Engine.OS != "" {
		p.Engine += ", " + render.Flat(m.Engine.OS)
	}
	if !m.Started.IsZero() {
		p.Date = m.Started.Format(day)
	}
	for i, row := range p.Rows {
		line := matrixLine{Label: p.Labels[i]}
		for j, c := range row {
			cell := matrixCell{Text: c.String(), Class: "none"}
			if c.Cell != nil {
				cell.Class, cell.Note = toneClass(c.Tone), c.Note
				cell.Title = p.Labels[i] + " → " + p.Labels[j]
				p.Pairs = append(p.Pairs, inFull(c.Cell, p.Labels[i], p.Labels[j]))
			}
			line.Cells = append(line.Cells, cell)
		}
		p.Lines = append(p.Lines, line)
	}
	t, err := template.New("matrix").Parse(matrixHTML)
	if err != nil {
		return fmt.Errorf("reading the page of a matrix: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return fmt.Errorf("drawing the matrix: %w", err)
	}
	if _, err := b.WriteTo(w); err != nil {
		return fmt.Errorf("writing the matrix: %w", err)
	}
	return nil
}

func inFull(c *result.Cell, from, to string) matrixPair {
	p := matrixPair{From: from, To: to}
	add := func(what string, a result.Answer) {
		word := map[string]string{
			result.HopOK: "yes", result.HopNo: "NO", result.HopUnknown: "?", result.NotAsked: "not asked",
		}[a.State]
		tone := map[string]render.Tone{result.HopOK: render.Good, result.HopNo: render.Bad, result.HopUnknown: render.Odd}
		p.Answers = append(p.Answers, matrixAnswer{
			What: what, Word: word, Class: toneClass(tone[a.State]), Text: render.Flat(a.Text), Cause: render.Flat(a.Cause),
		})
	}
	add(strings.TrimSpace("address "+render.Flat(c.ByAddress.Address)), c.ByAddress)
	add(strings.TrimSpace("name "+render.Flat(c.ByName.Name)), c.ByName)
	for _, port := range c.Ports {
		add("port "+strconv.Itoa(port.Port)+"/"+render.Flat(port.Network), port.Answer)
	}
	return p
}
