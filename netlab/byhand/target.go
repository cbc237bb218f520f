package byhand

import (
	"fmt"
	"slices"

	"netlab/netlab/ask"
	"netlab/netlab/scenario"
)

// target is a word, or a substitution, for what a target names when it is used from a peer.
func (w *writer) target(from string, t ask.Target) string {
	switch r := t.Ref; {
	case t.IsZero():
		return ""
	case t.Literal != "":
		return quote(t.Literal)
	case r.Head == ask.Localhost:
		return ask.Localhost
	case r.Head == ask.Host:
		return w.hostAddress(from)
	case r.Head == ask.Upstream:
		return "DNS-SERVER"
	case w.lookUp(r.Head) != nil:
		return w.peer(from, r, w.lookUp(r.Head))
	case w.s.Service(r.Head) != nil:
		return w.ofService(r)
	case r.Field == "ipv6.host":
		return onWire6(w.s, r.Head, hostNumber)
	case wireIndex(w.s, r.Head) >= 0:
		return onWire(w.s, r.Head, wireNumber(r.Field))
	case w.wireOf(r.Head) != "" && r.Field == "link.ipv6":
		return onWire6(w.s, w.wireOf(r.Head), machineNumber)
	case w.wireOf(r.Head) != "":
		return onWire(w.s, w.wireOf(r.Head), machineNumber)
	case r.Field == "ipv6.gateway":
		return gateway6(w.s, r.Head)
	default:
		return w.gateway(r.Head) // a network has nothing else to connect to
	}
}

// wireNumber is the number of the link's address that a field names.
func wireNumber(field string) int {
	switch field {
	case "host":
		return hostNumber
	case "router":
		return routerNumber
	case "silent":
		return silentNumber
	}
	return nowhereNumber
}

// wireOf is the link of an outside computer, or "" for another peer.
func (w *writer) wireOf(peer string) string {
	for _, wire := range w.s.Wires {
		if wire.Machine == peer {
			return wire.Name
		}
	}
	return ""
}

// owner is the container whose network namespace the named container uses, or nil for the host.
func (w *writer) owner(name string) *scenario.Container {
	c := w.lookUp(name)
	if c != nil && c.Share != "" {
		return w.lookUp(c.Share)
	}
	return c
}

func (w *writer) peer(from string, r ask.Reference, c *scenario.Container) string {
	owner := c
	if c.Share != "" && w.owner(c.Name) != nil {
		owner = w.owner(c.Name)
	}
	network := r.Network
	if network == ask.GatewayBridge {
		return fmt.Sprintf(`"$(outer %s)"`, named(owner.Name))
	}
	if network == "" {
		network = w.shared(from, owner, r.Field == "")
	}
	switch r.Field {
	case "name", "container", "hostname":
		return quote(c.Name)
	case "alias":
		for _, a := range c.Networks {
			if len(a.Aliases) > 0 {
				return quote(a.Aliases[0])
			}
		}
	case "short-id":
		return fmt.Sprintf(`"$(docker inspect -f '{{slice .Id 0 12}}' %s)"`, named(c.Name))
	case "fqdn":
		return named(c.Name) + "." + quote(network) + "."
	case "gateway", "route.gateway":
		return fmt.Sprintf(`"$(gateway %s %s)"`, named(owner.Name), quote(network))
	case "route.ipv6.gateway":
		return gateway6(w.s, network)
	case "ipv6", "link.ipv6":
		return fmt.Sprintf(`"$(address6 %s %s)"`, named(owner.Name), quote(network))
	}
	if network == scenario.HostNetwork {
		return w.hostAddress(from)
	}
	return fmt.Sprintf(`"$(address %s %s)"`, named(owner.Name), quote(network))
}

// shared is the network on which a container is reached: one that the asker is on too, or else its first one.
func (w *writer) shared(from string, c *scenario.Container, anyShared bool) string {
	if asker := w.owner(from); asker != nil && anyShared {
		for _, a := range c.Networks {
			if w.onNetwork(asker, a.Network) {
				return a.Network
			}
		}
	}
	if len(c.Networks) == 0 {
		return scenario.DefaultBridge
	}
	return c.Networks[0].Network
}

func (w *writer) onNetwork(c *scenario.Container, network string) bool {
	return slices.ContainsFunc(c.Networks, func(a scenario.Attachment) bool { return a.Network == network })
}

// hostAddress is where a peer reaches the host: the gateway of its bridge, the other end of its link, or its own
// loopback if it shares the host's namespace.
func (w *writer) hostAddress(from string) string {
	if wire := w.wireOf(from); wire != "" {
		return onWire(w.s, wire, hostNumber)
	}
	c := w.owner(from)
	if c == nil || len(c.Networks) == 0 || c.Networks[0].Network == scenario.HostNetwork {
		return "127.0.0.1"
	}
	network := c.Networks[0].Network
	switch {
	case network == scenario.NoneNetwork:
		network = scenario.DefaultBridge
	case w.driver(network) == scenario.DriverOverlay:
		network = ask.GatewayBridge
	case parent(w.s, network) != "":
		return onWire(w.s, parent(w.s, network), hostNumber) // the gateway is the LAN's router
	}
	return w.gateway(network)
}

// gateway asks a container on the network, because engine 20.10 does not report the default bridge's gateway itself.
func (w *writer) gateway(network string) string {
	for i := range w.s.Containers {
		if c := &w.s.Containers[i]; w.onNetwork(c, network) && !c.Created {
			return fmt.Sprintf(`"$(gateway %s %s)"`, named(c.Name), quote(network))
		}
	}
	return fmt.Sprintf(`"$(docker network inspect -f '{{(index .IPAM.Config 0).Gateway}}' %s)"`, quote(network))
}
