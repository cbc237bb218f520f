package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"netlab/netlab/fact"
	"netlab/netlab/result"
)

// A record from elsewhere is either drawn quickly or rejected with an error that names the part that is too large.
func TestReadJSONLimits(t *testing.T) {
	long := strings.Repeat("x", 1_600_000)
	peers := func(n int) []fact.Peer {
		list := make([]fact.Peer, n)
		for i := range list {
			list[i] = fact.Peer{Name: fmt.Sprint("p", i)}
		}
		return list
	}
	for name, tt := range map[string]struct {
		change func(sc *result.Scenario)
		want   string // "" if it is accepted
	}{
		"a name": {func(sc *result.Scenario) { sc.Name = long }, "scenarios[0].name has 1600000 bytes"},
		"a container's": {
			func(sc *result.Scenario) { sc.Peers = []fact.Peer{{Name: long}} },
			"scenarios[0].peers[0].name",
		},
		"an answer": {
			func(sc *result.Scenario) { sc.Steps[0].Because = long },
			"scenarios[0].steps[0].because",
		},
		"a network's": {
			func(sc *result.Scenario) { sc.Networks = []fact.Network{{Name: long}} },
			"scenarios[0].networks[0].name",
		},
		"containers": {
			func(sc *result.Scenario) { sc.Peers = peers(50_000) },
			"scenarios[0].peers has 50000 entries",
		},
		"steps": {
			func(sc *result.Scenario) { sc.Steps = make([]result.Step, 50_000) },
			"scenarios[0].steps has 50000",
		},
		"a lab as they are": {func(sc *result.Scenario) { sc.Peers = peers(100) }, ""},
	} {
		r := &result.Record{Schema: result.Schema, Kind: result.KindRun, Scenarios: []result.Scenario{
			{Name: "bridge", Steps: []result.Step{{Check: "a"}}},
		}}
		tt.change(&r.Scenarios[0])
		doc, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		_, err = result.ReadJSON(bytes.NewReader(doc))
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
}
