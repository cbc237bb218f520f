package cli

// Which result is drawn how: the formats of -o.

import (
	"errors"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"netlab/netlab/ask"
	"netlab/netlab/render"
	"netlab/netlab/report"
	"netlab/netlab/result"
)

// The output formats.
const (
	formatTable    = "table"
	formatJSON     = "json"
	formatMarkdown = "markdown"
	formatHTML     = "html"
	formatJUnit    = "junit"
	formatCSV      = "csv"
	formatMermaid  = "mermaid"
)

// An outputFormat is the value of -o: one of the formats that a command knows.
type outputFormat struct {
	name  *string
	known []string
	hint  string // before the known ones, in the error
}

// formatFlag adds -o. The first of the formats is the default.
func formatFlag(cmd *cobra.Command, name *string, known ...string) *outputFormat {
	*name = known[0]
	f := &outputFormat{name, known, "Use"}
	cmd.Flags().VarP(f, "output", "o", "output `format`: "+ask.Either(known))
	completeFlag(cmd, "output", cobra.FixedCompletions(known, cobra.ShellCompDirectiveNoFileComp))
	return f
}

func (f *outputFormat) Set(name string) error {
	if !slices.Contains(f.known, name) {
		return usagef("unknown output format %q. %s %s", name, f.hint, ask.Either(f.known))
	}
	*f.name = name
	return nil
}

func (f *outputFormat) String() string { return *f.name }

// Type makes help show the default as it shows texts.
func (*outputFormat) Type() string { return "string" }

// resultOptions are the flags for the format of the result, and where it is saved.
type resultOptions struct {
	output string
	open   bool   // as HTML, in the browser
	save   string // a file; "" for none
}

func (o *resultOptions) flags(cmd *cobra.Command) {
	o.outputFlag(cmd)
	cmd.Flags().StringVar(&o.save, "save", "", "also save the result to this `file`, as JSON")
}

func (o *resultOptions) outputFlag(cmd *cobra.Command) {
	formatFlag(cmd, &o.output, formatTable, formatJSON, formatMarkdown, formatHTML, formatJUnit, formatCSV)
	cmd.Flags().BoolVar(&o.open, "open", false, "show the result in the browser (implies -o html)")
}

// check returns an error for flags that do not fit, and turns --open into the format that it implies.
func (o *resultOptions) check(streams Streams) error {
	switch {
	case o.open && o.output == formatTable:
		o.output = formatHTML
	case o.open && o.output != formatHTML:
		return usagef("--open shows HTML, not %s", o.output)
	}
	if o.output == formatHTML && !o.open && terminalOf(streams.Out) != nil {
		return usagef("-o html writes a page for a browser. Redirect it to a file (> report.html), or use --open")
	}
	return nil
}

// A view is how to draw a complete record.
type view struct {
	render.Options
	resultOptions
	why string // the row of a comparison to explain; "" for the whole record
}

func (p *printer) view(o resultOptions) view { return view{Options: p.page(), resultOptions: o} }

// page returns the options for drawing: how wide the result may be, and whether it may use color.
func (p *printer) page() render.Options {
	return render.Options{
		Width: p.streams.width(), Color: p.streams.color(), ASCII: p.streams.ascii(), Program: p.program(),
	}
}

// draw draws a complete record.
func (p *printer) draw(r *result.Record, v view) error {
	show := p.show
	if v.open {
		show = p.open
	}
	return show(func(w io.Writer) error { return drawTo(w, r, v) })
}

func drawTo(w io.Writer, r *result.Record, v view) error {
	switch {
	case v.output == formatJSON:
		return render.JSON(w, r)
	case v.output == formatMarkdown:
		return render.Markdown(w, r, v.Options)
	case v.output == formatHTML:
		return report.HTML(w, r, v.Options)
	case v.output == formatJUnit:
		return render.JUnit(w, r, v.Options)
	case v.output == formatCSV:
		return render.CSV(w, r)
	case v.why != "":
		return errors.Join(render.Reasons(w, r, v.why, v.Options), render.CleanUp(w, r, v.Options))
	case r.Kind == result.KindCompare:
		return render.Compare(w, r, v.Options)
	case r.Kind == result.KindClass:
		return render.Class(w, r, v.Options)
	case r.Kind == result.KindBench:
		return render.Bench(w, r, v.Options)
	}
	return render.Demo(w, r, v.Options)
}
