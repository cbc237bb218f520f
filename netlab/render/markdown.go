package render

import (
	"bytes"
	"embed"
	"fmt"
	"io"
	"strings"
	"sync"
	"text/template"

	"netlab/netlab/result"
)

//go:embed markdown/*.md.tmpl
var markdownFiles embed.FS

// markdownTemplates are the templates of all documents in Markdown.
var markdownTemplates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("markdown").Funcs(template.FuncMap{
		"escape": escape, "code": code, "plural": plural, "drawing": sheetDrawing,
	}).ParseFS(markdownFiles, "markdown/*.md.tmpl"))
})

// writeMarkdown writes data as the template with that name lays it out.
func writeMarkdown(w io.Writer, name string, data any) error {
	var b bytes.Buffer
	if err := markdownTemplates().ExecuteTemplate(&b, name+".md.tmpl", data); err != nil {
		return fmt.Errorf("drawing the Markdown: %w", err)
	}
	return writeResult(w, b.Bytes())
}

// escape makes a value safe in Markdown, also in a table: one line, without characters that are special in Markdown or
// HTML.
func escape(value any) string {
	return strings.NewReplacer(
		`\`, `\\`, "`", "\\`", `*`, `\*`, `_`, `\_`, `[`, `\[`, `]`, `\]`, `|`, `\|`, `#`, `\#`, `~`, `\~`,
		`&`, `&amp;`, `<`, `&lt;`, `>`, `&gt;`,
	).Replace(flat(fmt.Sprint(value)))
}

// codeIndent marks a line of code in Markdown.
const codeIndent = "    "

// code makes text a line of code, where no character is special.
func code(text string) string { return codeIndent + Plain(text) }

// A document is a run, a comparison or a section of a class in words.
type document struct {
	Title   string // of a section
	Engines string
	Lessons []documentLesson
	Table   *Table // of a comparison, which has no lessons
	Failed  string // why a section did not finish
}

// A documentLesson is a scenario, with a row per question and action.
type documentLesson struct {
	*result.Scenario

	Engine string // and the lab on it
	Rows   []documentRow
	Score  string
	Heard  string // from the kernel
}

// A documentRow is a question with its answer, or an action, which has no number.
type documentRow struct {
	Telling

	Number  int
	Why     string
	Remarks []string
}

// Markdown writes a record as a document: a section with a table per scenario of a run, one table for a comparison, a
// section per section of a class, a table per path of a bench. Options.All selects all questions, as on the terminal.
// The width is ignored.
func Markdown(w io.Writer, r *result.Record, o Options) error {
	switch r.Kind {
	case result.KindCompare:
		return writeMarkdown(w, "compare", newDocument(r, o))
	case result.KindClass:
		return writeMarkdown(w, "class", struct {
			Title    string
			Sections []document
		}{r.Title, sections(r, o)})
	case result.KindBench:
		return writeMarkdown(w, "bench", struct {
			Cost

			Engines string
		}{CostOf(r), engines(r, o)})
	default:
		return writeMarkdown(w, "run", newDocument(r, o))
	}
}

// sections lists the sections of a class.
func sections(r *result.Record, o Options) []document {
	var list []document
	for i, part := range r.Split() {
		o.All = r.Parts[i].All
		d := newDocument(part, o)
		d.Title, d.Failed = r.Parts[i].Title, r.Parts[i].Failed
		list = append(list, d)
	}
	return list
}

func newDocument(r *result.Record, o Options) document {
	d := document{Engines: engines(r, o)}
	if r.Kind == result.KindCompare {
		const room = 1000 // columns of one cell, so that none is cut
		t := side(r, room)
		d.Table = &t
		return d
	}
	for i := range r.Scenarios {
		sc := &r.Scenarios[i]
		l := documentLesson{Scenario: sc, Engine: engineLine(r, sc, o), Heard: kernelHeard(sc, o)}
		l.Score, _ = score(sc, o)
		number := 0
		for k := range Steps(sc, o) {
			st := &sc.Steps[k]
			if !Shown(st, o) {
				continue
			}
			row := newDocumentRow(sc, st, o)
			if st.Do == nil {
				number++
				row.Number = number
			}
			l.Rows = append(l.Rows, row)
		}
		d.Lessons = append(d.Lessons, l)
	}
	return d
}

// newDocumentRow is a step as the terminal tells it. The reason is Why, and the other notes are the remarks.
func newDocumentRow(sc *result.Scenario, st *result.Step, o Options) documentRow {
	t := Tell(sc, st, o)
	row := documentRow{Telling: t}
	remark := func(text string) {
		row.Remarks = append(row.Remarks, strings.TrimSuffix(text, ".")+".")
	}
	if len(t.Stages) > 0 {
		remark(stagesInWords(t.Stages))
	}
	for _, n := range t.Notes {
		if n.Kind == NoteReason {
			row.Why = n.Text
		} else {
			remark(n.String())
		}
	}
	return row
}
