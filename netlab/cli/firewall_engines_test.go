//go:build linux && engines

package cli

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"netlab/netlab/enginetest"
	"netlab/netlab/probe"
	"netlab/netlab/render"
	"netlab/netlab/result"
)

// A host is a firewall and a setting of the engine's host, with sentences that are true there.
type host struct {
	name, prepare, after string
	flags                []string
	doctor               []string // in doctor's output, with single spaces
	says                 []sentence
}

// A sentence is a reason or, for a surprise, what was seen, with its verdict.
type sentence struct {
	version, mode, check string // version "" for all
	verdict              string
	reason               probe.Reason
	contains             string // in the reason, its fact and the evidence
}

func hosts() []host {
	const forwards = "net.ipv4.ip_forward is 0"
	isolated := func(version, by string) sentence {
		return sentence{version, "bridge", "other-network", result.AsExpected, probe.Timeout, by}
	}
	const raw, isolation = "of PREROUTING in table raw dropped", "of DOCKER-ISOLATION-STAGE-2 dropped"
	return []host{
		{
			name: "as installed", doctor: []string{"engine.iptables true", "engine.forwarding open"},
			says: []sentence{isolated("20.10", isolation), isolated("26.1", isolation), isolated("28.5", raw)},
		},
		{
			name: "nothing is forwarded", prepare: "sysctl -qw net.ipv4.ip_forward=0", flags: []string{"--ip-forward=false"},
			doctor: []string{"engine.ip-forward false", forwards},
			says: []sentence{
				{"", "bridge", "outside", result.AsExpected, probe.Timeout, "does not forward packets"},
				{"", "bridge", "outside-silent", result.AsExpected, probe.Timeout, "engine.forwarding is off"},
				isolated("20.10", "does not forward packets"),
				isolated("26.1", "does not forward packets"),
				isolated("28.5", raw),
			},
		},
		{
			name: "a rule of the administrator's", after: "iptables -I DOCKER-USER -j DROP",
			says: []sentence{
				{"", "bridge", "outside", result.Surprise, probe.Timeout, "rule 1 of DOCKER-USER dropped"},
				{"", "bridge", "outside", result.Surprise, probe.Timeout, "engine.version is "},
				isolated("20.10", "Docker leaves that chain to you"),
				isolated("26.1", "Docker leaves that chain to you"),
				isolated("28.5", raw),
			},
		},
		{
			name: "a table that drops what is forwarded", prepare: guarded("forward", ""),
			doctor: []string{"engine.forwarding dropped"},
			says: []sentence{
				{"", "bridge", "outside", result.AsExpected, probe.Timeout, "engine.forwarding is dropped"},
				isolated("20.10", "Chain on in table inet guard drops"),
				isolated("26.1", "Chain on in table inet guard drops"),
				isolated("28.5", raw),
			},
		},
		{
			name: "no rules of Docker's", prepare: "iptables -P FORWARD DROP", flags: []string{"--iptables=false"},
			doctor: []string{"engine.iptables false", "--iptables=false"},
			says: []sentence{
				isolated("", "The policy of FORWARD dropped the packets"),
				{"", "bridge", "published", result.AsExpected, probe.OK, "engine.iptables is false"},
				{"", "icc-off", "peer-by-address", result.AsExpected, probe.Timeout, "engine.forwarding is dropped"},
				{"", "publish", "one-port", result.AsExpected, probe.InUse, "only once"},
			},
		},
		{
			name:    "a host that lets nothing in",
			prepare: guarded("input", ""),
			doctor:  []string{"engine.input-policy drop", "lets in only what a firewall rule allows"},
			says: []sentence{
				{"", "bridge", "host-service", result.AsExpected, probe.Timeout, "engine.input-policy is drop"},
				{"", "bridge", "outside-host", result.AsExpected, probe.Timeout, "drops what none of its rules lets in"},
				{"", "bridge", "unpublished", result.AsExpected, probe.Timeout, "engine.input-policy is drop"},
				{"", "bridge", "outside-closed", result.AsExpected, probe.Refused, "refuses at once"},
				{"28.5", "bridge", "direct", result.AsExpected, probe.Timeout, "does not forward"},
			},
		},
		{
			name: "a host that rejects what it does not let in", prepare: unlimited + guarded("input", "reject"),
			doctor: []string{"engine.input-policy reject", "engine.ipv6-input-policy reject"},
			says: []sentence{
				{"", "host-service", "default-bridge", result.AsExpected, probe.Refused, "rejects what none of its rules lets in"},
			},
		},
	}
}

// TestEnginesFirewall: with any firewall on the host, no sentence blames a firewall that did not drop the packet, and
// doctor says what is unusual.
func TestEnginesFirewall(t *testing.T) {
	t.Parallel()
	for _, version := range enginetest.Versions() {
		for _, h := range hosts() {
			t.Run(version+" "+h.name, func(t *testing.T) {
				t.Parallel()
				e := enginetest.Start(t, enginetest.Options{Version: version, Flags: h.flags, Prepare: h.prepare})
				if h.after != "" {
					inNamespace(t, e, h.after)
				}
				out, words, _ := netlab("-H", e.Host, "doctor")
				for _, want := range h.doctor {
					if got := strings.Join(strings.Fields(out), " "); !strings.Contains(got, want) {
						t.Errorf("doctor does not say %q:\n%s%s", want, out, words)
					}
				}
				only := map[string][]string{}
				for _, s := range h.says {
					if s.version == "" || s.version == version {
						only[s.mode] = append(only[s.mode], s.check)
					}
				}
				for mode, checks := range only {
					out, words, _ := netlab("-H", e.Host, "demo", mode, "--only", strings.Join(checks, ","), "-o", "json")
					var r result.Record
					if err := json.Unmarshal([]byte(out), &r); err != nil {
						t.Fatalf("%s: %v: %s", mode, err, words)
					}
					for _, want := range h.says {
						if want.mode == mode && (want.version == "" || want.version == version) {
							holdSentence(t, r.Scenarios[0], want)
						}
					}
				}
			})
		}
	}
}

func holdSentence(t *testing.T, sc result.Scenario, want sentence) {
	t.Helper()
	i := slices.IndexFunc(sc.Steps, func(st result.Step) bool { return st.Check == want.check })
	if i < 0 || sc.Steps[i].Observed == nil {
		t.Errorf("%s: %s was not asked", want.mode, want.check)
		return
	}
	st := sc.Steps[i]
	said := []string{inWords(st.Condition), inWords(st.Known)}
	for _, n := range render.Tell(&sc, &st, render.Options{All: true}).Notes {
		said = append(said, n.Text)
	}
	if got := strings.Join(said, " | "); st.Verdict != want.verdict || st.Observed.Reason != want.reason ||
		!strings.Contains(got, want.contains) {
		t.Errorf("%s: %s is %s, %s: %s %s; want %s, %s: %q", want.mode, want.check, st.Verdict, st.Observed.Reason, got,
			st.Why+st.Difference(), want.verdict, want.reason, want.contains)
	}
}

// TestEnginesRulesFlushed: if a reload of the host's firewall removed the engine's rules, doctor and demo say so and
// say what to do.
func TestEnginesRulesFlushed(t *testing.T) {
	t.Parallel()
	const restart = "the engine's firewall rules are gone, as after a firewall reload. Restart the engine"
	flushes := []string{
		"iptables -F; iptables -t nat -F; iptables -X",
		"iptables -F; iptables -t nat -F; iptables -t raw -F; iptables -X; iptables -t nat -X", // as with --iptables=false
	}
	for _, version := range enginetest.Versions() {
		for _, flush := range flushes {
			t.Run(version+" "+flush, func(t *testing.T) {
				t.Parallel()
				e := enginetest.Start(t, enginetest.Options{Version: version})
				inNamespace(t, e, flush)
				out, _, _ := netlab("-H", e.Host, "doctor")
				if got := strings.Join(strings.Fields(out), " "); !strings.Contains(got, "bridge no "+restart) {
					t.Errorf("doctor does not say that bridge cannot run:\n%s", out)
				}
				r, code := demo(t, e, "bridge")
				if got := r.Scenarios[0].Skipped; got != restart || code != exitNothingRan {
					t.Errorf("exit code %d, skipped: %q, want %d: %q", code, got, exitNothingRan, restart)
				}
			})
		}
	}
}
