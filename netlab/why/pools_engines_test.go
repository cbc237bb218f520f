//go:build linux && engines

package why_test

import (
	"strings"
	"testing"

	"netlab/netlab/result"
)

// pools uses up the engine's address pools, with networks that no container uses and with a route of the host. Two
// subnets are free.
func pools(t *testing.T, w *world, host func(*testing.T, string)) {
	name := func(what string) string { return "pool-" + what + "-" + w.session.Lab() }
	create := func(what string) string {
		out, _ := w.docker("network", "create", name(what))
		return out
	}
	exhausted := func(t *testing.T, line, evidence string) *result.Why {
		t.Helper()
		got := w.said(line)
		if got.Verdict != result.Unreachable || len(got.Causes) != 1 || got.Causes[0].ID != "pool-exhausted" {
			t.Fatalf("%s: got %s with %+v", line, got.Verdict, got.Causes)
		}
		said := ""
		for _, e := range got.Causes[0].Evidence {
			said += e.Source + ": " + e.Text + "\n"
		}
		if !strings.Contains(said, evidence) {
			t.Errorf("the evidence is\n%swant %s", said, evidence)
		}
		return got
	}
	works := func(t *testing.T) {
		t.Helper()
		if out, err := w.docker("network", "create", name("last")); err != nil {
			t.Errorf("the subnets are free again: %v: %s", err, out)
		}
		if out, err := w.docker("network", "rm", name("last")); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	}
	t.Run("networks that nothing uses", func(t *testing.T) {
		create("one")
		create("two")
		got := exhausted(t, create("three"), name("one"))
		for _, f := range got.Causes[0].Fix {
			if strings.HasPrefix(f.Run, "docker network rm") {
				if out, err := w.shell(f.Run); err != nil {
					t.Errorf("%s: %v: %s", f.Run, err, out)
				}
			}
		}
		works(t)
	})
	t.Run("a route of the host", func(t *testing.T) {
		host(t, "ip route add 10.199.2.0/23 dev lo")
		exhausted(t, create("four"), "10.199.2.0/23")
		host(t, "ip route del 10.199.2.0/23 dev lo")
		works(t)
	})
}
