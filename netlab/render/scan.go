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
	switch {
	case r.Wrong():
		var counts []string
		for _, severity := range []string{result.Problem, result.Warning} {
			if n := r.Count(severity); n > 0 {
				counts = append(counts, plural(n, severity))
			}
		}
		p.para("", 2, strings.Join(counts, " and ")+" ("+looked+")")
	case len(r.Unseen) > 0:
		p.para("", 2, "Nothing wrong found in what netlab could see: "+looked)
	default:
		p.para("", 2, "Nothing wrong found: "+looked)
	}
	for _, f := range r.Findings {
		p.WriteByte('\n')
		p.finding(f)
	}
	if len(r.Findings) > 0 {
		p.WriteByte('\n')
	}
	for _, text := range r.Unseen {
		p.para("", 2, text)
	}
	switch {
	case r.Wrong():
		p.sentences("Nothing of yours was changed. Exit status 1.", "More on a line: netlab explain ID")
	case len(r.Findings) > 0:
		p.sentences("Nothing of yours was changed.", "More on a line: netlab explain ID")
	}
	return p.to(w)
}

// finding writes a finding: its sentence and its id, and indented below them, the evidence and the fixes.
func (p *page) finding(f result.Finding) {
	tone := Bad
	switch f.Severity {
	case result.Problem:
		tone = Odd
	case result.Note:
		tone = toneless
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
