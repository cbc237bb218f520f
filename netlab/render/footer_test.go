package render

import (
	"bytes"
	"testing"

	"netlab/netlab/fact"
	"netlab/netlab/result"
)

func TestCleanUp(t *testing.T) {
	scenario := result.Scenario{Session: "demo", Removed: fact.Objects{Containers: 5, Networks: 1}}
	kept := result.Scenario{Session: "demo", Kept: true}
	tests := []struct {
		name string
		r    result.Record
		want string
	}{
		{
			"all gone",
			result.Record{Audited: true, Scenarios: []result.Scenario{scenario}},
			"Removed 5 containers, 1 network. Left on the engine: 0.\n",
		},
		{
			"its image stays",
			result.Record{Audited: true, Scenarios: []result.Scenario{scenario}, AgentBytes: 3_811_000},
			"Removed 5 containers, 1 network. Left on the engine: 0. netlab's own image data,\n" +
				"  3.8 MB, stays for the next run.\n",
		},
		{
			"two labs",
			result.Record{Audited: true, Scenarios: []result.Scenario{scenario, scenario}},
			"Removed 10 containers, 2 networks. Left on the engine: 0.\n",
		},
		{
			"something left",
			result.Record{
				Audited: true, Scenarios: []result.Scenario{scenario},
				Leftovers: []result.Leftover{{Type: "network", Name: "nl-x"}},
			},
			"Removed 5 containers, 1 network. Left on the engine: 1 (network nl-x). To remove\n  them: netlab clean\n",
		},
		{
			"swept before",
			result.Record{Audited: true, Swept: []result.Leftover{{Type: "container", Name: "nl-y"}}},
			"First removed what a killed netlab left behind: container nl-y.\nLeft on the engine: 0.\n",
		},
		{
			"stuck since before",
			result.Record{Audited: true, Stuck: []string{"network docker_gwbridge: restart the engine"}},
			"Could not remove what an earlier netlab left behind: network docker_gwbridge:\n  restart the engine\n" +
				"Left on the engine: 0.\n",
		},
		{
			"too many swept for a line",
			result.Record{Audited: true, Swept: []result.Leftover{
				{Type: "container", Name: "netlab-3f1c9a2b-alice"},
				{Type: "network", Name: "netlab-3f1c9a2b-back"},
				{Type: "container", Name: "netlab-3f1c9a2b-bob"},
			}},
			"First removed what a killed netlab left behind: 2 containers, 1 network.\nLeft on the engine: 0.\n",
		},
		{
			"no network",
			result.Record{Audited: true, Scenarios: []result.Scenario{
				{Session: "demo", Removed: fact.Objects{Containers: 2}},
			}},
			"Removed 2 containers. Left on the engine: 0.\n",
		},
		{
			"kept",
			result.Record{Scenarios: []result.Scenario{kept}},
			"Kept: demo. To remove it: netlab down demo\n",
		},
		{
			"kept, and the engine was asked",
			result.Record{Audited: true, Scenarios: []result.Scenario{scenario, {Session: "next", Kept: true}}},
			"Kept: next. To remove it: netlab down next\n" +
				"Removed 5 containers, 1 network. Left on the engine, besides what is kept: 0.\n",
		},
		{
			"the engine died",
			result.Record{Scenarios: []result.Scenario{{Session: "demo"}}},
			"netlab did not ask the engine what is left.\n",
		},
		{
			"wires and a swarm",
			result.Record{Audited: true, Scenarios: []result.Scenario{
				scenario,
				{Session: "over", Removed: fact.Objects{Containers: 3, Networks: 2, Wires: 1, Swarms: 1}},
			}},
			"Removed 8 containers, 3 networks, 1 link, 1 swarm. Left on the engine: 0.\n",
		},
		{
			"a swarm left",
			result.Record{
				Audited: true, Scenarios: []result.Scenario{{Session: "over", Removed: fact.Objects{Wires: 2}}},
				Leftovers: []result.Leftover{{Type: "swarm", Name: "netlab-over"}},
			},
			"Removed 2 links. Left on the engine: 1 (swarm netlab-over). To remove them:\n  netlab clean\n",
		},
		{"nothing ran", result.Record{Audited: false}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := CleanUp(&b, &tt.r, Options{}); err != nil {
				t.Fatal(err)
			}
			if got := b.String(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
