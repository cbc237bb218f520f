package render_test

import (
	"strings"
	"testing"

	"netlab/netlab/probe"
	"netlab/netlab/render"
	"netlab/netlab/result"
)

// A yes/no question about a value is answered yes or NO, with the value next to it.
func TestYesNoAboutAValue(t *testing.T) {
	const restart = "Does bob keep his address after a restart?"
	for _, tt := range []struct {
		ask, expect, verdict, want string
	}{
		{restart, "differs from bob.first.ipv4", result.AsExpected, "NO   172.17.0.9"},
		{restart, "differs from bob.first.ipv4", result.Surprise, "yes, 172.17.0.9"},
		{restart, "equals bob.first.ipv4", result.AsExpected, "yes  172.17.0.9"},
		{"Which address does bob have?", "equals bob.first.ipv4", result.AsExpected, "172.17.0.9"},
	} {
		r := &result.Record{Scenarios: []result.Scenario{{Name: "lab", Steps: []result.Step{{
			Check: "address", Ask: tt.ask, From: "bob", Probe: "read link.ipv4", Expect: []string{tt.expect},
			Verdict: tt.verdict, Observed: &result.Observed{Reason: probe.OK, Value: "172.17.0.9"},
		}}}}}
		var page strings.Builder
		if err := render.Demo(&page, r, render.Options{All: true}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(page.String(), tt.want) {
			t.Errorf("%s %s, %s: want %q in\n%s", tt.ask, tt.expect, tt.verdict, tt.want, page.String())
		}
	}
}
