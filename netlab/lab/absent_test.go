package lab

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"netlab/netlab/ask"
	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/safely"
	"netlab/netlab/scenario"
)

// TestAbsent: any question to a container that does not exist, because its build or its start failed, is answered
// with that.
func TestAbsent(t *testing.T) {
	bob := &peer{name: "bob", spec: scenario.Container{Name: "bob", Image: "shop", Created: true}}
	l := &Lab{inventory: inventory{peers: []*peer{bob}, scenario: &scenario.Scenario{}}}
	for _, thing := range ask.Things() {
		o := l.Ask(t.Context(), "bob", ask.Read{Thing: thing.Name})
		if o.Reason != probe.Broken || !strings.HasPrefix(o.Detail, "bob ") {
			t.Errorf("read %s: got %s %q", thing.Name, o.Reason, o.Detail)
		}
	}
	for _, field := range []string{"container", "short-id", "size", "memory", "published", "ipv4"} {
		v, err := l.Value(t.Context(), ask.Reference{Head: "bob", Field: field}, "bob")
		if err == nil || !strings.Contains(err.Error(), "bob") {
			t.Errorf("bob.%s: got %q, %v", field, v, err)
		}
	}
}

// A blank agent sees nothing.
type blank struct{ agentClient }

func (blank) Look(context.Context) (*fact.Stack, error)            { return &fact.Stack{}, nil }
func (blank) LookWithSockets(context.Context) (*fact.Stack, error) { return &fact.Stack{}, nil }
func (blank) Process(context.Context) (*fact.Process, error)       { return &fact.Process{}, nil }

// TestThingsAreRead: every thing of the vocabulary is read by something. What is read from the engine panics here,
// where there is none.
func TestThingsAreRead(t *testing.T) {
	bob := &peer{name: "bob", client: blank{}, container: &engine.Container{}}
	l := &Lab{inventory: inventory{
		peers: []*peer{bob}, scenario: &scenario.Scenario{}, site: &Site{stack: &fact.Stack{}, host: bob},
	}}
	for _, thing := range append(ask.Things(), ask.Field{Name: "weather"}, ask.Field{Name: "vm.weather"}) {
		var o probe.Outcome
		_ = safely.Do(func() error {
			o = l.Ask(t.Context(), "bob", ask.Read{Thing: thing.Name})
			return nil
		})
		if known := !strings.Contains(thing.Name, "weather"); known == strings.HasPrefix(o.Detail, "netlab cannot read") {
			t.Errorf("read %s: got %s %q", thing.Name, o.Reason, o.Detail)
		}
	}
}

// TestVerbsAreKnown: a lab can carry out every action. Those of containers panic here, where there is no engine.
func TestVerbsAreKnown(t *testing.T) {
	bob := &peer{name: "bob", client: blank{}, container: &engine.Container{}}
	l := &Lab{inventory: inventory{peers: []*peer{bob}, site: &Site{}}}
	for _, verb := range append(ask.VerbNames(), "freeze") {
		err := safely.Do(func() error { return l.Do(t.Context(), ask.Action{Verb: verb, Peer: "bob", Network: "web"}) })
		if unknown := strings.Contains(fmt.Sprint(err), "unknown action"); unknown != (verb == "freeze") {
			t.Errorf("%s: got %v", verb, err)
		}
	}
}
