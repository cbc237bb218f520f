package render

import (
	"bytes"
	"strings"
	"testing"

	"netlab/netlab/fact"
	"netlab/netlab/result"
)

// benched is a bench with everything that can occur: modes that differ and modes that do not, one that could not be
// measured, and one path without an answer.
func benched() *result.Record {
	figure := func(
		mode, path, via, measure, unit string, median, low, high, p99, ratio float64, overlap bool,
	) result.Figure {
		return result.Figure{
			Mode: mode, Path: path, Via: via, Measure: measure, Unit: unit,
			Values: []float64{low, median, median, median, high}, Median: median, Low: low, High: high, P99: p99,
			Ratio: ratio, Overlap: overlap,
		}
	}
	r := run(result.KindBench,
		result.Scenario{Name: "host", Wires: []fact.Wire{{Name: "uplink"}}},
		result.Scenario{Name: "bridge"}, result.Scenario{Name: "custom-bridge"},
		result.Scenario{Name: "none", Skipped: "it has no network to measure"})
	r.TookUS = 35_000_000
	r.Engines[0].Facts = []fact.Label{{Name: "engine.userland-proxy", Value: "true"}}
	silent := figure("custom-bridge", result.PathPeers, result.ViaDirect, result.MeasurePing, "us", 0, 0, 0, 0, 0, false)
	silent.Values, silent.Verdict, silent.Why = []float64{}, result.Skipped, "no answer came: timeout"
	r.Bench = &result.Bench{
		Rounds: 5, DurationUS: 150_000, Streams: 4, Reference: "host",
		Figures: []result.Figure{
			figure("host", result.PathPeers, result.ViaDirect, result.MeasurePing, "us", 4.1, 3.9, 4.6, 9.3, 0, false),
			figure("bridge", result.PathPeers, result.ViaDirect, result.MeasurePing, "us", 8.25, 8, 9.1, 14, 2.012, false),
			silent,
			figure("host", result.PathHost, result.ViaDirect, result.MeasureStream, "bit/s", 40.2e9, 38e9, 44e9, 0, 0, false),
			figure("bridge", result.PathHost, result.ViaProxy, result.MeasureStream, "bit/s", 9.8e9, 9e9, 1e10, 0, 0.244, false),
			figure("bridge", result.PathHost, result.ViaDNAT, result.MeasureStream, "bit/s", 37e9, 30e9, 39e9, 0, 0.92, true),
			figure("host", result.PathOutside, result.ViaDirect, result.MeasureConnects, "1/s", 12345, 12e3, 13e3, 0, 0, false),
			figure("bridge", result.PathOutside, result.ViaDNAT, result.MeasureConnects, "1/s", 9e3, 8e3, 9500, 0, 0.73, false),
		},
	}
	return r
}

func TestBar(t *testing.T) {
	tests := map[string]struct {
		length, low, high float64
		want              string
	}{
		"spread":      {0.6, 0.5, 0.8, "#####=--"},
		"no spread":   {0.5, 0.5, 0.5, "#####"},
		"the longest": {0.9, 0.8, 1, "########=-"},
		"tiny":        {0.001, 0.001, 0.002, "#"},
		"nothing":     {0, 0, 0, ""},
		"far off":     {0.7, 0.5, 10, "#####==-->"},
		"all far off": {7, 5, 10, "#########>"},
		"nonsense":    {0.2, -5, 1e9, "#=------->"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := drawn(CostBar{Length: tt.length, Low: tt.low, High: tt.high}, 10); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestBenchSaysWhichFactTells: the engine's setting decides what carries connections to the host's 127.0.0.1.
func TestBenchSaysWhichFactTells(t *testing.T) {
	for value, want := range map[string]string{
		"true": "engine.userland-proxy=true", "false": "engine.userland-proxy=false", "": "does not report",
	} {
		r := benched()
		r.Engines[0].Facts = []fact.Label{{Name: "engine.userland-proxy", Value: value}}
		for i := range r.Bench.Figures {
			if f := &r.Bench.Figures[i]; f.Via == result.ViaProxy && value != "true" {
				f.Via = result.ViaLoopback
			}
		}
		var got bytes.Buffer
		if err := Bench(&got, r, Options{}); err != nil {
			t.Fatal(err)
		}
		if text := strings.Join(strings.Fields(got.String()), " "); !strings.Contains(text, want) {
			t.Errorf("proxy %q: there is no %q in\n%s", value, want, got.String())
		}
	}
}

func TestBenchSaysWhatNeedsAWire(t *testing.T) {
	const told = "Skipped: connections from outside and by DNAT"
	for _, wires := range [][]fact.Wire{nil, {{Name: "uplink"}}} {
		r := benched()
		r.Scenarios[0].Wires = wires
		var got bytes.Buffer
		if err := Bench(&got, r, Options{}); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(got.String(), told) != (wires == nil) {
			t.Errorf("with %d wires:\n%s", len(wires), got.String())
		}
	}
}

// TestBenchWithoutFigures: records of interrupted runs and of other programs are drawn too.
func TestBenchWithoutFigures(t *testing.T) {
	for _, b := range []*result.Bench{nil, {}} {
		r := benched()
		r.Bench = b
		var got bytes.Buffer
		if err := Bench(&got, r, Options{}); err != nil || !strings.Contains(got.String(), "none skipped") {
			t.Errorf("%v\n%s", err, got.String())
		}
	}
}

// TestInShort: a mode's sentence says where it differs from host mode, where this run cannot tell, and nothing about
// what was not compared.
func TestInShort(t *testing.T) {
	figure := func(path, via, measure string, ratio float64, tooClose bool) result.Figure {
		unit := "us"
		if measure == result.MeasureStream {
			unit = "bit/s"
		}
		return result.Figure{
			Mode: "bridge", Path: path, Via: via, Measure: measure, Unit: unit, Median: 25, Ratio: ratio, Overlap: tooClose,
		}
	}
	tests := map[string]struct {
		figures []result.Figure
		want    string
	}{
		"all differ": {
			[]result.Figure{
				figure(result.PathPeers, result.ViaDirect, result.MeasureEcho, 1.26, false),
				figure(result.PathHost, result.ViaProxy, result.MeasureEcho, 2.9, false),
				figure(result.PathOutside, result.ViaDNAT, result.MeasureEcho, 1.1, false),
				figure(result.PathPeers, result.ViaDirect, result.MeasureStream, 0.75, false),
			},
			"bridge: compared with host mode, a TCP round trip takes 1.26 x as long between containers, " +
				"2.90 x through the proxy and 1.10 x from outside, and a TCP stream carries 0.75 x as much between containers.",
		},
		"some": {
			[]result.Figure{
				figure(result.PathPeers, result.ViaDirect, result.MeasureEcho, 1.26, false),
				figure(result.PathPeers, result.ViaDirect, result.MeasureStream, 0.98, true),
				figure(result.PathHost, result.ViaDNAT, result.MeasureStream, 1.02, true),
			},
			"bridge: compared with host mode, a TCP round trip takes 1.26 x as long between containers " +
				"(too close to call: streams between containers and through DNAT).",
		},
		"too close": {
			[]result.Figure{
				figure(result.PathPeers, result.ViaDirect, result.MeasureEcho, 1.01, true),
				figure(result.PathPeers, result.ViaDirect, result.MeasureStream, 0.98, true),
			},
			"bridge: too close to host mode to call in this run: round trips between containers, streams between containers.",
		},
		"not compared": {
			[]result.Figure{
				figure(result.PathPeers, result.ViaDirect, result.MeasureEcho, 0, false),
				figure(result.PathOutside, result.ViaDNAT, result.MeasureEcho, 0, false),
			},
			"bridge: a TCP round trip between containers takes 25.0 microseconds.",
		},
		"nothing": {
			[]result.Figure{{Mode: "bridge", Measure: result.MeasureEcho, Verdict: result.Skipped}}, "bridge: no result.",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := inShort(&result.Bench{Reference: "host", Figures: tt.figures})
			if len(got) != 1 || got[0] != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
