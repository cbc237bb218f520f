package render

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"netlab/netlab/result"
)

// What a page of 80 columns gives to the parts of a figure: the mode, its bar, the median, the 99th percentile, the
// spread and the comparison. What is wider or narrower goes to the bar.
const (
	benchMedian = 7
	benchP99    = 9
	benchSpread = 13
	benchRatio  = 13
	leastBar    = 5

	p99From = 72 // columns of a page; a narrower one does without the 99th percentile
)

// Bench draws what network modes cost: a section a path, in it a block a measure, in it a bar a mode; and below what
// the words and marks mean, what was skipped, and what the clean-up did.
func Bench(w io.Writer, r *result.Record, o Options) error {
	p := newPage(o)
	p.line("WHAT A NETWORK MODE COSTS")
	b := benchOf(r)
	p.sentences(engines(r, o), benchLine(r, b))
	for _, path := range result.Paths() {
		p.benchPath(r, b, path)
	}
	p.WriteByte('\n')
	if len(b.Figures) > 0 {
		p.benchLegend(b)
	}
	for i := range r.Scenarios {
		if sc := &r.Scenarios[i]; sc.Skipped != "" {
			p.para("", 2, fmt.Sprintf("%s skipped: %s", orElse(flat(sc.Name), "?"), sc.Skipped))
		}
	}
	p.cleanUp(r)
	return p.to(w)
}

// benchOf is the record's bench; of a record without one an empty one.
func benchOf(r *result.Record) *result.Bench {
	if r.Bench == nil {
		return &result.Bench{}
	}
	return r.Bench
}

func benchLine(r *result.Record, b *result.Bench) string {
	labs := 0
	for _, sc := range r.Scenarios {
		if sc.Skipped == "" {
			labs++
		}
	}
	return fmt.Sprintf("%s, %s of %s a stream, %s.",
		plural(labs, "lab"), plural(b.Rounds, "round"), duration(b.DurationUS), seconds(r.TookUS))
}

// A block is the figures of one path and one measure.
type block struct {
	measure string
	figures []result.Figure
}

// blocks are those of one path, in the order in which they are shown.
func blocks(b *result.Bench, path string) []block {
	var all []block
	for _, m := range result.Measures() {
		one := block{measure: m}
		for _, f := range b.Figures {
			if f.Path == path && f.Measure == m {
				one.figures = append(one.figures, f)
			}
		}
		if len(one.figures) > 0 {
			all = append(all, one)
		}
	}
	return all
}

func (p *page) benchPath(r *result.Record, b *result.Bench, path string) {
	all := blocks(b, path)
	if len(all) == 0 {
		return
	}
	p.WriteByte('\n')
	label := 0
	for _, one := range all {
		for _, f := range one.figures {
			label = max(label, columns(benchLabel(f)))
		}
	}
	label = min(label, 16)
	head := pathTitle(path)
	if columns(head) < p.barEnd() {
		head = pad(head, p.barEnd()) + fmt.Sprintf("%*s", benchMedian, "median")
	}
	p.line(head)
	for _, one := range all {
		p.benchBlock(b, one, label)
	}
	p.para("Textbook: ", 2, pathNote(r, b, path))
}

// barEnd is the column in which the numbers begin.
func (p *page) barEnd() int {
	return p.width - benchMedian - 1 - p.p99Width() - benchSpread - benchRatio
}

func (p *page) p99Width() int {
	if p.width < p99From {
		return 0
	}
	return benchP99
}

func (p *page) benchBlock(b *result.Bench, one block, label int) {
	scale, name := unitOf(one)
	p.line(fmt.Sprintf(" %s, %s", measureTitle(one.measure, b.Streams), name))
	longest := 0.0
	for _, f := range one.figures {
		longest = max(longest, min(f.High, 2*f.Median)) // a single round far off does not make all bars short
	}
	room := max(p.barEnd()-label-4, leastBar)
	for _, f := range one.figures {
		first := "  " + pad(benchLabel(f), label) + " "
		if f.Verdict != "" {
			p.para(first, 4, f.Verdict+": "+f.Why)
			continue
		}
		row := first + pad(bar(f, longest, room), room+1) + fmt.Sprintf("%*s", benchMedian, number(f.Median*scale))
		p99 := ""
		if f.P99 > 0 {
			p99 = "p99 " + number(f.P99*scale)
		}
		row += " " + pad(p99, p.p99Width()) + pad(number(f.Low*scale)+".."+number(f.High*scale), benchSpread)
		p.line(row + against(b, f))
	}
}

// bar is drawn up to the spread in #, and over it in -. Where it is longer than the room it ends in >.
func bar(f result.Figure, longest float64, room int) string {
	if !(longest > 0) {
		return ""
	}
	length := func(v float64) int { return min(max(int(math.Round(v/longest*float64(room))), 0), room) }
	low, high := max(length(f.Low), 1), length(f.High)
	drawn := strings.Repeat("#", low) + strings.Repeat("-", max(high-low, 0))
	if math.Round(f.High/longest*float64(room)) > float64(room) {
		drawn = drawn[:room-1] + ">"
	}
	return drawn
}

// against is how a figure stands to the reference's.
func against(b *result.Bench, f result.Figure) string {
	switch {
	case f.Mode == b.Reference || f.Ratio <= 0:
		return ""
	case f.Overlap:
		return "no difference"
	}
	return number(f.Ratio) + " x " + flat(b.Reference)
}

// benchLabel is a mode as in a comparison, and what carries its packets where there are several ways.
func benchLabel(f result.Figure) string {
	label := orElse(flat(f.Mode), "?")
	if first, _, _ := strings.Cut(label, "-"); columns(label) > longestLabel && first != "" {
		label = first
	}
	if f.Path == result.PathHost && f.Via != result.ViaDirect {
		label += " " + viaWord(f.Via)
	}
	return label
}

func viaWord(via string) string {
	switch via {
	case result.ViaDNAT:
		return "DNAT"
	case result.ViaLoopback:
		return "local"
	}
	return flat(via)
}

func pathTitle(path string) string {
	switch path {
	case result.PathPeers:
		return "BETWEEN TWO CONTAINERS"
	case result.PathHost:
		return "HOST TO PUBLISHED PORT"
	case result.PathOutside:
		return "OUTSIDE TO PUBLISHED PORT"
	}
	return strings.ToUpper(flat(path))
}

func measureTitle(measure string, streams int) string {
	switch measure {
	case result.MeasurePing:
		return "Round trip of an ICMP echo"
	case result.MeasureEcho:
		return "Round trip of a byte over TCP"
	case result.MeasureStream:
		return "Throughput of one TCP stream"
	case result.MeasureStreams:
		return fmt.Sprintf("Throughput of %d TCP streams together", streams)
	case result.MeasureConnects:
		return "TCP connections, one after the other"
	}
	return flat(measure)
}

// unitOf is the unit in which a block is told, and how many of it one of the record's is.
func unitOf(one block) (scale float64, name string) {
	longest := 0.0
	for _, f := range one.figures {
		longest = max(longest, f.Median)
	}
	switch unit := one.figures[0].Unit; {
	case unit == "bit/s" && longest >= 1e9:
		return 1e-9, "Gbit/s"
	case unit == "bit/s":
		return 1e-6, "Mbit/s"
	case unit == "1/s" && longest >= 1e5:
		return 1e-3, "thousand a second"
	case unit == "1/s":
		return 1, "a second"
	case unit == "us" && longest >= 10_000:
		return 1e-3, "ms"
	case unit == "us":
		return 1, "microseconds"
	default:
		return 1, flat(unit)
	}
}

// number is a measured value in three digits or so.
func number(v float64) string {
	digits := 0
	switch {
	case v < 10:
		digits = 2
	case v < 100:
		digits = 1
	}
	return strconv.FormatFloat(v, 'f', digits, 64)
}

// pathNote is the textbook's word on what the modes of a path do differently; what the engine itself says is marked.
func pathNote(r *result.Record, b *result.Bench, path string) string {
	has := func(via string) bool {
		return slices.ContainsFunc(b.Figures, func(f result.Figure) bool { return f.Path == path && f.Via == via })
	}
	var all []string
	if path == result.PathPeers {
		return "two containers in host mode share one network stack, so theirs is its loopback. All others have a link each."
	}
	if path == result.PathHost {
		fact := factNamed(r, "engine.userland-proxy")
		switch {
		case has(result.ViaProxy):
			all = append(all, "proxy is the host's 127.0.0.1, where a program of the engine copies every byte "+
				"(engine.userland-proxy="+fact+" here).")
		case has(result.ViaLoopback) && fact != "":
			all = append(all, "local is the host's 127.0.0.1; this engine runs no proxy (engine.userland-proxy="+fact+
				" here), so the kernel translates.")
		case has(result.ViaLoopback):
			all = append(all, "local is the host's 127.0.0.1; whether a proxy is there this engine does not tell.")
		}
		if has(result.ViaDNAT) {
			all = append(all, "DNAT is another address of the host, which the kernel translates.")
		}
		return strings.Join(append(all, "host mode publishes nothing: its server listens on the host."), " ")
	}
	if has(result.ViaDNAT) {
		all = append(all, "the kernel translates the host's address (DNAT).")
	}
	return strings.Join(append(all, "host and macvlan publish nothing: there the server's own address is called."), " ")
}

// factNamed is a fact of the record's first engine, "" where it is not known.
func factNamed(r *result.Record, name string) string {
	if len(r.Engines) > 0 {
		for _, f := range r.Engines[0].Facts {
			if f.Name == name {
				return flat(f.Value)
			}
		}
	}
	return ""
}

func (p *page) benchLegend(b *result.Bench) {
	spread := fmt.Sprintf("### up to the lowest of %s, --- from there to the highest", plural(b.Rounds, "round"))
	if b.Rounds >= 8 {
		spread += ", without one in eight at each end"
	}
	p.para("", 2, spread+". p99: 99 of 100 took no longer. Each round went over all modes in turn.")
	reference := orElse(flat(b.Reference), "?")
	if b.Rounds < result.EnoughRounds {
		p.para("", 2, fmt.Sprintf("Nothing is held against %s mode: that takes %d rounds at least.", reference,
			result.EnoughRounds))
		return
	}
	if !slices.ContainsFunc(b.Figures, func(f result.Figure) bool { return f.Ratio > 0 }) {
		return // nothing but the reference was measured
	}
	p.para("", 2, fmt.Sprintf("x %s: the median against %s mode's. no difference: none that this run can show, since "+
		"what the rounds gave overlaps with what they gave in %s mode.", reference, reference, reference))
}

func (p *page) markdownBench(r *result.Record, o Options) {
	b := benchOf(r)
	fmt.Fprintf(&p.Buffer, "## What a network mode costs\n\n%s %s\n", escape(engines(r, o)), escape(benchLine(r, b)))
	for _, path := range result.Paths() {
		all := blocks(b, path)
		if len(all) == 0 {
			continue
		}
		title := pathTitle(path)
		fmt.Fprintf(&p.Buffer, "\n### %s\n\n", escape(title[:1]+strings.ToLower(title[1:])))
		p.cells("", "Mode", "Median", "p99", "Spread", "Against "+escape(b.Reference))
		p.rule(6)
		for _, one := range all {
			scale, unit := unitOf(one)
			for i, f := range one.figures {
				what := ""
				if i == 0 {
					what = escape(measureTitle(one.measure, b.Streams) + ", " + unit)
				}
				if f.Verdict != "" {
					p.cells(what, escape(benchLabel(f)), "", "", "", escape(f.Verdict+": "+f.Why))
					continue
				}
				p99 := ""
				if f.P99 > 0 {
					p99 = number(f.P99 * scale)
				}
				p.cells(what, escape(benchLabel(f)), number(f.Median*scale), p99,
					number(f.Low*scale)+".."+number(f.High*scale), escape(against(b, f)))
			}
		}
		fmt.Fprintf(&p.Buffer, "\nTextbook: %s\n", escape(pathNote(r, b, path)))
	}
	for i := range r.Scenarios {
		if sc := &r.Scenarios[i]; sc.Skipped != "" {
			fmt.Fprintf(&p.Buffer, "\n%s skipped: %s\n", escape(orElse(sc.Name, "?")), escape(sc.Skipped))
		}
	}
}
