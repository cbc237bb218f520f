package bench

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/lab"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

func TestNewTakesHostModeAlong(t *testing.T) {
	tests := map[string]struct {
		names   []string
		noWire  bool
		built   []string
		skipped []string
	}{
		"one mode":     {[]string{"bridge"}, false, []string{"host", "bridge"}, nil},
		"twice":        {[]string{"bridge", "host", "bridge"}, false, []string{"host", "bridge"}, nil},
		"none":         {[]string{"none"}, false, []string{"host"}, []string{"none"}},
		"all":          {Modes(), false, []string{"host", "bridge", "custom-bridge", "macvlan", "overlay"}, []string{"none"}},
		"without wire": {Modes(), true, []string{"host", "bridge", "custom-bridge", "overlay"}, []string{"none", "macvlan"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b, err := New(tt.names, Options{NoWire: tt.noWire})
			if err != nil {
				t.Fatal(err)
			}
			var built, skipped []string
			for _, sc := range b.Scenarios() {
				built = append(built, sc.Name)
				if len(sc.Wires) > 0 == tt.noWire {
					t.Errorf("%s has %d wires", sc.Name, len(sc.Wires))
				}
			}
			for _, sc := range b.skipped {
				skipped = append(skipped, sc.Name)
				if sc.Skipped == "" {
					t.Errorf("%s is skipped without a reason", sc.Name)
				}
			}
			if diff := cmp.Diff(tt.built, built); diff != "" {
				t.Errorf("built (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.skipped, skipped); diff != "" {
				t.Errorf("skipped (-want +got):\n%s", diff)
			}
		})
	}
	if _, err := New([]string{"bridge", "brige"}, Options{}); err == nil {
		t.Error("there is no error about a mode that does not exist")
	}
}

// TestTasks: figures that are compared are grouped and have a reference, and a missing lab is not asked anything.
func TestTasks(t *testing.T) {
	b, err := New(Modes(), Options{Rounds: 3, Duration: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	labs := make([]*lab.Lab, len(b.modes))
	for i := range labs {
		labs[i] = &lab.Lab{}
	}
	labs[len(labs)-1] = nil // overlay
	tasks := b.tasks(labs, "true")
	seen := map[[4]string]bool{}
	for group := range groups(tasks) {
		path, measure := group[0].Path, group[0].Measure
		modes := map[string]bool{}
		for _, f := range group {
			key := [4]string{f.Mode, f.Path, f.Via, f.Measure}
			switch {
			case seen[key]:
				t.Errorf("%v is measured twice", key)
			case f.Path != path || f.Measure != measure:
				t.Errorf("%v is compared with %s %s", key, path, measure)
			case f.Via == result.ViaLoopback:
				t.Errorf("%v: this engine has a proxy for it", key)
			}
			seen[key], modes[f.Mode] = true, true
		}
		if !modes[reference] || modes["overlay"] {
			t.Errorf("%s %s is of %v, want the reference and not overlay, which has no lab", path, measure, modes)
		}
	}
	for _, want := range [][4]string{
		{"bridge", result.PathPeers, result.ViaDirect, result.MeasurePing},
		{"bridge", result.PathHost, result.ViaProxy, result.MeasureStream},
		{"bridge", result.PathHost, result.ViaDNAT, result.MeasureConnects},
		{"custom-bridge", result.PathOutside, result.ViaDNAT, result.MeasureStreams},
		{"macvlan", result.PathOutside, result.ViaDirect, result.MeasureEcho},
	} {
		if !seen[want] {
			t.Errorf("%v is not measured", want)
		}
	}
	if seen[[4]string{"bridge", result.PathHost, result.ViaDNAT, result.MeasurePing}] {
		t.Error("an ICMP echo is said to go through a published port")
	}
}

func TestViaWithoutProxy(t *testing.T) {
	b, err := New([]string{"bridge"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, proxy := range []string{"false", ""} {
		for _, f := range b.tasks([]*lab.Lab{{}, {}}, proxy) {
			if f.Via == result.ViaProxy {
				t.Errorf("with engine.userland-proxy=%q: %s %s is said to go through a proxy", proxy, f.Mode, f.Path)
			}
		}
	}
}

func TestFail(t *testing.T) {
	tests := map[string]struct {
		o    probe.Outcome
		want string
	}{
		"answered":   {probe.Outcome{Reason: probe.OK, Load: &probe.Measured{}}, ""},
		"no way":     {probe.Outcome{Reason: probe.Timeout}, result.Skipped},
		"not asked":  {probe.Outcome{Reason: probe.Broken, Detail: "the agent is gone"}, result.Broken},
		"no measure": {probe.Outcome{Reason: probe.OK}, result.Broken},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			failed := task{Figure: result.Figure{Values: []float64{1}}}
			if failed.fail(tt.o) != (tt.want != "") || failed.Verdict != tt.want {
				t.Errorf("got %q, want %q", failed.Verdict, tt.want)
			}
			if tt.want != "" && (failed.Why == "" || len(failed.Values) > 0) {
				t.Errorf("got %+v, want a reason and no value", failed.Figure)
			}
		})
	}
}
