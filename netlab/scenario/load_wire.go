package scenario

import (
	"slices"

	"go.yaml.in/yaml/v4"
)

const dnsPort = 53

// wires reads the links to computers outside Docker. They are read first, because networks and published ports refer
// to them.
func (l *loader) wires(n *yaml.Node) {
	entries, _ := l.definitions(n, "wires", "links", maxWires)
	for _, e := range entries {
		l.free(e.key, "link")
		l.s.Wires = append(l.s.Wires, Wire{Name: l.name(e.key, "link")})
	}
	// The outside computers come second, so that one with the name of any link is reported.
	for i, e := range entries {
		l.fill(e.value, wireForm(l, &l.s.Wires[i]))
	}
}

func wireForm(l *loader, w *Wire) form {
	return form{
		a: "a link", the: "the link", name: "wire", doc: "A simulated link to an outside computer",
		required: []string{"machine"},
		fields: []field{
			{
				"machine", "name of the machine at the other end, used like a container's",
				value(pattern(namePattern.String()), func(n *yaml.Node) { l.machine(w, n) }),
			},
			{"ipv6", "true to add an IPv6 subnet", flag(&w.IPv6)},
			{"listen", "ports that the machine always answers on, such as tcp/80", listeners(&w.Listen)},
		},
	}
}

// machine reads the name of the outside computer at a link.
func (l *loader) machine(w *Wire, n *yaml.Node) {
	if _, ok := l.text(n, "machine"); !ok {
		return
	}
	l.free(n, "machine")
	w.Machine = l.name(n, "machine")
	if _, known := l.peers[w.Machine]; !known {
		l.peers[w.Machine] = &peer{name: w.Machine, wire: w.Name, running: true}
		l.order = append(l.order, w.Machine)
	}
}

func (s *Scenario) hasWire(name string) bool { return slices.Contains(s.wireNames(), name) }

func (s *Scenario) wireNames() []string {
	var names []string
	for _, w := range s.Wires {
		names = append(names, w.Name)
	}
	return names
}

// wireIPv6 reports whether the lab has the link, with an IPv6 subnet.
func (s *Scenario) wireIPv6(name string) bool {
	return slices.ContainsFunc(s.Wires, func(w Wire) bool { return w.Name == name && w.IPv6 })
}

// answersDNS reports whether the link's machine listens on the port of a DNS server.
func (s *Scenario) answersDNS(wire string) bool {
	return slices.ContainsFunc(s.Wires, func(w Wire) bool {
		return w.Name == wire && slices.ContainsFunc(w.Listen, func(p Listener) bool { return p.Number == dnsPort })
	})
}

// onWire reports whether the network is attached to a link.
func (s *Scenario) onWire(network string) bool {
	n := s.declared(network)
	return n != nil && n.hasParent()
}

// wireNamed checks that the lab has the link.
func (l *loader) wireNamed(n *yaml.Node) bool {
	if l.s.hasWire(n.Value) {
		return true
	}
	l.errorf(n, "unknown link %s%s", quote(n.Value), closest(n.Value, l.s.wireNames()))
	return false
}

// declared returns the network of that name that the lab creates, or nil.
func (s *Scenario) declared(name string) *Network {
	for i := range s.Networks {
		if s.Networks[i].Name == name {
			return &s.Networks[i]
		}
	}
	return nil
}
