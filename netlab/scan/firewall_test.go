package scan

import (
	"slices"
	"testing"

	"netlab/netlab/result"
)

// The policy of FORWARD decides nothing behind a rule that drops everything.
func TestForwardsNothingFix(t *testing.T) {
	t.Parallel()
	for number, want := range []string{"iptables -P FORWARD ACCEPT", ""} {
		f := machine()
		forward := f.chain("filter", "FORWARD")
		forward.Drops[0].Number, forward.Passes = number, nil
		i := slices.IndexFunc(Diagnose(f).Findings, func(found result.Finding) bool { return found.ID == "firewall" })
		if i < 0 {
			t.Fatalf("rule %d: not found", number)
		}
		if got := Diagnose(f).Findings[i].Fix[0].Run; got != want {
			t.Errorf("rule %d: got %q, want %q", number, got, want)
		}
	}
}
