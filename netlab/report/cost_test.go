package report

import (
	"strings"
	"testing"

	"netlab/netlab/fact"
	"netlab/netlab/render"
	"netlab/netlab/result"
)

func TestCostBar(t *testing.T) {
	tests := map[string]struct {
		length, low, high float64
		want              [3]string // the bar's length, and the whisker's start and length
		beyond            bool
	}{
		"spread":   {0.5, 0.25, 0.75, [3]string{"50.0", "25.0", "50.0"}, false},
		"none":     {0.5, 0.5, 0.5, [3]string{"50.0", "50.0", "0.0"}, false},
		"far off":  {0.75, 0.5, 9, [3]string{"75.0", "50.0", "50.0"}, true},
		"nonsense": {-1, -1, -2, [3]string{"0.0", "0.0", "0.0"}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := newCostBar(render.CostBar{Length: tt.length, Low: tt.low, High: tt.high})
			if [3]string{got.Length, got.Low, got.Whisker} != tt.want || got.Beyond != tt.beyond {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// TestCostPage: the page says what the terminal says.
func TestCostPage(t *testing.T) {
	page := string(drawn(t, &result.Record{
		Kind:      result.KindBench,
		Engines:   []result.Engine{{Facts: []fact.Label{{Name: "engine.userland-proxy", Value: "true"}}}},
		Scenarios: []result.Scenario{{Name: "host"}, {Name: "bridge"}, {Name: "none", Skipped: "it has no network"}},
		Bench: &result.Bench{Rounds: 5, DurationUS: 150_000, Streams: 4, Reference: "host", Figures: []result.Figure{
			{
				Mode: "host", Path: result.PathHost, Via: result.ViaDirect, Measure: result.MeasureStream, Unit: "bit/s",
				Values: []float64{4e10}, Median: 4e10, Low: 3.8e10, High: 4.2e10,
			},
			{
				Mode: "bridge", Path: result.PathHost, Via: result.ViaProxy, Measure: result.MeasureStream, Unit: "bit/s",
				Values: []float64{1e10}, Median: 1e10, Low: 0.9e10, High: 1.1e10, Ratio: 0.25,
			},
			{
				Mode: "bridge", Path: result.PathHost, Via: result.ViaDNAT, Measure: result.MeasureStream,
				Verdict: result.Skipped, Why: "no answer came: timeout",
			},
		}},
	}, render.Options{}))
	for _, want := range []string{
		"<title>What a network mode costs</title>", "<h2>Host to published port</h2>",
		"Throughput of one TCP stream, Gbit/s", "bridge proxy", "<td>10.0</td>", "9.00..11.0", "0.25 x host",
		"engine.userland-proxy=true", "4 parallel streams", "<h2>In short</h2>",
		"bridge: compared with host mode, a TCP stream carries 0.25 x as much through the proxy.",
		"skipped: no answer came: timeout", "none skipped: it has no network",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	if strings.Contains(page, " style=") {
		t.Error("the page has a style that its policy forbids")
	}
}
