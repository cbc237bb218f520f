package bench

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/probe"
	"netlab/netlab/result"
)

func TestValueOf(t *testing.T) {
	m := probe.Measured{TookNS: 500_000_000, Bytes: 125_000_000, Done: 300, MedianNS: 12_300, P99NS: 45_600}
	tests := []struct {
		measure    string
		value, p99 float64
	}{
		{result.MeasurePing, 12.3, 45.6}, // microseconds
		{result.MeasureEcho, 12.3, 45.6}, //
		{result.MeasureStream, 2e9, 0},   // bits per second
		{result.MeasureStreams, 2e9, 0},  //
		{result.MeasureConnects, 600, 0}, // per second
	}
	for _, tt := range tests {
		if value, p99 := valueOf(tt.measure, m); value != tt.value || p99 != tt.p99 {
			t.Errorf("%s: got %v and %v, want %v and %v", tt.measure, value, p99, tt.value, tt.p99)
		}
	}
}

func TestSum(t *testing.T) {
	f := result.Figure{Values: []float64{5, 1, 4, 2}}
	sum(&f, []float64{9, 7, 8})
	want := result.Figure{Values: []float64{5, 1, 4, 2}, Median: 3, Low: 1, High: 5, P99: 8}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	f = result.Figure{Values: []float64{4, 900, 1, 5, 2, 6, 3, 0.001}}
	if sum(&f, f.Values); f.Low != 1 || f.High != 6 {
		t.Errorf("of 8 rounds the spread is %v to %v, want 1 to 6: without the one at each end", f.Low, f.High)
	}
}

func TestCompare(t *testing.T) {
	figure := func(mode string, values ...float64) task {
		f := result.Figure{Mode: mode, Path: result.PathPeers, Measure: result.MeasureEcho, Values: values}
		sum(&f, values)
		return task{Figure: f, turns: values}
	}
	// inTurns makes five turns for each round's value, apart from it by the given amounts.
	inTurns := func(mode string, values []float64, off ...float64) task {
		t := figure(mode, values...)
		t.turns = nil
		for _, v := range values {
			for _, o := range off {
				t.turns = append(t.turns, v+o)
			}
		}
		return t
	}
	// Each of these rounds was disturbed as a whole, and both modes with it.
	disturbed := []float64{10, 15, 10, 10, 16}
	tests := map[string]struct {
		host, other task
		ratio       float64
		overlap     bool
	}{
		"above":      {figure("host", 9, 10, 11, 10), figure("bridge", 19, 20, 21, 20), 2, false},
		"below":      {figure("host", 19, 20, 21, 20), figure("bridge", 9, 10, 11, 10), 0.5, false},
		"overlap":    {figure("host", 9, 10, 12, 10), figure("bridge", 12, 15, 16, 15), 1.5, true},
		"within":     {figure("host", 1, 10, 20, 10), figure("bridge", 9, 10, 11, 10), 1, true},
		"few rounds": {figure("host", 9, 10, 11), figure("bridge", 19, 20, 21), 0, false},
		"no value":   {figure("host"), figure("bridge", 19, 20, 21, 20), 0, false},
		"turns agree": {
			inTurns("host", disturbed, 0, 0, 0, 0, 0), inTurns("bridge", []float64{12.5, 18, 12.5, 12.5, 19}, 0, 0, 0, 0, -3),
			1.25, false,
		},
		"turns disagree": {
			inTurns("host", disturbed, 0, 0, 0, 0, 0), inTurns("bridge", []float64{12.5, 18, 12.5, 12.5, 19}, 0, 0, 0, -3, -3),
			1.25, true,
		},
		"turns against the medians": {
			inTurns("host", disturbed, 0, 0, 0, 0, 0),
			inTurns("bridge", []float64{12.5, 18, 12.5, 12.5, 19}, -9, -9, -9, -9, -9),
			1.25, true,
		},
		"ties": {inTurns("host", disturbed, 0, 0, 0, 0, 0), inTurns("bridge", disturbed, 0, 0, 0, 0, 0), 1, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tasks := []task{tt.host, tt.other}
			compare(tasks)
			if got := tasks[1]; got.Ratio != tt.ratio || got.Overlap != tt.overlap {
				t.Errorf("got %v, overlap %v; want %v, %v", got.Ratio, got.Overlap, tt.ratio, tt.overlap)
			}
			if tasks[0].Ratio != 0 {
				t.Errorf("the reference is compared with itself: %+v", tasks[0])
			}
		})
	}
}
