package lab

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"netlab/netlab/ask"
	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/scenario"
)

// What an engine with the nftables backend cannot do, and what it can.
func TestNftablesBackend(t *testing.T) {
	t.Parallel()
	host := func(forwarding string) *fact.Stack {
		return &fact.Stack{Sysctls: []fact.Sysctl{
			{Name: "net.ipv6.conf.all.disable_ipv6", Value: "0"}, {Name: "net.ipv6.conf.all.forwarding", Value: forwarding},
		}}
	}
	for _, test := range []struct{ backend, forwarding, ipv6, overlay string }{
		{"nftables", "0", "leaves that to you", "has no overlay networks"},
		{"nftables", "1", "", "has no overlay networks"},
		{"iptables", "0", "", ""},
		{"", "0", "", ""}, // before 28 the engine does not say
	} {
		e := fact.Engine{FirewallBackend: test.backend, Swarm: "active", Manager: true}
		ipv6, overlay := cannotIPv6(e, host(test.forwarding)), cannotOverlay(e, Options{})
		if !strings.Contains(ipv6, test.ipv6) || (ipv6 == "") != (test.ipv6 == "") {
			t.Errorf("%+v: IPv6: got %q, want %q", test, ipv6, test.ipv6)
		}
		if !strings.Contains(overlay, test.overlay) || (overlay == "") != (test.overlay == "") {
			t.Errorf("%+v: overlay: got %q, want %q", test, overlay, test.overlay)
		}
	}
}

// TestNetworkValues: a lab has a value for every field of a network.
func TestNetworkValues(t *testing.T) {
	values := networkValues(fact.Network{})
	for _, f := range ask.NetworkFields() {
		if _, ok := values[f.Name]; !ok {
			t.Errorf("%s has no value", f.Name)
		}
	}
}

// TestEngineFactsHaveValues: where everything can be read, a lab has a value for every fact about the engine. Without
// one, no condition that names it ever holds.
func TestEngineFactsHaveValues(t *testing.T) {
	t.Parallel()
	host := &fact.Stack{
		HostFiles: &fact.HostFiles{},
		Hosts:     []fact.HostEntry{{Address: "10.0.0.1", Names: []string{hostGatewayName}}},
		Sysctls:   []fact.Sysctl{{Name: "net.ipv4.conf.docker0.route_localnet", Value: "0"}},
	}
	s := &Site{engine: &engine.Engine{}, stack: host, firewall: firewall{known: true, direct: "true"}}
	values := map[string]bool{}
	for _, f := range append(reportedFacts(fact.Engine{}), s.Facts()...) {
		values[f.Name] = true
	}
	for _, f := range ask.EngineFields() {
		if !values[ask.EngineFact(f.Name)] {
			t.Errorf("%s has no value", f.Name)
		}
	}
}

// TestFieldsHaveValues: a lab has a value for every field of a container, of a container on a network, of a link and of
// a service. TestThingsAreRead is about the other fields.
func TestFieldsHaveValues(t *testing.T) {
	t.Parallel()
	now := engine.Inspection{Endpoints: []fact.Endpoint{{
		Network: "web", IPv4: "10.0.0.2", IPv6: "fd00::2", MAC: "02:00:00:00:00:02", Gateway: "10.0.0.1",
	}}}
	on := scenario.Container{Networks: []scenario.Attachment{{Network: "web", Aliases: []string{"shop"}, Address: 9}}}
	// Without a container, which has a name and an ID from the engine.
	unmade := &peer{name: "bob", spec: on, now: now, first: now}
	made := &peer{name: "bob", spec: on, now: now, container: &engine.Container{}}
	l := &Lab{inventory: inventory{
		networks: []network{{name: "web", fact: fact.Network{Name: "web", Subnet: "10.0.0.0/28"}}},
	}}
	link := &wire{
		link: "nl0", subnet: netip.MustParsePrefix("10.0.1.0/28"), behind: netip.MustParsePrefix("10.0.2.0/28"),
		ipv6: netip.MustParsePrefix("fd01::/64"),
	}
	store := &service{
		spec: scenario.Service{Name: "store"}, at: engine.Endpoint{VIP: "10.0.3.2", Tasks: []string{"10.0.3.3"}},
	}
	for _, of := range []struct {
		what   string
		fields []ask.Field
		value  func(field string) string
	}{
		{"a container", ask.PeerFields(), func(field string) string {
			v, err := l.peerValue(t.Context(), unmade, field, "bob")
			if errors.As(err, &Absent{}) {
				return "of the engine"
			}
			return v
		}},
		{"a container on a network", ask.EndpointFields(), func(field string) string {
			return l.endpointValue(made, "web", field)
		}},
		{"a link", ask.WireFields(), link.value},
		{"a service", ask.ServiceFields(), store.value},
	} {
		for _, f := range append(of.fields, ask.Field{Name: "weather"}) {
			if got := of.value(f.Name); (got == "") != (f.Name == "weather") && !ask.Has(ask.Things(), f.Name) {
				t.Errorf("%s of %s: got %q", f.Name, of.what, got)
			}
		}
	}
}
