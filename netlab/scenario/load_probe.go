package scenario

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// probe reads what a check does.
func (l *loader) probe(m mapping, from *peer) Probe {
	var p Probe
	var value *yaml.Node
	for _, f := range probeKeys() {
		n := m.get(f.Name)
		switch {
		case n == nil:
		case value != nil:
			l.errorf(m.key(f.Name), "a check asks only one thing, and this one already has %q", p.Kind)
		default:
			p.Kind, value = f.Name, n
		}
	}
	if value == nil {
		l.errorf(m.node, "a check needs one of %s", strings.Join(fieldNames(probeKeys()), ", "))
		return p
	}
	switch p.Kind {
	case Ping, Hops:
		p.Target = l.target(value, forPing)
	case ARP:
		p.Target = l.target(value, forARP)
	case Connect:
		l.connect(&p, value, m)
	case Chains:
		l.chains(&p, value, m)
	case Resolve:
		p.Target, p.Type = l.target(value, forResolve), "A"
	case Reverse:
		p.Target = l.target(value, forReverse)
	case Read:
		p.Thing = l.thing(value, from)
	case Listen:
		p.Port, _ = l.portNode(value, true)
	case Start:
		l.start(&p, value)
	case Write:
		l.write(&p, value, m, from)
	case File:
		p.Path = l.path(value, "file")
		l.onlyContainer(m.key(File), from)
	case Build:
		l.build(&p, value)
	case Inspect:
		l.inspect(&p, value)
	case Await:
		l.await(&p, value, from)
	case Balance:
		l.balance(&p, value)
	}
	l.modifiers(&p, m, from)
	return p
}

// start reads the container that a check starts. The file's last expectation decides whether the container runs from
// then on.
func (l *loader) start(p *Probe, n *yaml.Node) {
	peer := l.peerNamed(n)
	switch {
	case peer == nil:
	case peer.spec == nil:
		l.notContainer(whole(n), peer)
	case peer.running:
		l.errorf(n, "%s cannot be started at this step", peer.name)
	default:
		l.ownerRuns(whole(n), peer)
		l.imageBuilt(whole(n), peer)
		p.Target = Target{Ref: Reference{Head: peer.name}}
		peer.there = true
	}
}

// modifiers reads the keys that only some probes have.
func (l *loader) modifiers(p *Probe, m mapping, from *peer) {
	free := p.Kind == Connect && p.Port.Number == 0
	belongs := []struct {
		key  string
		ok   bool
		only string
	}{
		{"server", p.Kind == Resolve || p.Kind == Reverse, "resolve and reverse"},
		{"type", p.Kind == Resolve, "resolve"},
		{"at", p.Kind == Listen || free, "listen, and connect to a free port"},
		{"by", free, "connect to a free port"},
		{"through", p.Kind == Chains || p.Kind == Connect && !free, "chains, and connect to a published port"},
		{"bytes", p.Kind == Ping || p.Kind == Write, "ping and write"},
		{"text", p.Kind == Write, "write"},
		{"beside", p.Kind == Listen, "listen"},
	}
	for _, b := range belongs {
		if n := m.key(b.key); n != nil && !b.ok {
			l.errorf(n, "%q works only with %s", b.key, b.only)
			return
		}
	}
	if n := m.get("server"); n != nil {
		p.Server = l.target(n, forServer)
	}
	if n := m.get("type"); n != nil {
		p.Type = l.choice(n, "type", []string{"A", "AAAA"})
	}
	if n := m.get("at"); n != nil {
		p.At = l.target(n, forAt)
	}
	if n := m.get("by"); n != nil {
		p.By = l.target(n, forBy)
	}
	if n := m.get("through"); n != nil {
		l.through(p, n, m.get(p.Kind))
	}
	if n := m.get("bytes"); n != nil && p.Kind == Ping {
		l.bytes(p, n)
	}
	if n := m.get("beside"); n != nil {
		l.beside(p, n, from)
	}
	if p.Kind == Listen && from != nil && m.get("at") == nil && l.opensHost(p, from) {
		l.errorf(m.key(Listen), `this would open a host port to its network. Add "at": {address: 127.0.0.1}`)
	}
}

func (l *loader) opensHost(p *Probe, from *peer) bool {
	beside := l.peers[p.Beside]
	return from.onHost() || beside != nil && beside.onHost()
}

func (l *loader) beside(p *Probe, n *yaml.Node, from *peer) {
	other := l.peerNamed(n)
	if other == nil {
		return
	}
	p.Beside = other.name
	l.running(n, other)
	if from != nil && other.name == from.name {
		l.errorf(n, "beside must not name the same container as from")
	}
}

// connect reads "TARGET PORT", or a mapping for a target that is not a reference.
func (l *loader) connect(p *Probe, n *yaml.Node, m mapping) {
	if n.Kind == yaml.MappingNode {
		to, ok := l.mapping(n, "connect", append(targetKeys(), portKeys()...))
		if !ok {
			return
		}
		l.require(to, "connect", "port")
		p.Target = l.literal(to)
		p.Port = Port{Network: "tcp", Number: 1} // so that an invalid port causes no further errors
		if port := to.get("port"); port != nil {
			if read, ok := l.portNode(port, false); ok {
				p.Port = read
			}
		}
		return
	}
	if _, ok := l.text(n, "connect"); !ok {
		return
	}
	ws := words(n)
	if len(ws) != 2 {
		l.errorf(n, `must be a target and a port, such as "bob tcp/8080"`)
		return
	}
	p.Target = l.reference(ws[0], forPing)
	port, ok := l.port(ws[1], true)
	p.Port = port
	if !ok || port.Number != 0 {
		return
	}
	if peer := l.peers[p.Target.Ref.Head]; peer == nil || p.Target.Ref.Field != "" || peer.name == Upstream {
		if !p.Target.IsZero() {
			l.wordError(ws[0], "only a container, a machine or host can listen on a free port for this question")
		}
	} else if !peer.running || peer.paused {
		l.wordError(ws[0], "%s does not run here, so it cannot listen", peer.name)
	} else if peer.onHost() && m.get("at") == nil {
		l.wordError(ws[0], `this would open a host port to its network. Add "at"`)
	}
}

// chains reads "CONTAINER PORT", a published port that is reached at an address of the host.
func (l *loader) chains(p *Probe, n *yaml.Node, m mapping) {
	if m.get("through") == nil {
		l.errorf(m.key(Chains), `chains needs "through", the host address where the port is published`)
	}
	if _, ok := l.text(n, "chains"); !ok {
		return
	}
	ws := words(n)
	if len(ws) != 2 {
		l.errorf(n, `must be a container and a port that it publishes, such as "bob tcp/8080"`)
		return
	}
	if peer := l.lookUp(ws[0]); peer != nil {
		p.Target = Target{Ref: Reference{Head: peer.name}}
	}
	p.Port, _ = l.port(ws[1], false)
}

// through reads the host's address where the target's published port is reached. asked is the node that names both.
func (l *loader) through(p *Probe, n, asked *yaml.Node) {
	wrong := len(l.errs)
	p.Through = l.target(n, forPing)
	if r := p.Through.Ref; len(l.errs) == wrong && !r.IsZero() && !l.ofHost(r) {
		l.errorf(n, "%s is not an address of the host. Use %s, a link's host, a bridge's gateway, localhost or an address",
			r, Host)
	}
	peer := l.peers[p.Target.Ref.Head]
	switch {
	case p.Target.IsZero():
	case peer == nil || p.Target.Ref.Field != "" || peer.spec == nil:
		l.errorf(asked, "only containers publish ports")
	case !peer.spec.publishes(p.Port):
		l.errorf(asked, "%s does not publish %s", peer.name, p.Port)
	}
}

func (c *Container) publishes(port Port) bool {
	return slices.ContainsFunc(c.Publish, func(p Publish) bool { return p.Port == port })
}

// ofHost reports whether a reference is an address of the engine's host, or a name for one.
func (l *loader) ofHost(r Reference) bool {
	network := r.Network
	switch peer := l.peers[r.Head]; {
	case r.Head == Host || r.Head == Localhost:
		return r.Field == "" || slices.Contains(addressFields(), r.Field)
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

// The possible sizes of a whole IP packet with an ICMP echo: IP header, ICMP header and a payload (RFC 791, RFC 792).
const (
	minBytes = 28
	maxBytes = 65535
)

// bytes reads the size of a ping's packet: a number, an MTU, or an MTU plus or minus a number.
func (l *loader) bytes(p *Probe, n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!int" {
		p.Bytes = l.number(whole(n), minBytes, maxBytes)
		return
	}
	if _, ok := l.text(n, "bytes"); !ok {
		return
	}
	ws := words(n)
	if len(ws) != 1 && (len(ws) != 3 || ws[1].text != "+" && ws[1].text != "-") {
		l.errorf(n, `bytes must be a number, an MTU such as web.mtu, or "web.mtu + 1"`)
		return
	}
	if r, ok := l.named(ws[0], ""); ok {
		if r.Field != "mtu" && r.Field != "link.mtu" {
			l.wordError(ws[0], "%s is not an MTU", r)
		}
		p.Size = Value{Ref: r}
	}
	if len(ws) == 3 {
		p.Bytes = l.number(ws[2], 1, maxBytes)
		if ws[1].text == "-" {
			p.Bytes = -p.Bytes
		}
	}
}

// number reads a whole number within bounds.
func (l *loader) number(w word, least, most int) int {
	n, err := strconv.Atoi(w.text)
	if err != nil || n < least || n > most {
		l.wordError(w, "must be a number from %d to %d", least, most)
	}
	return n
}

// thing reads what a check reads from the asker.
func (l *loader) thing(n *yaml.Node, from *peer) string {
	thing := l.choice(n, "thing", fieldNames(Things()))
	if from != nil && from.spec == nil && slices.Contains(containerOnly(), thing) {
		l.errorf(n, "%s is not a container, so it has no %q", from.title(), thing)
	}
	return thing
}

// A use is what a target is used for.
type use struct {
	verb      string
	names     bool // whether a resolver looks it up
	addresses bool
}

var (
	forPing    = use{verb: "reached", names: true, addresses: true}
	forResolve = use{verb: "resolved", names: true}
	forARP     = use{verb: "asked for by ARP", addresses: true}
	forBy      = use{verb: "used as a name", names: true}
	forReverse = use{verb: "looked up", addresses: true}
	forServer  = use{verb: "asked", addresses: true}
	forAt      = use{verb: "listened on", addresses: true}
)

// target reads a reference, or a mapping with a literal address or name.
func (l *loader) target(n *yaml.Node, u use) Target {
	if n.Kind != yaml.MappingNode {
		if _, ok := l.text(n, "a target"); !ok {
			return Target{}
		}
		return l.reference(whole(n), u)
	}
	m, ok := l.mapping(n, "a target", targetKeys())
	if !ok {
		return Target{}
	}
	if name := m.key("name"); name != nil && !u.names {
		l.errorf(name, "a name cannot be %s, but an address can", u.verb)
	}
	if address := m.key("address"); address != nil && !u.addresses {
		l.errorf(address, "an address cannot be %s, but a name can", u.verb)
	}
	return l.literal(m)
}

// literal reads the address or the name of a target's mapping.
func (l *loader) literal(m mapping) Target {
	address, name := m.get("address"), m.get("name")
	switch {
	case (address == nil) == (name == nil):
		l.errorf(m.node, `a target needs "address" or "name"`)
	case address != nil:
		s, ok := l.text(address, "address")
		if _, err := netip.ParseAddr(s); ok && err != nil {
			l.errorf(address, "not an IP address: %s", quote(s))
		}
		return Target{Literal: s}
	default:
		s, ok := l.text(name, "name")
		if ok && !isHostName(s) {
			l.errorf(name, "not a host name: %s", quote(s))
		}
		return Target{Literal: s}
	}
	return Target{}
}

// isHostName reports whether a name can be looked up: labels of 1 to 63 letters, digits, - and _ (RFC 1035 2.3.4; the
// underscore because Docker allows it in container names).
func isHostName(s string) bool {
	if len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(s, "."), ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, letters) != "" {
			return false
		}
	}
	return true
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

// reference reads a target that names something in the lab.
func (l *loader) reference(w word, u use) Target {
	if w.text == Localhost {
		if !u.names {
			l.wordError(w, "localhost is a name and cannot be %s. Write {address: 127.0.0.1}", u.verb)
		}
		return Target{Ref: Reference{Head: Localhost}}
	}
	r, ok := l.named(w, "; for a literal address or name write {address: …} or {name: …}")
	if !ok || u != forPing && !l.addressed(w, r) {
		return Target{}
	}
	isName, isAddress := slices.Contains(nameFields(), r.Field), slices.Contains(addressFields(), r.Field)
	switch {
	case r.Head == EngineHead || !isName && !isAddress:
		l.wordError(w, "%s cannot be %s", r, u.verb)
	case isName && !u.names:
		l.wordError(w, "%s is a name and cannot be %s, but an address can", r, u.verb)
	case isAddress && !u.addresses && r.Field == "":
		l.wordError(w, "%s means an address and cannot be %s. Its name is %s.name", r, u.verb, r)
	case isAddress && !u.addresses:
		l.wordError(w, "%s is an address and cannot be %s, but a name can", r, u.verb)
	}
	return Target{Ref: r}
}
