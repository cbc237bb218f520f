package result

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

var update = flag.Bool("update", false, "write the schemas in scenarios again")

// file is where a schema is published, next to the scenarios' schema.
func file(name string) string { return "../../scenarios/" + name + ".schema.json" }

func TestSchemaFilesAreUpToDate(t *testing.T) {
	schemas, err := jsonSchemas()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range schemas {
		if *update {
			if err := os.WriteFile(file(name), want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file(name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s is not that of the type; go test ./netlab/result -update (-want +got):\n%s", file(name), diff)
		}
	}
}

func fullRecord() *Record {
	icc := ask.Reference{Head: "bridge", Field: "icc"}
	r := &Record{
		Schema: Schema, Kind: KindRun, Netlab: "1.0.0",
		Started: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), TookUS: 1_500_000,
		Engines: []Engine{{
			Engine: fact.Engine{ID: "E1", Version: "20.10.24", API: "1.41", Kind: fact.KindEngine},
			Facts:  []fact.Label{{Name: "bridge.mtu", Value: "1500"}},
		}},
		Scenarios: []Scenario{
			{
				Name: "bridge", Title: "The default", Use: "Tests.", Session: "0a1b2c3d", UpUS: 800_000,
				Networks: []fact.Network{{
					ID: "n1", Name: "bridge", Driver: "bridge", Options: []fact.Label{{Name: "a", Value: "b"}},
				}},
				Host: &Host{Addresses: []string{"192.0.2.1"}},
				Wires: []fact.Wire{{
					Name: "uplink", Machine: "outside", Interface: "nl0a1b2c3d0", Subnet: "10.213.7.0/28",
					Host: "10.213.7.1", Address: "10.213.7.2", Router: "10.213.7.3",
				}},
				Swarm: "temporary one-node swarm",
				Peers: []fact.Peer{
					{
						Name: "alice", Container: "netlab-0a1b2c3d-alice", Engine: "E1", Mode: "bridge", Port: "veth1",
						Published: []string{"127.0.0.1:32768->8080/tcp"},
						Network:   []fact.Endpoint{{Network: "bridge", IPv4: "172.17.0.2"}},
					},
					{Name: "carol", Container: "netlab-0a1b2c3d-carol", Shares: "alice", Network: []fact.Endpoint{}},
					{Name: "outside", Role: fact.RoleMachine, Network: []fact.Endpoint{}},
				},
				Steps: []Step{
					{
						Check: "peer", Group: "reach", Lesson: true, Ask: "Can she?", From: "alice",
						Asks: Question{ask.Ping{To: ask.PeerTarget("bob")}}, Wants: ask.WantsYesNo, Verdict: AsExpected,
						Control: []string{"x"},
						Because: "So.", Try: "ping bob", Expect: []ask.Expectation{
							{Reason: probe.OK, When: []ask.Condition{{Fact: icc, Op: "=", Value: "false"}}}, {Reason: probe.Timeout},
						},
						Expected: &ask.Expectation{Reason: probe.OK}, Condition: []fact.Label{{Name: icc.String(), Value: "false"}},
						Observed: &Observed{
							Reason: probe.OK, Detail: "d", Value: "v", Address: "a", TookUS: 1,
							Evidence: []probe.Evidence{{Source: "s", Text: "t"}},
						},
					},
					{Check: "late", Verdict: Skipped, Why: "interrupted"},
					{Check: "odd", Verdict: Surprise, Observed: &Observed{Reason: probe.Timeout}},
					{Check: "bad", Verdict: Broken, Observed: &Observed{Reason: probe.Broken}},
					{Measure: "start", Observed: &Observed{Samples: 1, MedianUS: 1, MinUS: 1, MaxUS: 1}},
					{Do: &ask.Action{Verb: ask.VerbConnect, Peer: "alice", Network: "back"}},
				},
				Removed: fact.Objects{Containers: 5, Networks: 1, Wires: 1, Swarms: 1},
			},
			{Name: "macvlan", Title: "LAN", Use: "LANs.", Skipped: "no parent interface"},
		},
		Leftovers: []Leftover{{Type: fact.ObjectTask, Name: "netlab-x"}},
		Audited:   true,
	}
	for _, what := range fact.ObjectTypes() {
		r.Swept = append(r.Swept, Leftover{Type: what, Name: "netlab-x"})
	}
	r.Count()
	return r
}

// published is a schema as published in its file.
func published(t *testing.T, name string) *jsonschema.Resolved {
	t.Helper()
	b, err := os.ReadFile(file(name))
	if err != nil {
		t.Fatal(err)
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return resolved
}

// A record that was saved before a field was added is still valid.
func TestSchemaAcceptsRecordings(t *testing.T) {
	files, err := filepath.Glob("../../scenarios/recorded/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	schema := published(t, "result")
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestSchemaAcceptsRecordsAndRefusesOthers(t *testing.T) {
	resolved := published(t, "result")
	full, err := json.Marshal(fullRecord())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, old, new string
		ok             bool
	}{
		{name: "full record", ok: true},
		{name: "unknown verdict", old: `"verdict":"surprise"`, new: `"verdict":"maybe"`},
		{name: "unknown reason", old: `"reason":"timeout"`, new: `"reason":"slow"`},
		{name: "unknown kind", old: `"kind":"run"`, new: `"kind":"walk"`},
		{name: "another version", old: Schema, new: "netlab.result/v0"},
		{name: "time as text", old: `"took_us":1500000`, new: `"took_us":"1.5 s"`},
		{name: "no summary", old: `"summary"`, new: `"sum"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := full
			if tt.old != "" {
				if !bytes.Contains(full, []byte(tt.old)) {
					t.Fatalf("the full record has no %s", tt.old)
				}
				doc = []byte(strings.ReplaceAll(string(full), tt.old, tt.new))
			}
			var v any
			if err := json.Unmarshal(doc, &v); err != nil {
				t.Fatal(err)
			}
			if err := resolved.Validate(v); (err == nil) != tt.ok {
				t.Errorf("Validate: got error %v, want ok = %v", err, tt.ok)
			}
		})
	}
}

func TestCount(t *testing.T) {
	got := fullRecord().Summary
	want := Summary{AsExpected: 1, Surprise: 1, Skipped: 2, Broken: 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Count (-want +got):\n%s", diff)
	}
}
