package scenario

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"netlab/netlab/ask"
)

// connect reads "TARGET PORT", or a mapping for a target that is not a reference.
func (l *loader) connect(n *yaml.Node, m mapping) (q ask.Connect) {
	if n.Kind == yaml.MappingNode {
		q = l.connectLiteral(n)
	} else {
		q = l.connectReference(n, m)
	}
	if q.Port.Number == 0 {
		q.At, q.By = l.optional(m, "at", forAt), l.optional(m, "by", forBy)
	} else if through := m.get("through"); through != nil {
		q.Through = l.through(through, n, q.To, q.Port)
	}
	return q
}

func (l *loader) connectLiteral(n *yaml.Node) (q ask.Connect) {
	to, ok := l.mapping(n, "connect", append(targetKeys(), portKeys()...))
	if !ok {
		return q
	}
	l.require(to, "connect", "port")
	q.To = l.literal(to)
	q.Port = ask.Port{Network: "tcp", Number: 1} // so that an invalid port causes no further errors
	if port := to.get("port"); port != nil {
		if read, ok := l.portNode(port, false); ok {
			q.Port = read
		}
	}
	return q
}

func (l *loader) connectReference(n *yaml.Node, m mapping) (q ask.Connect) {
	if _, ok := l.text(n, "connect"); !ok {
		return q
	}
	ws := words(n)
	if len(ws) != 2 {
		l.errorf(n, `must be a target and a port, such as "bob tcp/8080"`)
		return q
	}
	q.To = l.reference(ws[0], ask.ForReach())
	port, ok := l.port(ws[1], true)
	q.Port = port
	if !ok || port.Number != 0 {
		return q
	}
	if peer := l.peers[q.To.Ref.Head]; peer == nil || q.To.Ref.Field != "" || peer.name == ask.Upstream {
		if !q.To.IsZero() {
			l.wordError(ws[0], "only a container, a machine or host can listen on a free port for this question")
		}
	} else if !peer.running || peer.paused {
		l.wordError(ws[0], "%s does not run here, so it cannot listen", peer.name)
	} else if peer.onHost() && m.get("at") == nil {
		l.wordError(ws[0], `this would open a host port to its network. Add "at"`)
	}
	return q
}

// chains reads "CONTAINER PORT", a published port that is reached at an address of the host.
func (l *loader) chains(n *yaml.Node, m mapping) (q ask.Chains) {
	through := m.get("through")
	if through == nil {
		l.errorf(m.key(q.Kind().Name), `chains needs "through", the host address where the port is published`)
	}
	if _, ok := l.text(n, q.Kind().Name); !ok {
		return q
	}
	ws := words(n)
	if len(ws) != 2 {
		l.errorf(n, `must be a container and a port that it publishes, such as "bob tcp/8080"`)
		return q
	}
	if peer := l.lookUp(ws[0]); peer != nil {
		q.To = ask.PeerTarget(peer.name)
	}
	q.Port, _ = l.port(ws[1], false)
	if through != nil {
		q.Through = l.through(through, n, q.To, q.Port)
	}
	return q
}

// through reads the host's address where the target's published port is reached. asked is the node that names both.
func (l *loader) through(n, asked *yaml.Node, to ask.Target, port ask.Port) ask.Target {
	wrong := len(l.errs)
	at := l.target(n, ask.ForReach())
	if r := at.Ref; len(l.errs) == wrong && !r.IsZero() && !l.ofHost(r) {
		l.errorf(n, "%s is not an address of the host. Use %s, a link's host, a bridge's gateway, localhost or an address",
			r, ask.Host)
	}
	peer := l.peers[to.Ref.Head]
	switch {
	case to.IsZero():
	case peer == nil || to.Ref.Field != "" || peer.spec == nil:
		l.errorf(asked, "only containers publish ports")
	case !peer.spec.publishes(port):
		l.errorf(asked, "%s does not publish %s", peer.name, port)
	}
	return at
}

func (c *Container) publishes(port ask.Port) bool {
	return slices.ContainsFunc(c.Publish, func(p Publish) bool { return p.Port == port })
}

// ofHost reports whether a reference is an address of the engine's host, or a name for one.
func (l *loader) ofHost(r ask.Reference) bool {
	network := r.Network
	switch peer := l.peers[r.Head]; {
	case r.Head == ask.Host || r.Head == ask.Localhost:
		return r.Field == "" || slices.Contains(ask.AddressFields(), r.Field)
	case l.hasWire(r.Head):
		return r.Field == "host" || r.Field == "ipv6.host"
	case peer == nil || l.hasNetwork(r.Head):
		network = r.Head
	case network == "" && len(peer.owner().ever) > 0:
		network = peer.owner().ever[0]
	}
	// On a LAN the gateway is the outside computer, and on an overlay it is nothing at all.
	n := l.declared(network)
	return strings.HasSuffix(r.Field, "gateway") && (n == nil || n.Driver == DriverBridge)
}
