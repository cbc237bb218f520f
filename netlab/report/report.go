// Package report draws a result.Record as one HTML file for a browser, a projector, a phone and paper.
//
// The file needs nothing else: its style, its script and its drawings are in it, and its content policy lets it load
// nothing and run no other script. It is drawn from the record alone and never knows an engine. Whatever a record says
// may come from outside, so every text is made plain by netlab/render, whose words these are, and is written by
// html/template. Without a script, and on paper, all answers are there to read.
//
// lab.go has what is connected to what, lab_act.go how actions change it, way.go the way of a question's packets over
// it, scene.go and its neighbors where things stand in the drawing, lesson.go, compare.go and cost.go what the pages
// say, and page.html, page.css and page.js how they look and act.
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

// A page is what the template is given.
type page struct {
	CSS     template.CSS
	JS      template.JS
	Policy  string
	Title   string
	Steps   bool // answers are hidden until asked for
	Netlab  string
	Engines string
	Date    string
	Cleaned string

	Predicted string // how many predictions were right
	Parts     []part
	Entries   []entry // of the table of contents, where there is more than one
}

// A part is what stands together: a run, a comparison, or a part of a class.
type part struct {
	ID      string
	Title   string // of a class's part
	Table   *table
	Cost    *cost
	Lessons []lesson
	Failed  string
}

// An entry is one line of the table of contents.
type entry struct{ ID, Name, Title, Remark string }

// day is the date format, in the notation of package time.
const day = "2 January 2006"

// HTML writes a record as one self-contained HTML file: of a run each scenario as a lesson, of a comparison the table
// and below it each mode, of a bench its bars. Options.All and Options.Recorded count, the width does not. The error is
// the writer's.
func HTML(w io.Writer, r *result.Record, o render.Options) error {
	p := page{
		CSS: template.CSS(pageCSS), JS: template.JS(pageJS), //nolint:gosec // netlab's own files
		Policy: "default-src 'none'; base-uri 'none'; form-action 'none'; style-src " + sum(pageCSS) +
			"; script-src " + sum(pageJS),
		Title: title(r), Steps: r.Kind == result.KindRun || r.Kind == result.KindClass, Netlab: render.Flat(r.Netlab),
		Engines: render.Engines(r, o), Cleaned: render.Cleaned(r), Predicted: render.PredictionScore(r),
	}
	if !r.Started.IsZero() && !o.Recorded { // else Engines has it
		p.Date = r.Started.Format(day)
	}
	p.Parts = parts(r, o)
	p.Entries = contents(p.Parts)
	t, err := template.New("page").Parse(pageHTML)
	if err != nil {
		return fmt.Errorf("reading the report's template: %w", err)
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

// parts are those of a class, or the one that any other record is.
func parts(r *result.Record, o render.Options) []part {
	if r.Kind != result.KindClass {
		return []part{newPart(r, 1, o)}
	}
	var all []part
	for i, of := range r.Split() {
		told := o
		told.All, told.Part = r.Parts[i].All, true
		p := newPart(of, i+1, told)
		p.Title, p.Failed = render.Flat(r.Parts[i].Title), render.Flat(r.Parts[i].Failed)
		all = append(all, p)
	}
	return all
}

func newPart(r *result.Record, number int, o render.Options) part {
	p := part{ID: fmt.Sprintf("part-%d", number)}
	switch r.Kind {
	case result.KindCompare:
		p.Table = sideBySide(r, p.ID)
	case result.KindBench: // its labs were asked nothing
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
	var all []entry
	for _, p := range parts {
		if p.Title != "" && (p.Table != nil || len(p.Lessons) != 1) {
			all = append(all, entry{ID: p.ID, Title: p.Title})
			continue
		}
		for _, l := range p.Lessons {
			e := entry{ID: l.ID, Name: l.Name, Title: l.Title}
			if l.Skipped != "" {
				e.Remark = "skipped"
			}
			all = append(all, e)
		}
	}
	if len(all) < 2 {
		return nil
	}
	return all
}

// sum returns the SHA-256 by which a content security policy names a style or a script.
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
