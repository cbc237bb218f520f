// Package asktest has short forms of questions and expectations, for tests of what is drawn from a record, and holds
// documents against their published schemas.
package asktest

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"netlab/netlab/ask"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/scenarios"
)

// Follows returns an error unless a document follows the published schema of its kind, result, why or scan.
func Follows(kind string, document any) error {
	published, ok := scenarios.SchemaJSON(kind)
	if !ok {
		return fmt.Errorf("there is no schema %q", kind)
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(published, &s); err != nil {
		return err
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		return err
	}
	text, err := json.Marshal(document)
	if err != nil {
		return err
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return err
	}
	return resolved.Validate(v)
}

// To is a target or a value: an address, or a reference such as bob, bob.name, uplink.silent or alice.web.ipv4.
func To(name string) ask.Target {
	if ask.IsAddress(name) {
		return ask.Target{Literal: name}
	}
	head, field, _ := strings.Cut(name, ".")
	network, rest, three := strings.Cut(field, ".")
	if three && ask.Has(ask.EndpointFields(), rest) && !ask.Has(ask.AllFields(), field) {
		return ask.Target{Ref: ask.Reference{Head: head, Network: network, Field: rest}}
	}
	return ask.Target{Ref: ask.Reference{Head: head, Field: field}}
}

// Asks is any question.
func Asks(q ask.Question) result.Question { return result.Question{Question: q} }

// Ping pings.
func Ping(to string) result.Question { return Asks(ask.Ping{To: To(to)}) }

// Hops finds routers.
func Hops(to string) result.Question { return Asks(ask.Hops{To: To(to)}) }

// ARP asks for a MAC address.
func ARP(to string) result.Question { return Asks(ask.ARP{Address: To(to)}) }

// Resolve looks up a name.
func Resolve(name string) result.Question { return Asks(ask.Resolve{Name: To(name), Type: "A"}) }

// Read reads one of ask.Things.
func Read(thing string) result.Question { return Asks(ask.Read{Thing: thing}) }

// Start starts a container.
func Start(container string) result.Question { return Asks(ask.Start{Container: container}) }

// Listen binds a free TCP port.
func Listen() result.Question { return Asks(ask.Listen{Port: ask.Port{Network: "tcp"}}) }

// Connect connects over TCP, to a free port if the number is 0, and through an address of the host if there is one.
func Connect(to string, port int, through ...string) result.Question {
	q := ask.Connect{To: To(to), Port: ask.Port{Network: "tcp", Number: port}}
	for _, name := range through {
		q.Through = To(name)
	}
	return Asks(q)
}

// Chains watches the firewall while connecting to port 8080.
func Chains(to, through string) result.Question {
	return Asks(ask.Chains{To: To(to), Port: ask.Port{Network: "tcp", Number: 8080}, Through: To(through)})
}

// Expect is a single expectation that compares the answer with a value.
func Expect(test, value string) []ask.Expectation {
	return []ask.Expectation{{Reason: probe.OK, Test: test, Value: To(value)}}
}

// Reason is a single expectation of a reason.
func Reason(r probe.Reason) []ask.Expectation { return []ask.Expectation{{Reason: r}} }
