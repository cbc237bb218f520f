package run

import (
	"slices"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/scenario"
)

// bearingFields are the fields of facts that may explain the answer to a check, by its kind of question.
func bearingFields(q ask.Question) []string {
	names := []string{ask.FactDNS, ask.FactDNSOmitted, ask.FactLoopbackDNS, ask.FactHostGateway}
	traffic := []string{
		ask.FactICC, ask.FactMasquerade, ask.FactInternal, ask.FactGatewayMode, ask.FactDefaultGateway, ask.FactMTU,
		ask.FactIPv6, ask.FactBridgeFilter, ask.FactIPTables, ask.FactFirewallBackend, ask.FactForwarding,
		ask.FactForwardPolicy, ask.FactInputPolicy, ask.FactDirectRouting,
	}
	if ask.OverIPv6(q) {
		traffic = append(traffic,
			ask.FactIP6Tables, ask.FactIPv6Forwarding, ask.FactIPv6ForwardPolicy, ask.FactIPv6InputPolicy)
	}
	switch k := q.Kind(); {
	case k.Resolves:
		return append(names, ask.FactICC, ask.FactInternal, ask.FactDefaultGateway, ask.FactMasquerade,
			ask.FactForwarding, ask.FactIPTables)
	case k.Sends:
		if through, _ := ask.Through(q); !through.IsZero() {
			return append(traffic, ask.FactHostBinding, ask.FactUserlandProxy)
		}
		return traffic
	}
	switch ask.ThingOf(q) {
	case ask.LinkMTU:
		return []string{ask.FactMTU}
	case ask.LinkIPv4:
		return []string{ask.FactRange}
	case ask.LinkIPv6, ask.RouteIPv6Gateway:
		return []string{ask.FactIPv6}
	case ask.RouteGateway, ask.Routes:
		return []string{ask.FactDefaultGateway, ask.FactInternal, ask.FactGatewayMode}
	case ask.DNSServers:
		return names
	case ask.Published, ask.PublishedOn:
		return []string{ask.FactHostBinding, ask.FactGatewayMode, ask.FactUserlandProxy}
	case ask.UID, ask.OwnNetNS, ask.OwnUTSNS, ask.HostPID, ask.HostProcesses:
		return []string{ask.FactUsernsRemap}
	}
	return nil
}

// bearing returns the facts that may explain a surprise: the engine's version, and what is unusual about the engine
// and about the networks of the asker and the target.
func (j *judge) bearing(c scenario.Check) []fact.Label {
	fields := append(bearingFields(c.Asks), ask.FactKind, ask.FactRootless)
	to := ask.TargetOf(c.Asks).Ref
	heads := []string{ask.EngineHead}
	for _, name := range []string{c.From, to.Head, to.Network} {
		heads = append(heads, j.networksOf(name)...)
	}
	var facts []fact.Label
	for _, f := range j.facts {
		onHead := func(head string) bool { return bears(f, head, fields) }
		if f.Name == ask.EngineFact(ask.FactVersion) || slices.ContainsFunc(heads, onHead) {
			facts = append(facts, f)
		}
	}
	return facts
}

// bears reports whether a fact is one of head's fields and unusual.
func bears(f fact.Label, head string, fields []string) bool {
	owner, field, _ := strings.Cut(f.Name, ".")
	return owner == head && slices.Contains(fields, field) && f.Value != ask.Fact(field).Usual
}

// networksOf are the networks that the scenario attaches a peer to. A network is on itself.
func (j *judge) networksOf(name string) []string {
	if j.scenario == nil || name == "" {
		return nil
	}
	for _, c := range j.scenario.Containers {
		if c.Name != name {
			continue
		}
		if c.Share != "" && c.Share != name {
			return j.networksOf(c.Share)
		}
		var networks []string
		for _, a := range c.Networks {
			networks = append(networks, a.Network)
		}
		return networks
	}
	return []string{name}
}
