package lab

import (
	"strings"
	"testing"

	"netlab/netlab/ask"
	"netlab/netlab/probe"
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
