package probe_test

import (
	"strings"
	"testing"

	"netlab/netlab/probe"
)

// A phrase belongs to one reason only, fits into a column, and has an explanation.
func TestPhrases(t *testing.T) {
	of := map[string]probe.Reason{}
	for _, r := range probe.Reasons() {
		p := r.Phrase()
		if len(p.Table) == 0 || len(p.Table) > 9 {
			t.Errorf("%s is %q in a table, want 1 to 9 columns", r, p.Table)
		}
		if !strings.HasSuffix(p.Legend, ".") {
			t.Errorf("the legend of %s is no sentence: %q", r, p.Legend)
		}
		for _, text := range []string{string(r), p.Table, p.Lesson} {
			if other, taken := of[text]; taken && other != r {
				t.Errorf("%q stands for %s and for %s", text, r, other)
			}
			of[text] = r
			if found, ok := probe.FindReason(text); !ok || found != r {
				t.Errorf("FindReason(%q) = %q, %t, want %q", text, found, ok, r)
			}
		}
	}
	if p := probe.Reason("a-reason-of-tomorrow").Phrase(); p.Table != "a-reason-of-tomorrow" {
		t.Errorf("an unknown reason is %q", p.Table)
	}
	if r, ok := probe.FindReason("tiemout"); ok {
		t.Errorf("FindReason found %q", r)
	}
}
