package run

import (
	"slices"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/scenario"
)

// usual is the default value of a fact, which explains nothing: that of a freshly installed engine, or of a network
// without options.
func usual(field string) string {
	return map[string]string{
		"kind": "engine", "rootless": "false", "userns-remap": "false", "ipv6": "true",
		"dns": "none", "dns-omitted": "none", "loopback-dns": "false", "host-gateway": "none",
		"userland-proxy": "true", "bridge-filter": "true", "ip-forward": "true", "iptables": "true",
		"firewall-backend": "iptables", "forwarding": "open", "input-policy": "accept", "forward-policy": "drop",
		"ipv6-forwarding": "open", "ipv6-input-policy": "accept", "ipv6-forward-policy": "drop", "ip6tables": "true",
		"direct-routing": "false",
		"mtu":            "1500", "icc": "true", "masquerade": "true", "internal": "false",
		"range": "none", "default-gateway": "none", "gateway-mode": "nat", "host-binding": "none",
	}[field]
}

// bearingFields are the fields of facts that may explain the answer to a check, by its kind of question.
func bearingFields(q ask.Question) []string {
	names := []string{"dns", "dns-omitted", "loopback-dns", "host-gateway"}
	traffic := []string{
		"icc", "bridge-filter", "masquerade", "internal", "gateway-mode", "default-gateway", "mtu", "ipv6",
		"iptables", "firewall-backend", "forwarding", "forward-policy", "input-policy", "direct-routing",
	}
	if ask.OverIPv6(q) {
		traffic = append(traffic, "ip6tables", "ipv6-forwarding", "ipv6-forward-policy", "ipv6-input-policy")
	}
	switch k := q.Kind(); {
	case k.Resolves:
		return slices.Concat(names, []string{"icc", "internal", "default-gateway", "masquerade", "forwarding", "iptables"})
	case k.Sends:
		if through, _ := ask.Through(q); !through.IsZero() {
			return append(traffic, "host-binding", "userland-proxy")
		}
		return traffic
	}
	switch ask.ThingOf(q) {
	case ask.LinkMTU:
		return []string{"mtu"}
	case ask.LinkIPv4:
		return []string{"range"}
	case ask.LinkIPv6, ask.RouteIPv6Gateway:
		return []string{"ipv6"}
	case ask.RouteGateway, ask.Routes:
		return []string{"default-gateway", "internal", "gateway-mode"}
	case ask.DNSServers:
		return names
	case ask.Published, ask.PublishedOn:
		return []string{"host-binding", "gateway-mode", "userland-proxy"}
	case ask.UID, ask.OwnNetNS, ask.OwnUTSNS, ask.HostPID, ask.HostProcesses:
		return []string{"userns-remap"}
	}
	return nil
}

// bearing returns the facts that may explain a surprise: the engine's version, and what is unusual about the engine
// and about the networks of the asker and the target.
func (j *judge) bearing(c scenario.Check) []fact.Label {
	fields := append(bearingFields(c.Asks), "kind", "rootless")
	to := ask.TargetOf(c.Asks).Ref
	heads := []string{ask.EngineHead}
	for _, name := range []string{c.From, to.Head, to.Network} {
		heads = append(heads, j.networksOf(name)...)
	}
	var facts []fact.Label
	for _, f := range j.facts {
		onHead := func(head string) bool { return bears(f, head, fields) }
		if f.Name == "engine.version" || slices.ContainsFunc(heads, onHead) {
			facts = append(facts, f)
		}
	}
	return facts
}

// bears reports whether a fact is one of head's fields and unusual.
func bears(f fact.Label, head string, fields []string) bool {
	owner, field, _ := strings.Cut(f.Name, ".")
	return owner == head && slices.Contains(fields, field) && f.Value != usual(field)
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
