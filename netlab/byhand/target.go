package byhand

import (
	"fmt"
	"slices"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/scenario"
)

// A lab says what its parts are called in a command.
type lab struct{ s *scenario.Scenario }

// target is a word, or a substitution, for what a target names when it is used from a peer.
func (l *lab) target(from string, t ask.Target) string {
	switch r := t.Ref; {
	case t.IsZero():
		return ""
	case t.Literal != "":
		return quote(t.Literal)
	case r.Head == ask.Localhost:
		return ask.Localhost
	case r.Head == ask.Host:
		return l.hostAddress(from)
	case r.Head == ask.Upstream:
		return "DNS-SERVER"
	case l.lookUp(r.Head) != nil:
		return l.peer(from, r, l.lookUp(r.Head))
	case l.s.Service(r.Head) != nil:
		return l.ofService(r)
	case r.Field == ask.FieldIPv6Host:
		return onWire6(l.s, r.Head, hostNumber)
	case wireIndex(l.s, r.Head) >= 0:
		return onWire(l.s, r.Head, wireNumber(r.Field))
	case l.wireOf(r.Head) != "" && r.Field == ask.LinkIPv6:
		return onWire6(l.s, l.wireOf(r.Head), machineNumber)
	case l.wireOf(r.Head) != "":
		return onWire(l.s, l.wireOf(r.Head), machineNumber)
	case r.Field == ask.FieldIPv6Gateway:
		return gateway6(l.s, r.Head)
	default:
		return l.gateway(r.Head) // a network has nothing else to connect to
	}
}

// wireNumber is the number of the link's address that a field names.
func wireNumber(field string) int {
	switch field {
	case ask.FieldHost:
		return hostNumber
	case ask.FieldRouter:
		return routerNumber
	case ask.FieldSilent:
		return silentNumber
	}
	return nowhereNumber
}

// wireOf is the link of an outside computer, or "" for another peer.
func (l *lab) wireOf(peer string) string {
	for _, wire := range l.s.Wires {
		if wire.Machine == peer {
			return wire.Name
		}
	}
	return ""
}

// owner is the container whose network namespace the named container uses, or nil for the host.
func (l *lab) owner(name string) *scenario.Container {
	c := l.lookUp(name)
	if c != nil && c.Share != "" {
		return l.lookUp(c.Share)
	}
	return c
}

func (l *lab) peer(from string, r ask.Reference, c *scenario.Container) string {
	owner := c
	if c.Share != "" && l.owner(c.Name) != nil {
		owner = l.owner(c.Name)
	}
	network := r.Network
	if network == ask.GatewayBridge {
		return fmt.Sprintf(`"$(outer %s)"`, named(owner.Name))
	}
	if network == "" {
		network = l.shared(from, owner, r.Field == "")
	}
	switch r.Field {
	case ask.FieldName, ask.FieldContainer, ask.Hostname:
		return quote(c.Name)
	case ask.FieldAlias:
		for _, a := range c.Networks {
			if len(a.Aliases) > 0 {
				return quote(a.Aliases[0])
			}
		}
	case ask.FieldShortID:
		return fmt.Sprintf(`"$(docker inspect -f '{{slice .Id 0 12}}' %s)"`, named(c.Name))
	case ask.FieldFQDN:
		return named(c.Name) + "." + quote(network) + "."
	case ask.FieldGateway, ask.RouteGateway:
		return fmt.Sprintf(`"$(gateway %s %s)"`, named(owner.Name), quote(network))
	case ask.RouteIPv6Gateway:
		return gateway6(l.s, network)
	case ask.FieldIPv6, ask.LinkIPv6:
		return fmt.Sprintf(`"$(address6 %s %s)"`, named(owner.Name), quote(network))
	}
	if network == scenario.HostNetwork {
		return l.hostAddress(from)
	}
	return fmt.Sprintf(`"$(address %s %s)"`, named(owner.Name), quote(network))
}

// shared is the network on which a container is reached: one that the asker is on too, or else its first one.
func (l *lab) shared(from string, c *scenario.Container, anyShared bool) string {
	if asker := l.owner(from); asker != nil && anyShared {
		for _, a := range c.Networks {
			if isOn(asker, a.Network) {
				return a.Network
			}
		}
	}
	if len(c.Networks) == 0 {
		return scenario.DefaultBridge
	}
	return c.Networks[0].Network
}

func isOn(c *scenario.Container, network string) bool {
	return slices.ContainsFunc(c.Networks, func(a scenario.Attachment) bool { return a.Network == network })
}

// hostAddress is where a peer reaches the host: the gateway of its bridge, the other end of its link, or its own
// loopback if it shares the host's namespace.
func (l *lab) hostAddress(from string) string {
	if wire := l.wireOf(from); wire != "" {
		return onWire(l.s, wire, hostNumber)
	}
	c := l.owner(from)
	if c == nil || len(c.Networks) == 0 || c.Networks[0].Network == scenario.HostNetwork {
		return "127.0.0.1"
	}
	network := c.Networks[0].Network
	switch {
	case network == scenario.NoneNetwork:
		network = scenario.DefaultBridge
	case l.driver(network) == fact.DriverOverlay:
		network = ask.GatewayBridge
	case parent(l.s, network) != "":
		return onWire(l.s, parent(l.s, network), hostNumber) // the gateway is the LAN's router
	}
	return l.gateway(network)
}

// gateway asks a container on the network, because engine 20.10 does not report the default bridge's gateway itself.
func (l *lab) gateway(network string) string {
	for i := range l.s.Containers {
		if c := &l.s.Containers[i]; isOn(c, network) && !c.Created {
			return fmt.Sprintf(`"$(gateway %s %s)"`, named(c.Name), quote(network))
		}
	}
	return fmt.Sprintf(`"$(docker network inspect -f '{{(index .IPAM.Config 0).Gateway}}' %s)"`, quote(network))
}
