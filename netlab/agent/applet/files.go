//go:build linux

package applet

import (
	"context"
	"fmt"
	"text/tabwriter"

	"netlab/netlab/probe"
)

// cat prints the words of a file.
func (a applets) cat(ctx context.Context, file string) int {
	o := a.outcome(ctx, probe.Question{Read: &probe.Read{Path: file}})
	return a.verdict(o, o.Value)
}

// write makes a file of one line.
func (a applets) write(ctx context.Context, file, text string) int {
	o := a.outcome(ctx, probe.Question{Write: &probe.Write{Path: file, Text: text}})
	return a.verdict(o, "written")
}

// proc prints what a process here sees of the kernel, of other processes and of its namespaces.
func (a applets) proc(ctx context.Context) int {
	r := a.ask(ctx, probe.Question{Process: &probe.Process{}})
	p := r.Process
	if p == nil {
		return a.verdict(*r.Outcome, "")
	}
	w := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "kernel\t%s\n", clean(p.Kernel))
	fmt.Fprintf(w, "booted as\t%s\n", clean(p.BootID))
	fmt.Fprintf(w, "processes\t%d\n", p.Processes)
	for _, n := range p.Namespaces {
		fmt.Fprintf(w, "%s namespace\t%s\n", n.Name, n.Value)
	}
	if err := w.Flush(); err != nil {
		return No
	}
	return Yes
}
