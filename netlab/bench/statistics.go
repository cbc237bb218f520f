package bench

import (
	"math"
	"slices"

	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// valueOf is a turn's value in the measure's unit, and the 99th percentile of its round trips.
func valueOf(measure string, m probe.Measured) (value, p99 float64) {
	seconds := float64(max(m.TookNS, 1)) / 1e9
	switch measure {
	case result.MeasureStream, result.MeasureStreams:
		return float64(m.Bytes) * 8 / seconds, 0
	case result.MeasureConnects:
		return float64(m.Done) / seconds, 0
	}
	return float64(m.MedianNS) / 1000, float64(m.P99NS) / 1000
}

// sum fills in the statistics of a figure's values.
func sum(f *result.Figure, tails []float64) {
	if len(f.Values) == 0 {
		return
	}
	sorted := slices.Sorted(slices.Values(f.Values))
	ends := len(sorted) / 8 // otherwise more rounds would only widen the spread
	f.Median, f.Low, f.High = median(f.Values), sorted[ends], sorted[len(sorted)-1-ends]
	f.P99 = median(tails)
}

// median is the middle one of the values, or the mean of the two in the middle.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// compare compares each figure of a group with the reference's.
func compare(group []task) {
	at := slices.IndexFunc(group, func(t task) bool { return t.Mode == reference })
	if at < 0 {
		return
	}
	r := &group[at]
	for i := range group {
		f := &group[i]
		if i == at || min(len(f.Values), len(r.Values)) < result.EnoughRounds {
			continue
		}
		f.Ratio = f.Median / r.Median
		above, below := 0, 0
		for k := range min(len(f.turns), len(r.turns)) {
			switch {
			case f.turns[k] > r.turns[k]:
				above++
			case f.turns[k] < r.turns[k]:
				below++
			}
		}
		f.Turns, f.Above = min(len(f.turns), len(r.turns)), above
		apart := f.Low > r.High || r.Low > f.High
		f.Overlap = !apart && !(f.Ratio > 1 && agree(above, below)) && !(f.Ratio < 1 && agree(below, above))
	}
}

// agree reports whether ahead turns against behind turns show a difference. This is the sign test: without a
// difference, fewer than one run in a thousand would show it as clearly in either direction. It is strict because
// what disturbs one turn may also disturb the next.
func agree(ahead, behind int) bool {
	n := ahead + behind
	chance := math.Pow(0.5, float64(n)) // of n turns ahead
	sum := chance
	for k := n; k > ahead; k-- {
		chance *= float64(k) / float64(n-k+1)
		sum += chance
	}
	return 2*sum < 0.001
}
