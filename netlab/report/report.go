// Package report draws a result.Record as one HTML file for a browser, a projector, a phone and paper.
//
// The file is self-contained: it includes its style, its script and its drawings, and its content policy lets it load
// nothing and run no other script. It is drawn from the record alone and needs no engine. A record's texts may come
// from outside, so netlab/render, which provides the words, makes every text plain, and html/template writes it.
// Without a script, and on paper, all answers are visible.
//
// lab.go has the graph of what is connected, lab_act.go how actions change it, way.go the path of a question's packets
// through it, scene.go and the other scene files the layout of the drawing, lesson.go, compare.go and cost.go the
// contents of the page, and page.html, page.css and page.js how it looks and behaves.
// motion.go follows captured packets from one capture point to the next, scene_track.go draws where they move, and
// motion.css and motion.js play them.
// worksheet.go and worksheet.html have the worksheets, which are for paper.
// terms.go, terms.css and terms.js explain its words, from netlab/glossary.
package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page's style and script
	"encoding/base64"
	"fmt"
	"html/template"
	"io"

	"netlab/netlab/render"
	"netlab/netlab/result"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageJS string

//go:embed scene.css
var sceneCSS string

//go:embed motion.css
var motionCSS string

//go:embed motion.js
var motionJS string

//go:embed terms.css
var termsCSS string

//go:embed terms.js
var termsJS string

// A page is the data of the template.
type page struct {
	CSS     template.CSS
	JS      template.JS
	Policy  string
	Title   string
	Steps   bool // hide the answers until the reader asks for them
	Netlab  string
	Engines string
	Date    string
	Cleaned string

	Predicted string // how many predictions were right
	Parts     []part
	Entries   []entry // of the table of contents, if there is more than one
}

// A part is a run, a comparison, a bench, or one section of a class.
type part struct {
	ID      string
	Title   string // of a class's section
	Table   *table
	Cost    *render.Cost
	Lessons []lesson
	Failed  string
}

// An entry is one line of the table of contents.
type entry struct{ ID, Name, Title, Remark string }

// day is the date format, in the notation of package time.
const day = "2 January 2006"

// HTML writes a record as one self-contained HTML file: a run as a lesson per scenario, a comparison as its table with
// each mode below it, a bench as its bars. It uses Options.All and Options.Recorded and ignores the width. It returns
// the writer's error.
func HTML(w io.Writer, r *result.Record, o render.Options) error {
	style, script := sceneCSS+pageCSS+motionCSS+termsCSS, motionJS+pageJS+termsJS
	p := page{
		CSS: template.CSS(style), JS: template.JS(script), // netlab's own files
		Policy: "default-src 'none'; base-uri 'none'; form-action 'none'; style-src " + sum(style) +
			"; script-src " + sum(script),
		Title: title(r), Steps: r.Kind == result.KindRun || r.Kind == result.KindClass, Netlab: render.Flat(r.Netlab),
		Engines: render.Engines(r, o), Cleaned: render.Cleaned(r), Predicted: render.PredictionScore(r),
	}
	if !r.Started.IsZero() && !o.Recorded { // otherwise Engines has it
		p.Date = r.Started.Format(day)
	}
	p.Parts = parts(r, o)
	p.Entries = contents(p.Parts)
	t, err := pageTemplate()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return fmt.Errorf("drawing the report: %w", err)
	}
	if _, err := b.WriteTo(w); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// pageTemplate is the template of one page, with the words that it has explained so far.
func pageTemplate() (*template.Template, error) {
	words := newTerms()
	t, err := template.New("page").Funcs(template.FuncMap{
		"marked": words.mark, "head": words.head, "explained": words.explained, "flags": flags, "bar": newCostBar,
		"seen": func() render.NoteKind { return render.NoteSeen }, "lead": lead,
	}).Parse(pageHTML)
	if err != nil {
		return nil, fmt.Errorf("reading the report's template: %w", err)
	}
	return t, nil
}

// parts lists the sections of a class. Any other record is a single part.
func parts(r *result.Record, o render.Options) []part {
	if r.Kind != result.KindClass {
		return []part{newPart(r, 1, o)}
	}
	var list []part
	for i, of := range r.Split() {
		options := o
		options.All, options.Part = r.Parts[i].All, true
		p := newPart(of, i+1, options)
		p.Title, p.Failed = render.Flat(r.Parts[i].Title), render.Flat(r.Parts[i].Failed)
		list = append(list, p)
	}
	return list
}

func newPart(r *result.Record, number int, o render.Options) part {
	p := part{ID: fmt.Sprintf("part-%d", number)}
	switch r.Kind {
	case result.KindCompare:
		p.Table = sideBySide(r, p.ID)
	case result.KindBench: // the labs of a bench answer no questions
		p.Cost = costs(r)
		return p
	}
	for i := range r.Scenarios {
		p.Lessons = append(p.Lessons, newLesson(r, i, p.ID, o))
	}
	return p
}

// contents lists the entries of the table of contents, or nothing if there is only one lesson.
func contents(parts []part) []entry {
	var entries []entry
	for _, p := range parts {
		if p.Title != "" && (p.Table != nil || len(p.Lessons) != 1) {
			entries = append(entries, entry{ID: p.ID, Title: p.Title})
			continue
		}
		for _, l := range p.Lessons {
			e := entry{ID: l.ID, Name: l.Name, Title: l.Title}
			if l.Skipped != "" {
				e.Remark = "skipped"
			}
			entries = append(entries, e)
		}
	}
	if len(entries) < 2 {
		return nil
	}
	return entries
}

// sum returns the SHA-256 hash that identifies a style or a script in a content security policy.
func sum(text string) string {
	h := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(h[:]) + "'"
}

// title returns the title for the browser's tab.
func title(r *result.Record) string {
	switch {
	case r.Title != "":
		return render.Flat(r.Title)
	case r.Kind == result.KindCompare:
		return "Network modes side by side"
	case r.Kind == result.KindBench:
		return render.CostOf(r).Title
	case len(r.Scenarios) == 1:
		return render.Name(&r.Scenarios[0]) + ": " + render.Flat(r.Scenarios[0].Title)
	default:
		return "Lessons on container networks"
	}
}
