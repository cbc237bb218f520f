//go:build linux && engines

package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"netlab/netlab/enginetest"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/scenarios"
)

// A cell of the comparison that a setting changes, and the fact that explains it.
type cell struct {
	mode, row string
	reason    probe.Reason
	fact      string // names it; "" if the answer is the usual one and needs none
}

// TestEnginesCompareModes compares the modes on every version and under settings that change some answers. Every
// question has an answer in every mode, no answer is a surprise, and nothing is left.
func TestEnginesCompareModes(t *testing.T) {
	t.Parallel()
	type engine struct {
		version, prepare string
		flags            []string
		want             []cell
	}
	const forwarding, input = "engine.forwarding", "engine.input-policy"
	engines := []engine{
		{"28.5", "", []string{"--mtu=1400", "--ip-masq=false"}, []cell{
			{"bridge", "mtu", probe.OK, "bridge.mtu"}, {"bridge", "outside", probe.Timeout, "bridge.masquerade"},
		}},
		{"20.10", "", []string{"--icc=false"}, []cell{
			{"bridge", "peer-by-address", probe.Timeout, "bridge.icc"},
			{"bridge", "peer-by-name", probe.DNSNoAnswer, "bridge.icc"},
		}},
		{"26.1", "", []string{"--userland-proxy=false"}, []cell{{"bridge", "published", probe.OK, ""}}},
		{"20.10", "", []string{"--iptables=false"}, []cell{
			{"custom-bridge", "other-network", probe.OK, "engine.iptables"},
		}},
		{"28.5", "", []string{"--iptables=false"}, []cell{{"overlay", "other-network", probe.OK, "engine.iptables"}}},
		{"20.10", "sysctl -qw net.ipv4.ip_forward=0", []string{"--ip-forward=false"}, []cell{
			{"bridge", "outside", probe.Timeout, forwarding},
			{"overlay", "published", probe.Timeout, forwarding},
			{"macvlan", "other-network", probe.Timeout, forwarding},
		}},
		{"26.1", guarded("forward", ""), nil, []cell{
			{"bridge", "peer-by-name", probe.DNSNoAnswer, forwarding},
			{"overlay", "hops", probe.Timeout, forwarding},
			{"custom-bridge", "peer-by-address", probe.Timeout, forwarding},
		}},
		{"28.5", "iptables -P FORWARD DROP", []string{"--iptables=false"}, []cell{
			{"custom-bridge", "outside", probe.Timeout, forwarding}, {"bridge", "published", probe.OK, "engine.iptables"},
		}},
		{"26.1", "", []string{"--iptables=false", "--userland-proxy=false"}, []cell{
			{"bridge", "published", probe.Accepted, "engine.iptables"},
		}},
		{"20.10", guarded("input", ""), nil, []cell{
			{"bridge", "host-service", probe.Timeout, input},
			{"host", "direct", probe.Timeout, input},
			{"none", "unpublished", probe.Timeout, input},
			{"overlay", "hops", probe.OK, ""},
		}},
		{"28.5", guarded("input", "reject"), nil, nil},
	}
	for _, version := range enginetest.Versions() {
		engines = append(engines, engine{version, "", nil, []cell{
			{"bridge", "peer-by-name", probe.NameNotFound, ""},
			{"custom-bridge", "other-network", probe.Timeout, ""},
			{"none", "from-host", probe.AddressNotAvailable, ""},
			{"none", "round-trip", probe.AddressNotAvailable, ""},
			{"host", "two-servers", probe.InUse, ""},
			{"macvlan", "host-service", probe.HostUnreachable, ""},
			{"overlay", "from-host", probe.OK, ""},
		}})
	}
	for _, e := range engines {
		t.Run(strings.Join(append([]string{e.version, e.prepare}, e.flags...), " "), func(t *testing.T) {
			t.Parallel()
			eng := enginetest.Start(t, enginetest.Options{Version: e.version, Flags: e.flags, Prepare: e.prepare})
			var out, words bytes.Buffer
			streams := Streams{In: strings.NewReader(""), Out: &out, Err: &words, Env: func(string) string { return "" }}
			args := []string{"netlab", "-H", eng.Host, "compare", "--init-swarm", "-o", "json"}
			code := Main(context.Background(), streams, args, "test")
			r := &result.Record{}
			if err := json.Unmarshal(out.Bytes(), r); err != nil {
				t.Fatalf("exit code %d, %v: %s", code, err, words.String())
			}
			if code != exitOK {
				t.Errorf("got exit code %d, want %d", code, exitOK)
			}
			if len(r.Scenarios) != len(scenarios.ModeNames()) || !r.Audited || len(r.Leftovers) > 0 {
				t.Errorf("%d modes, %d objects left, asked: %t", len(r.Scenarios), len(r.Leftovers), r.Audited)
			}
			for _, sc := range r.Scenarios {
				answered(t, sc, r.Scenarios[0])
			}
			for _, c := range e.want {
				holdsIn(t, r, c)
			}
		})
	}
}

// answered checks that a mode has an expected answer to each question of the first mode.
func answered(t *testing.T, sc, first result.Scenario) {
	t.Helper()
	if sc.Skipped != "" || len(sc.Steps) != len(first.Steps) {
		t.Errorf("%s has %d steps, %s has %d; skipped: %q", sc.Name, len(sc.Steps), first.Name, len(first.Steps), sc.Skipped)
		return
	}
	for i, st := range sc.Steps {
		switch id := st.Check + st.Measure; {
		case id != first.Steps[i].Check+first.Steps[i].Measure:
			t.Errorf("%s asks %s where %s asks %s", sc.Name, id, first.Name, first.Steps[i].Check)
		case st.Observed == nil || st.Observed.Reason == "":
			t.Errorf("%s, %s: no answer", sc.Name, id)
		case st.Check != "" && st.Verdict != result.AsExpected:
			t.Errorf("%s, %s is %s: %s", sc.Name, id, st.Verdict, st.Why+st.Difference())
		}
	}
}

func holdsIn(t *testing.T, r *result.Record, want cell) {
	t.Helper()
	for _, sc := range r.Scenarios {
		for _, st := range sc.Steps {
			if sc.Name != want.mode || st.Check+st.Measure != want.row || st.Observed == nil {
				continue
			}
			if st.Observed.Reason != want.reason || !strings.Contains(inWords(st.Condition), want.fact) {
				t.Errorf("%s, %s: got %s by %q, want %s by %q",
					want.mode, want.row, st.Observed.Reason, inWords(st.Condition), want.reason, want.fact)
			}
			return
		}
	}
	t.Errorf("%s has no answer to %s", want.mode, want.row)
}
