package scenario

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"netlab/netlab/ask"
)

// port reads tcp/8080, or tcp/free if a free port is allowed.
func (l *loader) port(w word, free bool) (ask.Port, bool) {
	network, number, _ := strings.Cut(w.text, "/")
	if network == "tcp" || network == "udp" {
		if free && number == "free" {
			return ask.Port{Network: network}, true
		}
		n, err := strconv.Atoi(number)
		if err == nil && n >= 1 && n <= 65535 && strconv.Itoa(n) == number {
			return ask.Port{Network: network, Number: n}, true
		}
	}
	or := ""
	if free {
		or = ", or tcp/free"
	}
	l.wordError(w, "a port must be tcp/ or udp/ and a number from 1 to 65535%s, not %s", or, quote(w.text))
	return ask.Port{Network: "tcp", Number: 1}, false
}

// portNode reads a port that is a value of its own. It returns the zero Port if the value is not even text.
func (l *loader) portNode(n *yaml.Node, free bool) (ask.Port, bool) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!int" {
		l.errorf(n, "a port needs its protocol: write tcp/%s or udp/%s", n.Value, n.Value)
		return ask.Port{}, false
	}
	if _, ok := l.text(n, "a port"); !ok {
		return ask.Port{}, false
	}
	return l.port(whole(n), free)
}

func (l *loader) ports(n *yaml.Node, what string) []ask.Port {
	var ports []ask.Port
	for _, item := range l.list(n, what) {
		p, ok := l.portNode(item, false)
		if p == (ask.Port{}) {
			continue
		}
		if ok && slices.Contains(ports, p) {
			l.errorf(item, "port %s is listed twice", p)
		}
		ports = append(ports, p)
	}
	return ports
}

// listeners reads ports, each optionally with the address it listens on.
func (l *loader) listeners(n *yaml.Node) []Listener {
	var listeners []Listener
	for _, item := range l.list(n, "listen") {
		port, m, ok := l.portItem(item, "a listener", listenerKeys())
		listener := Listener{Port: port}
		if at := m.get("at"); at != nil {
			s, isText := l.text(at, "at")
			address, err := netip.ParseAddr(s)
			if isText && (err != nil || !address.IsLoopback()) {
				l.errorf(at, "at must be a loopback address such as 127.0.0.1, because others are not known in advance")
			}
			listener.At = s
		}
		if ok && slices.ContainsFunc(listeners, listener.collides) {
			l.errorf(item, "port %s is listed twice", port)
		}
		listeners = append(listeners, listener)
	}
	return listeners
}

// collides reports whether two listeners cannot coexist in one network namespace.
func (a Listener) collides(b Listener) bool {
	return a.Port == b.Port && (a.At == b.At || a.At == "" || b.At == "")
}

// publishing reads the published ports of a container.
func (l *loader) publishing(n *yaml.Node, c *Container) []Publish {
	var published []Publish
	for _, item := range l.list(n, "publish") {
		port, m, ok := l.portItem(item, "a published port", publishKeys())
		p := Publish{Port: port, On: OnLoopback}
		if on := m.get("on"); on != nil {
			p.On = l.choice(on, "place", append([]string{OnLoopback, OnAll}, l.wireNames()...))
		}
		if p.IPv6 = l.boolean(m, "ipv6"); p.IPv6 && !l.wireIPv6(p.On) {
			l.errorf(m.key("ipv6"), `ipv6 needs "on" with a link that has "ipv6: true"`)
		}
		if as := m.get("as"); as != nil {
			p.As, _ = l.text(as, "as")
			l.later = append(l.later, func() { l.sameNumber(as, p, c) })
		}
		if ok && slices.Contains(published, p) {
			l.errorf(item, "port %s is published twice", port)
		}
		published = append(published, p)
	}
	return published
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

// portItem reads a port, or a mapping that contains one.
func (l *loader) portItem(n *yaml.Node, what string, keys []Field) (ask.Port, mapping, bool) {
	m := mapping{node: n}
	port := n
	if n.Kind == yaml.MappingNode {
		m, _ = l.mapping(n, what, keys)
		l.require(m, what, "port")
		port = m.get("port")
	}
	if port == nil {
		return ask.Port{}, m, false
	}
	p, ok := l.portNode(port, false)
	return p, m, ok
}
