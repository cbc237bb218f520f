package result

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// A record that an older netlab saved is read as one of today's, with all its questions, and is valid when it is
// written again.
func TestReadsV1(t *testing.T) {
	doc, err := os.ReadFile("testdata/v1.json")
	if err != nil {
		t.Fatal(err)
	}
	r, err := ReadJSON(bytes.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	steps := map[string]Step{}
	for _, st := range r.Scenarios[0].Steps {
		if st.Check != "" && st.Asks.Question == nil {
			t.Errorf("%s has no question", st.Check)
		}
		steps[st.Check+st.Measure] = st
	}
	ref := func(head, network, field string) ask.Target {
		return ask.Target{Ref: ask.Reference{Head: head, Network: network, Field: field}}
	}
	service := steps["host-service"]
	wantAsks := ask.Connect{To: ref("host", "", ""), Port: ask.Port{Network: "tcp"}, At: ref("web", "", "gateway")}
	if diff := cmp.Diff(ask.Question(wantAsks), service.Asks.Question); diff != "" {
		t.Errorf("a question (-want +got):\n%s", diff)
	}
	usual := ask.Expectation{Reason: probe.OK, Test: ask.Sees, Value: ref("alice", "web", "ipv4")}
	if diff := cmp.Diff(usual, service.Usual()); diff != "" {
		t.Errorf("an expectation (-want +got):\n%s", diff)
	}
	if got := steps["closed-port"].Observed.From; got == "" {
		t.Error("whoever refused is not known")
	}
	joins := ask.Action{Verb: ask.VerbConnect, Peer: "alice", Network: "back"}
	if !slices.ContainsFunc(r.Scenarios[0].Steps, func(st Step) bool { return st.Do != nil && *st.Do == joins }) {
		t.Error("an action is missing")
	}
	again, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(again, &v); err != nil {
		t.Fatal(err)
	}
	if err := published(t, "result").Validate(v); err != nil {
		t.Error(err)
	}
	reread, err := ReadJSON(bytes.NewReader(again))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, reread); diff != "" {
		t.Errorf("written and read again (-want +got):\n%s", diff)
	}
}

// Every question in words is read with all that it names.
func TestV1Questions(t *testing.T) {
	for _, words := range []string{
		"ping bob", "ping alice.web.ipv4", "hops 192.0.2.1", "arp web.gateway", "resolve bob.name", "reverse bob",
		"connect bob tcp/8080", "connect host tcp/free at bridge.gateway", "connect bob tcp/8080 through uplink.host",
		"connect alice tcp/free at localhost by localhost", "chains bob tcp/8080 through uplink.host", "read link.mtu",
		"balance shop tcp/8080", "listen udp/53 beside bob", "start bob", "build shop", "inspect shop holds /bin/tool",
		"inspect shop shares other", "await healthy", "write /note", "file /note",
	} {
		if got := question(words); got == nil || got.String() != words {
			t.Errorf("%s is read as %v", words, got)
		}
	}
	if got := question("wonder why"); got != nil {
		t.Errorf("a question of a later version is read as %v", got)
	}
}

// What early versions had in words only is read from them.
func TestV1Words(t *testing.T) {
	const doc = `{"schema":"netlab.result/v1","kind":"run","scenarios":[{"steps":[
		{"do":"freeze alice"},
		{"check":"c","ask":"bob left. Which address is it?","expect":["ok, sees alice","at least 5","equals yes","refused"],
		"usual":"refused","condition":"web.mtu is 1400, web.icc is false",
		"observed":{"reason":"closed","detail":"10.0.0.1 accepted, and closed it",
		"evidence":[{"source":"bob","text":"was asked"},{"source":"/etc/hosts","text":"is empty"}]}}]}]}`
	r, err := ReadJSON(bytes.NewReader([]byte(doc)))
	if err != nil {
		t.Fatal(err)
	}
	want := []Step{
		{Do: &ask.Action{Verb: "freeze alice"}},
		{
			Check: "c", Ask: "bob left. Which address is it?", Wants: ask.WantsValue,
			Expect: []ask.Expectation{
				{Reason: probe.OK, Test: ask.Sees, Value: ask.PeerTarget("alice")},
				{Reason: probe.OK, Test: ask.AtLeast, Value: ask.Value{Literal: "5"}},
				{Reason: probe.OK, Test: ask.Equals, Value: ask.Value{Literal: "yes"}},
				{Reason: probe.Refused},
			},
			Condition: []fact.Label{{Name: "web.mtu", Value: "1400"}, {Name: "web.icc", Value: "false"}},
			Observed: &Observed{
				Reason: probe.Closed, Detail: "10.0.0.1 accepted, and closed it", From: "10.0.0.1",
				Evidence: []probe.Evidence{
					{Source: "bob", Text: "was asked", Did: true}, {Source: "/etc/hosts", Text: "is empty"},
				},
			},
		},
	}
	if diff := cmp.Diff(want, r.Scenarios[0].Steps); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
