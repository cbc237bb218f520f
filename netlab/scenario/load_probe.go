package scenario

import (
	"net/netip"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"netlab/netlab/ask"
)

// kinds are the kinds of question, each a key of the check.
func (a *asking) kinds() []field {
	var fields []field
	for _, q := range ask.Kinds() {
		shape, read := a.kind(q)
		fields = append(fields, field{q.Kind().Name, q.Kind().Doc, kind{shape, func(d *document, e entry) {
			if c := a.c; c.Asks == nil {
				c.Asks = read(e)
			} else {
				d.errorf(e.key, "a check asks only one thing, and this one already has %q", c.Asks.Kind().Name)
			}
		}}})
	}
	return fields
}

// kind is what the key of a kind of question has, and how the question is read.
func (a *asking) kind(kind ask.Question) (*schema, func(entry) ask.Question) {
	use := kind.Kind().Use
	fixed, free := `(tcp|udp)/[1-9][0-9]{0,4}`, `(tcp|udp)/(free|[1-9][0-9]{0,4})`
	switch q := kind.(type) {
	case ask.Ping:
		return ref("target"), func(e entry) ask.Question {
			q.To = a.target(e.value, use)
			a.bytes(&q, a.get("bytes"))
			return q
		}
	case ask.Resolve:
		return ref("target"), func(e entry) ask.Question {
			q.Name, q.Type, q.Server = a.target(e.value, use), "A", a.optional("server", forServer)
			if n := a.get("type"); n != nil {
				q.Type = a.choice(n, "type", []string{"A", "AAAA"})
			}
			return q
		}
	case ask.Reverse:
		return ref("target"), func(e entry) ask.Question {
			q.Address, q.Server = a.target(e.value, use), a.optional("server", forServer)
			return q
		}
	case ask.Connect:
		return anyOf(pattern(`^\s*\S+\s+`+free+`\s*$`), ref("endpoint")), a.connect
	case ask.Chains:
		return pattern(`^\s*\S+\s+` + fixed + `\s*$`), a.chains
	case ask.Balance:
		return pattern(`^\s*\S+\s+` + fixed + `\s*$`), a.balance
	case ask.Read:
		return things(), a.thing
	case ask.Listen:
		return pattern("^" + free + "$"), a.listen
	case ask.Start:
		return text(), a.start
	case ask.Write:
		return pattern(pathPattern.String()), a.write
	case ask.File:
		return pattern(pathPattern.String()), func(e entry) ask.Question {
			a.onlyContainer(e.key)
			return ask.File{Path: a.pathOf(e.value, e.key.Value)}
		}
	case ask.Build:
		return text(), a.build
	case ask.Inspect:
		return pattern(`^\s*\S+\s+\S+(\s+\S+)?\s*$`), a.inspect
	case ask.Await:
		return enum(healthWords()...), a.await
	}
	return ref("target"), func(e entry) ask.Question { return kind.Kind().Of(a.target(e.value, use)) }
}

// optional reads the target that a key has, if there is the key.
func (a *asking) optional(key string, u ask.Use) ask.Target {
	if n := a.get(key); n != nil {
		return a.target(n, u)
	}
	return ask.Target{}
}

// start reads the container that a check starts. The file's last expectation decides whether the container runs from
// then on.
func (a *asking) start(e entry) ask.Question {
	peer := a.peerNamed(e.value)
	switch {
	case peer == nil:
	case peer.spec == nil:
		a.notContainer(whole(e.value), peer)
	case peer.running:
		a.errorf(e.value, "%s cannot be started at this step", peer.name)
	default:
		a.ownerRuns(whole(e.value), peer)
		a.imageBuilt(whole(e.value), peer)
		peer.there = true
		return ask.Start{Container: peer.name}
	}
	return ask.Start{}
}

// listen reads a port, and who else may have it.
func (a *asking) listen(e entry) ask.Question {
	q := ask.Listen{At: a.optional("at", forAt)}
	q.Port, _ = a.portNode(e.value, true)
	if n := a.get("beside"); n != nil {
		a.beside(&q, n)
	}
	if beside := a.peers[q.Beside]; a.from != nil && a.get("at") == nil &&
		(a.from.onHost() || beside != nil && beside.onHost()) {
		a.errorf(e.key, `this would open a host port to its network. Add "at": {address: 127.0.0.1}`)
	}
	return q
}

func (a *asking) beside(q *ask.Listen, n *yaml.Node) {
	other := a.peerNamed(n)
	if other == nil {
		return
	}
	q.Beside = other.name
	a.running(n, other)
	if a.from != nil && other.name == a.from.name {
		a.errorf(n, "beside must not name the same container as from")
	}
}

// The possible sizes of a whole IP packet with an ICMP echo: IP header, ICMP header and a payload (RFC 791, RFC 792).
const (
	minBytes = 28
	maxBytes = 65535
)

// bytes reads the size of a ping's packet, if it has one: a number, an MTU, or an MTU plus or minus a number.
func (a *asking) bytes(q *ask.Ping, n *yaml.Node) {
	if n == nil {
		return
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!int" {
		q.Bytes = a.number(whole(n), minBytes, maxBytes)
		return
	}
	if _, ok := a.text(n, "bytes"); !ok {
		return
	}
	ws := words(n)
	if len(ws) != 1 && (len(ws) != 3 || ws[1].text != "+" && ws[1].text != "-") {
		a.errorf(n, `bytes must be a number, an MTU such as web.mtu, or "web.mtu + 1"`)
		return
	}
	if r, ok := a.named(ws[0], ""); ok {
		if r.Field != ask.FactMTU && r.Field != ask.LinkMTU {
			a.wordError(ws[0], "%s is not an MTU", r)
		}
		q.Size = r
	}
	if len(ws) == 3 {
		q.Bytes = a.number(ws[2], 1, maxBytes)
		if ws[1].text == "-" {
			q.Bytes = -q.Bytes
		}
	}
}

// number reads a whole number within bounds.
func (d *document) number(w word, least, most int) int {
	n, err := strconv.Atoi(w.text)
	if err != nil || n < least || n > most {
		d.wordError(w, "must be a number from %d to %d", least, most)
	}
	return n
}

// thing reads what a check reads from the asker.
func (a *asking) thing(e entry) ask.Question {
	thing := a.choice(e.value, "thing", ask.FieldNames(ask.Things()))
	if a.from != nil && a.from.spec == nil && ask.Find(ask.Things(), thing).Container {
		a.errorf(e.value, "%s is not a container, so it has no %q", a.from.title(), thing)
	}
	return ask.Read{Thing: thing}
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
	var t ask.Target
	m, ok := l.fill(n, targetForm(&t))
	if !ok {
		return t
	}
	if name := m.key("name"); name != nil && !u.Names {
		l.errorf(name, "a name cannot be %s, but an address can", u.Verb)
	}
	if address := m.key("address"); address != nil && !u.Addresses {
		l.errorf(address, "an address cannot be %s, but a name can", u.Verb)
	}
	l.oneTarget(m)
	return t
}

// targetForm is a literal address or name.
func targetForm(t *ask.Target) form {
	literal := func(what string, is func(string) bool) kind {
		return kind{text(), func(d *document, e entry) {
			s, ok := d.text(e.value, e.key.Value)
			if ok && !is(s) {
				d.errorf(e.value, "not %s: %s", what, quote(s))
			}
			t.Literal = s
		}}
	}
	return form{
		a: "a target", name: "literal", doc: "A literal address or name", one: []string{"address", "name"},
		fields: []field{
			{"address", "a literal address", literal("an IP address", func(s string) bool {
				_, err := netip.ParseAddr(s)
				return err == nil
			})},
			{"name", "a literal name", literal("a host name", isHostName)},
		},
	}
}

// oneTarget checks that a target has an address or a name.
func (d *document) oneTarget(m mapping) {
	if (m.get("address") == nil) == (m.get("name") == nil) {
		d.errorf(m.node, `a target needs "address" or "name"`)
	}
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
	isName, isAddress := r.IsName(), r.IsAddress()
	switch {
	case !isName && !isAddress:
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
