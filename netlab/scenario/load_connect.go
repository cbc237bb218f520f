package scenario

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
)

// connect reads "TARGET PORT", or a mapping for a target that is not a reference.
func (a *asking) connect(e entry) ask.Question {
	var q ask.Connect
	if e.value.Kind == yaml.MappingNode {
		q = a.connectLiteral(e.value)
	} else {
		q = a.connectReference(e)
	}
	if q.Port.Number == 0 {
		q.At, q.By = a.optional("at", forAt), a.optional("by", forBy)
	} else if through := a.get("through"); through != nil {
		q.Through = a.through(through, e.value, q.To, q.Port)
	}
	return q
}

func (a *asking) connectLiteral(n *yaml.Node) ask.Connect {
	q := ask.Connect{Port: ask.Port{Network: "tcp", Number: 1}} // so that an invalid port causes no further errors
	var port ask.Port
	m, ok := a.fill(n, endpointForm(&q.To, &port))
	if !ok {
		return ask.Connect{}
	}
	a.oneTarget(m)
	if port != (ask.Port{}) {
		q.Port = port
	}
	return q
}

// endpointForm is a literal address or name with a port.
func endpointForm(to *ask.Target, port *ask.Port) form {
	f := targetForm(to)
	f.a, f.name, f.doc, f.required = "connect", "endpoint", "An address or a name, and a port", []string{"port"}
	f.fields = append(f.fields, field{"port", "port of an address or a name: tcp/80", onePort(port)})
	return f
}

func (a *asking) connectReference(e entry) (q ask.Connect) {
	ws, ok := a.two(e, `must be a target and a port, such as "bob tcp/8080"`)
	if !ok {
		return q
	}
	q.To = a.reference(ws[0], ask.ForReach())
	q.Port, ok = a.port(ws[1], true)
	if !ok || q.Port.Number != 0 {
		return q
	}
	if peer := a.peers[q.To.Ref.Head]; peer == nil || q.To.Ref.Field != "" || peer.name == ask.Upstream {
		if !q.To.IsZero() {
			a.wordError(ws[0], "only a container, a machine or host can listen on a free port for this question")
		}
	} else if !peer.running || peer.paused {
		a.wordError(ws[0], "%s does not run here, so it cannot listen", peer.name)
	} else if peer.onHost() && a.get("at") == nil {
		a.wordError(ws[0], `this would open a host port to its network. Add "at"`)
	}
	return q
}

// chains reads "CONTAINER PORT", a published port that is reached at an address of the host.
func (a *asking) chains(e entry) ask.Question {
	q := ask.Chains{}
	through := a.get("through")
	if through == nil {
		a.errorf(e.key, `chains needs "through", the host address where the port is published`)
	}
	ws, ok := a.two(e, `must be a container and a port that it publishes, such as "bob tcp/8080"`)
	if !ok {
		return q
	}
	if peer := a.lookUp(ws[0]); peer != nil {
		q.To = ask.PeerTarget(peer.name)
	}
	q.Port, _ = a.port(ws[1], false)
	if through != nil {
		q.Through = a.through(through, e.value, q.To, q.Port)
	}
	return q
}

// two reads a value of two words. must says which.
func (a *asking) two(e entry, must string) ([]word, bool) {
	if _, ok := a.text(e.value, e.key.Value); !ok {
		return nil, false
	}
	ws := words(e.value)
	if len(ws) != 2 {
		a.errorf(e.value, "%s", must)
	}
	return ws, len(ws) == 2
}

// through reads the host's address where the target's published port is reached. asked is the node that names both.
func (a *asking) through(n, asked *yaml.Node, to ask.Target, port ask.Port) ask.Target {
	wrong := len(a.errs)
	at := a.target(n, ask.ForReach())
	if r := at.Ref; len(a.errs) == wrong && !r.IsZero() && !a.ofHost(r) {
		a.errorf(n, "%s is not an address of the host. Use %s, a link's host, a bridge's gateway, localhost or an address",
			r, ask.Host)
	}
	peer := a.peers[to.Ref.Head]
	switch {
	case to.IsZero():
	case peer == nil || to.Ref.Field != "" || peer.spec == nil:
		a.errorf(asked, "only containers publish ports")
	case !peer.spec.publishes(port):
		a.errorf(asked, "%s does not publish %s", peer.name, port)
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
		return r.IsAddress()
	case l.s.hasWire(r.Head):
		return r.Field == ask.FieldHost || r.Field == ask.FieldIPv6Host
	case peer == nil || l.s.hasNetwork(r.Head):
		network = r.Head
	case network == "" && len(peer.owner().ever) > 0:
		network = peer.owner().ever[0]
	}
	// On a LAN the gateway is the outside computer, and on an overlay it is nothing at all.
	n := l.s.declared(network)
	return strings.HasSuffix(r.Field, ask.FieldGateway) && (n == nil || n.Driver == fact.DriverBridge)
}
