package render

import (
	"fmt"
	"slices"
	"strings"

	"netlab/netlab/result"
)

// inShort sums up each mode in one sentence: host mode by its measurements, the others compared with it.
func inShort(b *result.Bench) []string {
	var modes, sentences []string
	for _, f := range b.Figures {
		if !slices.Contains(modes, f.Mode) {
			modes = append(modes, f.Mode)
		}
	}
	for _, mode := range modes {
		name := orElse(flat(mode), "?")
		of := func(measure string) []result.Figure {
			var figures []result.Figure
			for _, f := range b.Figures {
				if f.Mode == mode && f.Measure == measure && f.Verdict == "" {
					figures = append(figures, f)
				}
			}
			return figures
		}
		trips, streams := of(result.MeasureEcho), of(result.MeasureStream)
		compared := slices.ContainsFunc(slices.Concat(trips, streams), func(f result.Figure) bool { return f.Ratio > 0 })
		switch {
		case len(trips) == 0 && len(streams) == 0:
			sentences = append(sentences, name+": no result.")
		case compared:
			sentences = append(sentences, comparedInShort(name, orElse(flat(b.Reference), "?"), trips, streams))
		default:
			sentences = append(sentences, measuredInShort(name, trips, streams))
		}
	}
	return sentences
}

// measuredInShort gives the first figure of each measure: the one between containers, if there is one.
func measuredInShort(name string, trips, streams []result.Figure) string {
	var clauses []string
	tell := func(subject, verb string, figures []result.Figure) {
		if len(figures) == 0 {
			return
		}
		f := figures[0]
		scale, unit := unitOf(f.Unit, f.Median)
		clauses = append(clauses, fmt.Sprintf("%s %s %s %s %s", subject, placeWords(f), verb, number(f.Median*scale), unit))
	}
	tell("a TCP round trip", "takes", trips)
	tell("a TCP stream", "carries", streams)
	return name + ": " + strings.Join(clauses, ", and ") + "."
}

// comparedInShort says where a mode differs from the reference and where the difference is too close to call.
func comparedInShort(name, reference string, trips, streams []result.Figure) string {
	var clauses, tooClose []string
	tell := func(subject, verb, as string, figures []result.Figure) {
		var differ, not []string
		for _, f := range figures {
			switch {
			case f.Ratio <= 0:
			case f.Overlap:
				not = append(not, placeWords(f))
			default:
				times := number(f.Ratio) + " x"
				if len(differ) == 0 {
					times += " as " + as
				}
				differ = append(differ, times+" "+placeWords(f))
			}
		}
		if len(differ) > 0 {
			clauses = append(clauses, fmt.Sprintf("a TCP %s %s %s", subject, verb, Enumerate(differ)))
		}
		if len(not) > 0 {
			tooClose = append(tooClose, subject+"s "+Enumerate(not))
		}
	}
	tell("round trip", "takes", "long", trips)
	tell("stream", "carries", "much", streams)
	if len(clauses) == 0 {
		return fmt.Sprintf("%s: too close to %s mode to call in this run: %s.", name, reference, strings.Join(tooClose, ", "))
	}
	sentence := fmt.Sprintf("%s: compared with %s mode, %s", name, reference, strings.Join(clauses, ", and "))
	if len(tooClose) > 0 {
		sentence += fmt.Sprintf(" (too close to call: %s)", strings.Join(tooClose, ", "))
	}
	return sentence + "."
}

// placeWords says where a figure was measured.
func placeWords(f result.Figure) string {
	switch {
	case f.Path == result.PathPeers:
		return "between containers"
	case f.Path == result.PathOutside:
		return "from outside"
	case f.Via == result.ViaProxy:
		return "through the proxy"
	case f.Via == result.ViaDNAT:
		return "through DNAT"
	}
	return "from the host"
}
