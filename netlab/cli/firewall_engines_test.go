//go:build linux && engines

package cli

import (
	"slices"
	"strings"
	"testing"

	"netlab/netlab/enginetest"
	"netlab/netlab/probe"
	"netlab/netlab/render"
	"netlab/netlab/result"
)

// A sentence is a reason or, for a surprise, what was seen, with its verdict.
type sentence struct {
	version, mode, check string // version "" for all
	verdict              string
	reason               probe.Reason
	contains             string // in the reason, its fact and the evidence
}

// isolated is why Docker isolates its bridges, or what else dropped the packet first.
func isolated(version, by string) sentence {
	return sentence{version, "bridge", "other-network", result.AsExpected, probe.Timeout, by}
}

// Which of Docker's rules isolates bridges, in older versions and from 28 on.
const (
	isolation = "of DOCKER-ISOLATION-STAGE-2 dropped"
	raw       = "of PREROUTING in table raw dropped"
)

// TestEnginesFirewall: no sentence blames a firewall that did not drop the packet. Other firewalls are among the
// settings of TestEnginesSettings.
func TestEnginesFirewall(t *testing.T) {
	t.Parallel()
	for _, version := range enginetest.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			e := enginetest.Start(t, enginetest.Options{Version: version})
			inNamespace(t, e, "iptables -I DOCKER-USER -j DROP")
			r, _ := demo(t, e, "bridge")
			holdSentences(t, r, []sentence{
				{"", "bridge", "outside", result.Surprise, probe.Timeout, "rule 1 of DOCKER-USER dropped"},
				{"", "bridge", "outside", result.Surprise, probe.Timeout, "engine.version is "},
				isolated("20.10", "Docker leaves that chain to you"), isolated("26.1", "Docker leaves that chain to you"),
				isolated("28.5", raw),
			})
		})
	}
}

// saysInDoctor fails unless doctor says all of this.
func saysInDoctor(t *testing.T, e *enginetest.Engine, all []string) {
	t.Helper()
	if len(all) == 0 {
		return
	}
	out, words, _ := netlab("-H", e.Host, "doctor")
	for _, want := range all {
		if got := strings.Join(strings.Fields(out), " "); !strings.Contains(got, want) {
			t.Errorf("doctor does not say %q:\n%s%s", want, out, words)
		}
	}
}

// holdSentences fails unless the record has the sentences about its modes and the engine's version.
func holdSentences(t *testing.T, r *result.Record, all []sentence) {
	t.Helper()
	for _, want := range all {
		for _, sc := range r.Scenarios {
			if sc.Name == want.mode && strings.HasPrefix(r.Engines[0].Version, want.version) {
				holdSentence(t, sc, want)
			}
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
