package render_test

import (
	"strings"
	"testing"

	"netlab/netlab/ask"
	"netlab/netlab/probe"
	"netlab/netlab/render"
	"netlab/netlab/result"
	"netlab/netlab/result/asktest"
)

// A yes/no question about a value is answered yes or NO, with the value next to it.
func TestYesNoAboutAValue(t *testing.T) {
	for _, tt := range []struct {
		wants, test, verdict, want string
	}{
		{ask.WantsYesNo, ask.Differs, result.AsExpected, "NO   172.17.0.9"},
		{ask.WantsYesNo, ask.Differs, result.Surprise, "yes, 172.17.0.9"},
		{ask.WantsYesNo, ask.Equals, result.AsExpected, "yes  172.17.0.9"},
		{ask.WantsValue, ask.Equals, result.AsExpected, "172.17.0.9"},
	} {
		r := &result.Record{Scenarios: []result.Scenario{{Name: "lab", Steps: []result.Step{{
			Check: "address", Wants: tt.wants, From: "bob", Asks: asktest.Read("link.ipv4"),
			Expect: asktest.Expect(tt.test, "bob.first.ipv4"), Verdict: tt.verdict,
			Observed: &result.Observed{Reason: probe.OK, Value: "172.17.0.9"},
		}}}}}
		var page strings.Builder
		if err := render.Demo(&page, r, render.Options{All: true}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(page.String(), tt.want) {
			t.Errorf("%s %s, %s: want %q in\n%s", tt.wants, tt.test, tt.verdict, tt.want, page.String())
		}
	}
}
