package render

import (
	"io"
	"strings"

	"netlab/netlab/result"
)

// Scan draws what is wrong on an engine: each finding with its id, its evidence and its fix, worst first.
func Scan(w io.Writer, r *result.Scan, o Options) error {
	p := newPage(o)
	looked := plural(r.Containers, "container") + ", " + plural(r.Networks, "network") + ", " + seconds(r.TookUS)
	if len(r.Findings) == 0 {
		said := "Nothing wrong found: "
		if len(r.Unseen) > 0 {
			said = "Nothing wrong found in what netlab could see: "
		}
		p.para("", 2, said+looked)
		for _, text := range r.Unseen {
			p.para("", 2, text)
		}
		return p.to(w)
	}
	var counts []string
	for _, severity := range []string{result.Problem, result.Warning} {
		if n := r.Count(severity); n > 0 {
			counts = append(counts, plural(n, severity))
		}
	}
	p.para("", 2, strings.Join(counts, " and ")+" ("+looked+")")
	for _, f := range r.Findings {
		p.WriteByte('\n')
		p.finding(f)
	}
	p.WriteByte('\n')
	for _, text := range r.Unseen {
		p.para("", 2, text)
	}
	p.sentences("Nothing of yours was changed. Exit status 1.", "More on a line: netlab explain ID")
	return p.to(w)
}

// finding writes a finding: its sentence and its id, and indented below them, the evidence and the fixes.
func (p *page) finding(f result.Finding) {
	tone := Bad
	if f.Severity == result.Problem {
		tone = Odd
	}
	p.headlineRow(flat(f.Severity)+": "+flat(f.Title), f.ID, tone)
	in := &page{width: p.width - 4, color: p.color, ascii: p.ascii, program: p.program}
	for _, e := range f.Evidence {
		in.para("Seen: ", 2, proof(e))
	}
	for _, fix := range f.Fix {
		in.fix(fix)
	}
	for line := range strings.Lines(in.String()) {
		p.WriteString("    " + line)
	}
}

// ScanJSON writes r as one indented JSON document with a final newline, as [JSON] does for a record.
func ScanJSON(w io.Writer, r *result.Scan) error { return writeJSON(w, r) }
