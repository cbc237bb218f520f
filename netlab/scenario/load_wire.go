package scenario

import (
	"slices"

	"go.yaml.in/yaml/v4"
)

// wires reads the links to computers outside Docker. They are read first, because networks and published ports refer
// to them.
func (l *loader) wires(n *yaml.Node) {
	m, ok := l.mapping(n, "wires", nil)
	if !ok {
		return
	}
	if len(m.entries) > maxWires {
		l.errorf(n, "a lab can have at most %d links", maxWires)
	}
	for _, e := range m.entries {
		l.free(e.key, "link")
		l.s.Wires = append(l.s.Wires, Wire{Name: l.name(e.key, "link")})
	}
	// The outside computers come second, so that one with the name of any link is reported.
	for i, e := range m.entries {
		l.wire(&l.s.Wires[i], e.value)
	}
}

func (l *loader) wire(w *Wire, n *yaml.Node) {
	m, ok := l.mapping(n, "a link", wireKeys())
	if !ok {
		return
	}
	l.require(m, "the link", "machine")
	if machine := m.get("machine"); machine != nil {
		if _, ok := l.text(machine, "machine"); ok {
			l.free(machine, "machine")
			w.Machine = l.name(machine, "machine")
		}
	}
	w.IPv6 = l.boolean(m, "ipv6")
	if ports := m.get("listen"); ports != nil {
		w.Listen = l.listeners(ports)
	}
	if _, known := l.peers[w.Machine]; !known && w.Machine != "" {
		l.peers[w.Machine] = &peer{name: w.Machine, wire: w.Name, running: true}
		l.order = append(l.order, w.Machine)
	}
}

func (l *loader) hasWire(name string) bool { return slices.Contains(l.wireNames(), name) }

func (l *loader) wireNames() []string {
	var names []string
	for _, w := range l.s.Wires {
		names = append(names, w.Name)
	}
	return names
}

// wireIPv6 reports whether the lab has the link, with an IPv6 subnet.
func (l *loader) wireIPv6(name string) bool {
	return slices.ContainsFunc(l.s.Wires, func(w Wire) bool { return w.Name == name && w.IPv6 })
}

// wireNamed checks that the lab has the link.
func (l *loader) wireNamed(n *yaml.Node) bool {
	if l.hasWire(n.Value) {
		return true
	}
	l.errorf(n, "unknown link %s%s", quote(n.Value), closest(n.Value, l.wireNames()))
	return false
}

// declared returns the network of that name that the lab creates, or nil.
func (l *loader) declared(name string) *Network {
	for i := range l.s.Networks {
		if l.s.Networks[i].Name == name {
			return &l.s.Networks[i]
		}
	}
	return nil
}
