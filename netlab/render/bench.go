package render

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/result"
)

// A Cost is a bench as text and bar lengths, for every page that draws one. Each text is plain and on one line.
type Cost struct {
	Title   string // of the page
	Measure string // "4 labs, 5 rounds of 150 ms per stream, 4 parallel streams, 35.0 s."
	Paths   []CostPath
	Modes   []string // one sentence per mode
	Legend  []string
	Skipped []string // the modes that were not measured, with the reason
}

// A CostPath holds the measurements along one path.
type CostPath struct {
	Title  string
	Blocks []CostBlock
	Note   string // how the modes differ on this path
}

// A CostBlock compares one figure across modes.
type CostBlock struct {
	Title string // with the unit, and whether more or lower is better
	Bars  []CostBar
}

// A CostBar is the figure of one mode.
type CostBar struct {
	Label   string
	Length  float64 // of the bar, which ends at the median; the longest bar with its spread is about 1
	Low     float64 // where the spread begins and ends, on the same scale; High can exceed 1
	High    float64
	Median  string
	P99     string // "" if there is none
	Spread  string
	Against string // compared with the reference; "" if it is not compared
	Missing string // why there is no figure; then only the label is set
}

// CostOf puts a record's bench into words. Without a bench there are no paths.
func CostOf(r *result.Record) Cost {
	b := r.Bench
	if b == nil {
		b = &result.Bench{}
	}
	c := Cost{Title: "What a network mode costs", Measure: costMeasure(r, b)}
	for _, path := range result.Paths() {
		p := CostPath{Title: pathTitle(path), Note: pathNote(r, b, path)}
		for _, measure := range result.Measures() {
			if one := costBlock(b, path, measure); len(one.Bars) > 0 {
				p.Blocks = append(p.Blocks, one)
			}
		}
		if len(p.Blocks) > 0 {
			c.Paths = append(c.Paths, p)
		}
	}
	if len(c.Paths) > 0 {
		c.Modes, c.Legend = inShort(b), costLegend(b)
		if !slices.ContainsFunc(r.Scenarios, func(sc result.Scenario) bool { return len(sc.Wires) > 0 }) {
			c.Skipped = append(c.Skipped, "Skipped: connections from outside and by DNAT, which need the simulated link.")
		}
	}
	for i := range r.Scenarios {
		if sc := &r.Scenarios[i]; sc.Skipped != "" {
			c.Skipped = append(c.Skipped, fmt.Sprintf("%s skipped: %s", orElse(flat(sc.Name), "?"), flat(sc.Skipped)))
		}
	}
	return c
}

func costMeasure(r *result.Record, b *result.Bench) string {
	labs := 0
	for _, sc := range r.Scenarios {
		if sc.Skipped == "" {
			labs++
		}
	}
	return fmt.Sprintf("%s, %s of %s per stream, %d parallel streams, %s.",
		plural(labs, "lab"), plural(b.Rounds, "round"), duration(b.DurationUS), b.Streams, seconds(r.TookUS))
}

func costBlock(b *result.Bench, path, measure string) CostBlock {
	var figures []result.Figure
	longest, highest := 0.0, 0.0
	for _, f := range b.Figures {
		if f.Path == path && f.Measure == measure {
			figures = append(figures, f)
			longest = max(longest, min(f.High, 2*f.Median)) // one outlier round must not shorten all bars
			highest = max(highest, f.Median)
		}
	}
	if len(figures) == 0 {
		return CostBlock{}
	}
	scale, unit := unitOf(figures[0].Unit, highest)
	better := "higher is better"
	if measure == result.MeasurePing || measure == result.MeasureEcho {
		better = "lower is better"
	}
	one := CostBlock{Title: fmt.Sprintf("%s, %s: %s", measureTitle(measure, b.Streams), unit, better)}
	for _, f := range figures {
		bar := CostBar{Label: costLabel(f)}
		if f.Verdict != "" {
			bar.Missing = flat(f.Verdict + ": " + f.Why)
			one.Bars = append(one.Bars, bar)
			continue
		}
		if longest > 0 {
			bar.Length, bar.Low, bar.High = f.Median/longest, f.Low/longest, f.High/longest
		}
		bar.Median, bar.Spread = number(f.Median*scale), number(f.Low*scale)+".."+number(f.High*scale)
		if f.P99 > 0 {
			bar.P99 = number(f.P99 * scale)
		}
		bar.Against = against(b, f)
		one.Bars = append(one.Bars, bar)
	}
	return one
}

// against compares a figure with the reference's: "1.3 x host", or "too close".
func against(b *result.Bench, f result.Figure) string {
	switch {
	case f.Mode == b.Reference || f.Ratio <= 0:
		return ""
	case f.Overlap:
		return "too close"
	}
	return number(f.Ratio) + " x " + flat(b.Reference)
}

// costLabel is the mode's label as in a comparison, plus what carries the packets where a path has several options.
func costLabel(f result.Figure) string {
	label := shortLabel(f.Mode)
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
		return "Between two containers"
	case result.PathHost:
		return "Host to published port"
	case result.PathOutside:
		return "Outside to published port"
	}
	return flat(path)
}

func measureTitle(measure string, streams int) string {
	switch measure {
	case result.MeasurePing:
		return "Round trip of a ping"
	case result.MeasureEcho:
		return "Round trip of a byte over TCP"
	case result.MeasureStream:
		return "Throughput of one TCP stream"
	case result.MeasureStreams:
		return fmt.Sprintf("Throughput of %d parallel TCP streams", streams)
	case result.MeasureConnects:
		return "TCP connections, one after the other"
	}
	return flat(measure)
}

// unitOf returns a unit that suits values up to highest, and the factor that converts a recorded value to it.
func unitOf(unit string, highest float64) (scale float64, name string) {
	switch {
	case unit == "bit/s" && highest >= 1e9:
		return 1e-9, "Gbit/s"
	case unit == "bit/s":
		return 1e-6, "Mbit/s"
	case unit == "1/s" && highest >= 1e5:
		return 1e-3, "thousand per second"
	case unit == "1/s":
		return 1, "per second"
	case unit == "us" && highest >= 10_000:
		return 1e-3, "ms"
	case unit == "us":
		return 1, "microseconds"
	default:
		return 1, flat(unit)
	}
}

// number formats a measured value with about three digits.
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

// pathNote explains how the modes differ on a path. It names the setting wherever the engine reported one.
func pathNote(r *result.Record, b *result.Bench, path string) string {
	has := func(via string) bool {
		return slices.ContainsFunc(b.Figures, func(f result.Figure) bool { return f.Path == path && f.Via == via })
	}
	var texts []string
	switch path {
	case result.PathPeers:
		texts = append(texts, "two containers in host mode share one network stack, so they use its loopback.",
			"All others have separate interfaces.")
	case result.PathHost:
		setting := ask.EngineFact(ask.FactUserlandProxy)
		fact := factNamed(r, setting)
		switch {
		case has(result.ViaProxy):
			texts = append(texts, "proxy is the host's 127.0.0.1, where Docker's userland proxy copies every byte",
				"("+setting+"="+fact+" here).")
		case has(result.ViaLoopback) && fact != "":
			texts = append(texts, "local is the host's 127.0.0.1; this engine runs no proxy ("+setting+"="+fact,
				"here), so the kernel translates.")
		case has(result.ViaLoopback):
			texts = append(texts, "local is the host's 127.0.0.1; this engine does not report whether it has a proxy.")
		}
		if has(result.ViaDNAT) {
			texts = append(texts, "DNAT is another address of the host, which the kernel translates.")
		}
		texts = append(texts, "host mode publishes nothing, because its server listens on the host.")
	case result.PathOutside:
		if has(result.ViaDNAT) {
			texts = append(texts, "the kernel translates the host's address (DNAT).")
		}
		texts = append(texts, "host and macvlan publish nothing, so netlab connects to the server's own address.")
	}
	return strings.Join(texts, " ")
}

// factNamed returns a fact of the record's first engine, or "" if it is unknown.
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

// costLegend explains the bars and the words.
func costLegend(b *result.Bench) []string {
	spread := fmt.Sprintf("Spread: from the lowest of %s to the highest", plural(b.Rounds, "round"))
	if b.Rounds >= 8 {
		spread += ", without the lowest and the highest eighth"
	}
	texts := []string{
		spread + ". p99: 99 of 100 took no longer. Each round measured all modes in turn.",
		"Every figure was measured on the engine's host, so the connection to a remote engine adds nothing to it.",
	}
	reference := orElse(flat(b.Reference), "?")
	switch {
	case b.Rounds < result.EnoughRounds:
		texts = append(texts, fmt.Sprintf("Nothing is compared with %s mode: that takes at least %d rounds.",
			reference, result.EnoughRounds))
	case slices.ContainsFunc(b.Figures, func(f result.Figure) bool { return f.Ratio > 0 }):
		texts = append(texts, fmt.Sprintf("x %s: the median compared with %s mode's. too close: too close to call in this "+
			"run, because the rounds overlap with those of %s mode and neither was ahead often enough.",
			reference, reference, reference))
	}
	return texts
}
