package scenario

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"netlab/netlab/ask"
)

// question reads what a check asks, or returns nil if that is missing.
func (l *loader) question(m mapping, from *peer) ask.Question {
	var q ask.Question
	for _, kind := range ask.Kinds() {
		switch key := m.key(kind.Kind().Name); {
		case key == nil:
		case q != nil:
			l.errorf(key, "a check asks only one thing, and this one already has %q", q.Kind().Name)
		default:
			q = kind
		}
	}
	if q == nil {
		l.errorf(m.node, "a check needs one of %s", strings.Join(fieldNames(probeKeys()), ", "))
		return nil
	}
	q = l.asked(q, m.get(q.Kind().Name), m, from)
	l.modifiers(q, m)
	return q
}

// asked reads the question of a kind. n is what the kind's key has.
func (l *loader) asked(kind ask.Question, n *yaml.Node, m mapping, from *peer) ask.Question {
	switch q := kind.(type) {
	case ask.Ping:
		q.To = l.target(n, q.Kind().Use)
		l.bytes(&q, m.get("bytes"))
		return q
	case ask.Resolve:
		q.Name, q.Type = l.target(n, q.Kind().Use), "A"
		q.Server = l.optional(m, "server", forServer)
		if n := m.get("type"); n != nil {
			q.Type = l.choice(n, "type", []string{"A", "AAAA"})
		}
		return q
	case ask.Reverse:
		q.Address = l.target(n, q.Kind().Use)
		q.Server = l.optional(m, "server", forServer)
		return q
	case ask.Connect:
		return l.connect(n, m)
	case ask.Chains:
		return l.chains(n, m)
	case ask.Read:
		return ask.Read{Thing: l.thing(n, from)}
	case ask.Listen:
		return l.listen(n, m, from)
	case ask.Start:
		return l.start(n)
	case ask.Write:
		return l.write(n, m, from)
	case ask.File:
		l.onlyContainer(m.key(q.Kind().Name), from)
		return ask.File{Path: l.path(n, q.Kind().Name)}
	case ask.Build:
		return l.build(n)
	case ask.Inspect:
		return l.inspect(n)
	case ask.Await:
		return l.await(n, from)
	case ask.Balance:
		return l.balance(n)
	}
	return kind.Kind().Of(l.target(n, kind.Kind().Use))
}

// optional reads the target that a key has, if there is the key.
func (l *loader) optional(m mapping, key string, u ask.Use) ask.Target {
	if n := m.get(key); n != nil {
		return l.target(n, u)
	}
	return ask.Target{}
}

// start reads the container that a check starts. The file's last expectation decides whether the container runs from
// then on.
func (l *loader) start(n *yaml.Node) ask.Start {
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
		peer.there = true
		return ask.Start{Container: peer.name}
	}
	return ask.Start{}
}

// modifiers refuses a key that does not belong to the kind of question.
func (l *loader) modifiers(q ask.Question, m mapping) {
	is := func(kinds ...ask.Question) bool {
		return slices.ContainsFunc(kinds, func(k ask.Question) bool { return k.Kind().Name == q.Kind().Name })
	}
	connect, free := q.(ask.Connect)
	free = free && connect.Port.Number == 0
	for _, b := range []struct {
		key  string
		ok   bool
		only string
	}{
		{"server", is(ask.Resolve{}, ask.Reverse{}), "resolve and reverse"},
		{"type", is(ask.Resolve{}), "resolve"},
		{"at", is(ask.Listen{}) || free, "listen, and connect to a free port"},
		{"by", free, "connect to a free port"},
		{"through", is(ask.Chains{}) || is(ask.Connect{}) && !free, "chains, and connect to a published port"},
		{"bytes", is(ask.Ping{}, ask.Write{}), "ping and write"},
		{"text", is(ask.Write{}), "write"},
		{"beside", is(ask.Listen{}), "listen"},
	} {
		if n := m.key(b.key); n != nil && !b.ok {
			l.errorf(n, "%q works only with %s", b.key, b.only)
			return
		}
	}
}

// listen reads a port, and who else may have it.
func (l *loader) listen(n *yaml.Node, m mapping, from *peer) (q ask.Listen) {
	q.Port, _ = l.portNode(n, true)
	q.At = l.optional(m, "at", forAt)
	if n := m.get("beside"); n != nil {
		l.beside(&q, n, from)
	}
	if from != nil && m.get("at") == nil && l.opensHost(q, from) {
		l.errorf(m.key(q.Kind().Name), `this would open a host port to its network. Add "at": {address: 127.0.0.1}`)
	}
	return q
}

func (l *loader) opensHost(q ask.Listen, from *peer) bool {
	beside := l.peers[q.Beside]
	return from.onHost() || beside != nil && beside.onHost()
}

func (l *loader) beside(q *ask.Listen, n *yaml.Node, from *peer) {
	other := l.peerNamed(n)
	if other == nil {
		return
	}
	q.Beside = other.name
	l.running(n, other)
	if from != nil && other.name == from.name {
		l.errorf(n, "beside must not name the same container as from")
	}
}

// The possible sizes of a whole IP packet with an ICMP echo: IP header, ICMP header and a payload (RFC 791, RFC 792).
const (
	minBytes = 28
	maxBytes = 65535
)

// bytes reads the size of a ping's packet, if it has one: a number, an MTU, or an MTU plus or minus a number.
func (l *loader) bytes(q *ask.Ping, n *yaml.Node) {
	if n == nil {
		return
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!int" {
		q.Bytes = l.number(whole(n), minBytes, maxBytes)
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
		if r.Field != "mtu" && r.Field != ask.LinkMTU {
			l.wordError(ws[0], "%s is not an MTU", r)
		}
		q.Size = r
	}
	if len(ws) == 3 {
		q.Bytes = l.number(ws[2], 1, maxBytes)
		if ws[1].text == "-" {
			q.Bytes = -q.Bytes
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
	thing := l.choice(n, "thing", ask.FieldNames(ask.Things()))
	if from != nil && from.spec == nil && ask.Find(ask.Things(), thing).Container {
		l.errorf(n, "%s is not a container, so it has no %q", from.title(), thing)
	}
	return thing
}

var (
	forBy     = ask.Use{Verb: "used as a name", Names: true}
	forServer = ask.Use{Verb: "asked", Addresses: true}
	forAt     = ask.Use{Verb: "listened on", Addresses: true}
)

// target reads a reference, or a mapping with a literal address or name.
func (l *loader) target(n *yaml.Node, u ask.Use) ask.Target {
	if n.Kind != yaml.MappingNode {
		if _, ok := l.text(n, "a target"); !ok {
			return ask.Target{}
		}
		return l.reference(whole(n), u)
	}
	m, ok := l.mapping(n, "a target", targetKeys())
	if !ok {
		return ask.Target{}
	}
	if name := m.key("name"); name != nil && !u.Names {
		l.errorf(name, "a name cannot be %s, but an address can", u.Verb)
	}
	if address := m.key("address"); address != nil && !u.Addresses {
		l.errorf(address, "an address cannot be %s, but a name can", u.Verb)
	}
	return l.literal(m)
}

// literal reads the address or the name of a target's mapping.
func (l *loader) literal(m mapping) ask.Target {
	address, name := m.get("address"), m.get("name")
	switch {
	case (address == nil) == (name == nil):
		l.errorf(m.node, `a target needs "address" or "name"`)
	case address != nil:
		s, ok := l.text(address, "address")
		if _, err := netip.ParseAddr(s); ok && err != nil {
			l.errorf(address, "not an IP address: %s", quote(s))
		}
		return ask.Target{Literal: s}
	default:
		s, ok := l.text(name, "name")
		if ok && !isHostName(s) {
			l.errorf(name, "not a host name: %s", quote(s))
		}
		return ask.Target{Literal: s}
	}
	return ask.Target{}
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
func (l *loader) reference(w word, u ask.Use) ask.Target {
	if w.text == ask.Localhost {
		if !u.Names {
			l.wordError(w, "localhost is a name and cannot be %s. Write {address: 127.0.0.1}", u.Verb)
		}
		return ask.Target{Ref: ask.Reference{Head: ask.Localhost}}
	}
	r, ok := l.named(w, "; for a literal address or name write {address: …} or {name: …}")
	if !ok || u != ask.ForReach() && !l.addressed(w, r) {
		return ask.Target{}
	}
	isName, isAddress := slices.Contains(ask.NameFields(), r.Field), slices.Contains(ask.AddressFields(), r.Field)
	switch {
	case r.Head == ask.EngineHead || !isName && !isAddress:
		l.wordError(w, "%s cannot be %s", r, u.Verb)
	case isName && !u.Names:
		l.wordError(w, "%s is a name and cannot be %s, but an address can", r, u.Verb)
	case isAddress && !u.Addresses && r.Field == "":
		l.wordError(w, "%s means an address and cannot be %s. Its name is %s.name", r, u.Verb, r)
	case isAddress && !u.Addresses:
		l.wordError(w, "%s is an address and cannot be %s, but a name can", r, u.Verb)
	}
	return ask.Target{Ref: r}
}
