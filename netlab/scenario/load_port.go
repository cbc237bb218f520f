package scenario

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"netlab/netlab/ask"
)

// parsePort reads tcp/8080, or tcp/free if a free port is allowed.
func parsePort(text string, free bool) (ask.Port, bool) {
	network, number, _ := strings.Cut(text, "/")
	if network != "tcp" && network != "udp" {
		return ask.Port{}, false
	}
	if free && number == "free" {
		return ask.Port{Network: network}, true
	}
	n, err := strconv.Atoi(number)
	return ask.Port{Network: network, Number: n}, err == nil && n >= 1 && n <= 65535 && strconv.Itoa(n) == number
}

// port reads a port. In place of an invalid one it returns another one, so that it causes no further errors.
func (d *document) port(w word, free bool) (ask.Port, bool) {
	if port, ok := parsePort(w.text, free); ok {
		return port, true
	}
	or := ""
	if free {
		or = ", or tcp/free"
	}
	d.wordError(w, "a port must be tcp/ or udp/ and a number from 1 to 65535%s, not %s", or, quote(w.text))
	return ask.Port{Network: "tcp", Number: 1}, false
}

// portNode reads a port that is a value of its own. It returns the zero Port if the value is not even text.
func (d *document) portNode(n *yaml.Node, free bool) (ask.Port, bool) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!int" {
		d.errorf(n, "a port needs its protocol: write tcp/%s or udp/%s", n.Value, n.Value)
		return ask.Port{}, false
	}
	if _, ok := d.text(n, "a port"); !ok {
		return ask.Port{}, false
	}
	return d.port(whole(n), free)
}

func (d *document) ports(n *yaml.Node, what string) []ask.Port {
	var ports []ask.Port
	for _, item := range d.list(n, what) {
		p, ok := d.portNode(item, false)
		if p == (ask.Port{}) {
			continue
		}
		if ok && slices.Contains(ports, p) {
			d.errorf(item, "port %s is listed twice", p)
		}
		ports = append(ports, p)
	}
	return ports
}

// listeners are ports, each optionally with the address it listens on.
func listeners(to *[]Listener) kind {
	return kind{listOf(anyOf(fixedPort(), ref("listener"))), func(d *document, e entry) {
		for _, item := range d.list(e.value, e.key.Value) {
			var listener Listener
			ok := d.portOr(item, &listener.Port, listenerForm(&listener))
			if ok && slices.ContainsFunc(*to, listener.collides) {
				d.errorf(item, "port %s is listed twice", listener.Port)
			}
			*to = append(*to, listener)
		}
	}}
}

func listenerForm(l *Listener) form {
	return form{
		a: "a listener", name: "listener", doc: "A port that answers at one address", required: []string{"port"},
		fields: []field{
			{"port", "port that answers: tcp/8080", onePort(&l.Port)},
			{"at", "address of its loopback: 127.0.0.1", kind{text(), func(d *document, e entry) {
				s, isText := d.text(e.value, "at")
				address, err := netip.ParseAddr(s)
				if isText && (err != nil || !address.IsLoopback()) {
					d.errorf(e.value, "at must be a loopback address such as 127.0.0.1, because others are not known in advance")
				}
				l.At = s
			}}},
		},
	}
}

// collides reports whether two listeners cannot coexist in one network namespace.
func (a Listener) collides(b Listener) bool {
	return a.Port == b.Port && (a.At == b.At || a.At == "" || b.At == "")
}

// publishing reads the published ports of a container.
func (l *loader) publishing(n *yaml.Node, c *Container) {
	for _, item := range l.list(n, "publish") {
		p := Publish{On: OnLoopback}
		ok := l.portOr(item, &p.Port, publishForm(l, c, &p))
		if ok && slices.Contains(c.Publish, p) {
			l.errorf(item, "port %s is published twice", p.Port)
		}
		c.Publish = append(c.Publish, p)
	}
}

func publishForm(l *loader, c *Container, p *Publish) form {
	return form{
		a: "a published port", name: "publish", doc: "A published port", required: []string{"port"},
		fields: []field{
			{"port", "port of the container: tcp/8080", onePort(&p.Port)},
			{
				"on", "host address: 127.0.0.1 (the default), a link for the host's end of it, or all",
				value(text(), func(n *yaml.Node) {
					p.On = l.choice(n, "place", append([]string{OnLoopback, OnAll}, l.s.wireNames()...))
				}),
			},
			{"ipv6", "true: the host's IPv6 address on that link", kind{boolean(), func(d *document, e entry) {
				if p.IPv6 = d.boolean(e.value, "ipv6"); p.IPv6 && !l.s.wireIPv6(p.On) {
					d.errorf(e.key, `ipv6 needs "on" with a link that has "ipv6: true"`)
				}
			}}},
			{
				"as", "container whose first published host port this one asks for too",
				value(text(), func(n *yaml.Node) {
					p.As, _ = l.text(n, "as")
					l.then = append(l.then, func() { l.sameNumber(n, *p, c) })
				}),
			},
		},
	}
}

// sameNumber checks the container whose host port a published port wants to use too.
func (l *loader) sameNumber(n *yaml.Node, p Publish, c *Container) {
	if p.As == "" {
		return
	}
	other := l.peerNamed(n)
	switch {
	case other == nil:
	case other.spec == c:
		l.errorf(n, "as must name another container")
	case other.spec == nil || len(other.spec.Publish) == 0:
		l.errorf(n, "%s does not publish a port", other.name)
	case other.spec.Publish[0].As != "":
		l.errorf(n, "the first port that %s publishes takes its number from another one", other.name)
	case other.spec.Publish[0].Network != p.Network:
		l.errorf(n, "the first port that %s publishes is %s, so %s cannot use its number",
			other.name, other.spec.Publish[0].Port, p.Port)
	}
}

// portOr reads a port, or a form that contains one. It returns whether the port is one.
func (d *document) portOr(n *yaml.Node, to *ask.Port, f form) bool {
	if n.Kind != yaml.MappingNode {
		port, ok := d.portNode(n, false)
		*to = port
		return ok
	}
	m, _ := d.fill(n, f)
	port := m.get("port")
	if port == nil || port.Tag != "!!str" {
		return false
	}
	_, ok := parsePort(port.Value, false)
	return ok
}
