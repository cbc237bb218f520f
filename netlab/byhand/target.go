package byhand

import (
	"fmt"
	"slices"

	"netlab/netlab/scenario"
)

// target is a word, or a substitution, that gives what a target names when it is asked for from a peer.
func (w *writer) target(from string, t scenario.Target) string {
	switch r := t.Ref; {
	case t.IsZero():
		return ""
	case t.Literal != "":
		return quote(t.Literal)
	case r.Head == scenario.Localhost:
		return scenario.Localhost
	case r.Head == scenario.Host:
		return w.hostAddress(from)
	case r.Head == scenario.Upstream:
		return "DNS-SERVER"
	case w.lookUp(r.Head) != nil:
		return w.peer(from, r, w.lookUp(r.Head))
	default:
		return w.gateway(r.Head) // of a network, nothing else can be addressed
	}
}

func (w *writer) peer(from string, r scenario.Reference, c *scenario.Container) string {
	network := r.Network
	if network == "" {
		network = w.shared(from, c, r.Field == "")
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
		return fmt.Sprintf(`"$(docker inspect -f '{{slice .Id 0 12}}' %s)"`, quote(c.Name))
	case "fqdn":
		return quote(c.Name + "." + network + ".")
	case "gateway", "route.gateway":
		return fmt.Sprintf(`"$(gateway %s %s)"`, quote(c.Name), quote(network))
	}
	if network == scenario.HostNetwork {
		return w.hostAddress(from)
	}
	return fmt.Sprintf(`"$(address %s %s)"`, quote(c.Name), quote(network))
}

// shared is the network on which a container is addressed: one that the asker is on too, else its first.
func (w *writer) shared(from string, c *scenario.Container, anyShared bool) string {
	if asker := w.lookUp(from); asker != nil && anyShared {
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

// hostAddress is where a peer finds the host: the gateway of its network, its own loopback where it shares the host's.
func (w *writer) hostAddress(from string) string {
	c := w.lookUp(from)
	if c == nil || len(c.Networks) == 0 || c.Networks[0].Network == scenario.HostNetwork {
		return "127.0.0.1"
	}
	if c.Networks[0].Network == scenario.NoneNetwork {
		return w.gateway(scenario.DefaultBridge)
	}
	return w.gateway(c.Networks[0].Network)
}

// gateway asks a container on the network, because engine 20.10 does not tell the default bridge's gateway itself.
func (w *writer) gateway(network string) string {
	for i := range w.s.Containers {
		if c := &w.s.Containers[i]; w.onNetwork(c, network) && !c.Created {
			return fmt.Sprintf(`"$(gateway %s %s)"`, quote(c.Name), quote(network))
		}
	}
	return fmt.Sprintf(`"$(docker network inspect -f '{{(index .IPAM.Config 0).Gateway}}' %s)"`, quote(network))
}
