package bench

import (
	"slices"

	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// valueOf is a round's value in the measure's unit, and the 99th percentile of its round trips.
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

// compare compares each figure with the reference's on the same path.
func compare(figures []result.Figure) {
	for i := range figures {
		f := &figures[i]
		at := slices.IndexFunc(figures, func(r result.Figure) bool {
			return r.Mode == reference && r.Path == f.Path && r.Measure == f.Measure
		})
		if at < 0 || f.Mode == reference {
			continue
		}
		r := &figures[at]
		if min(len(f.Values), len(r.Values)) < result.EnoughRounds {
			continue
		}
		f.Ratio, f.Overlap = f.Median/r.Median, f.Low <= r.High && r.Low <= f.High
	}
}
