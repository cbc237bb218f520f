package scenario

import (
	"slices"
	"strconv"

	"github.com/google/jsonschema-go/jsonschema"
	"go.yaml.in/yaml/v4"

	"netlab/netlab/fact"
)

func (l *loader) attachments(c *Container, n *yaml.Node) {
	if n.Kind == yaml.SequenceNode {
		for _, item := range l.list(n, "networks") {
			if name, ok := l.text(item, "a network"); ok {
				l.attach(c, item, Attachment{Network: name})
			}
		}
		return
	}
	if n.Kind != yaml.MappingNode {
		l.errorf(n, "networks must be a list or a mapping, not %s", kindOf(n))
		return
	}
	m, _ := l.mapping(n, "networks", nil)
	if len(m.entries) == 0 {
		l.errorf(n, "networks must not be empty")
	}
	for _, e := range m.entries {
		a := Attachment{Network: e.key.Value}
		if e.value.Tag != "!!null" {
			m, _ := l.fill(e.value, attachmentForm(l, c.Name, &a))
			for _, e := range m.entries {
				if slices.Contains([]string{DefaultBridge, HostNetwork, NoneNetwork}, a.Network) {
					l.errorf(e.key, "network %s takes no %s, because it is not a custom network", a.Network, e.key.Value)
				}
			}
		}
		l.attach(c, e.key, a)
	}
}

// attachmentForm is a container's address and aliases on one network.
func attachmentForm(l *loader, container string, a *Attachment) form {
	number := &schema{
		Type: "integer", Minimum: jsonschema.Ptr(float64(firstAddress)), Maximum: jsonschema.Ptr(float64(lastAddress)),
	}
	return form{
		a: "a container's network", name: "attachment", doc: "A container on one network",
		fields: []field{
			{
				"address", "use the n-th address of the network's subnet: 3 to 7 (macvlan and ipvlan: 4 to 7)",
				kind{number, func(_ *document, e entry) { l.address(container, a, e) }},
			},
			{
				"aliases", "extra names of the container on this network",
				value(listOf(pattern(idPattern.String())), func(n *yaml.Node) {
					for _, item := range l.list(n, "aliases") {
						a.Aliases = append(a.Aliases, l.id(item, "the alias"))
					}
				}),
			},
		},
	}
}

// address reads the address that a container chooses on a network.
func (l *loader) address(container string, a *Attachment, e entry) {
	number, err := strconv.Atoi(e.value.Value)
	first := firstAddress
	if network := l.s.declared(a.Network); network != nil {
		if network.hasParent() {
			first = firstLANAddress
		}
		if network.Driver == fact.DriverOverlay {
			l.errorf(e.key, "network %s takes no address, because the engine chooses it on an overlay", a.Network)
		}
	}
	if e.value.Tag != "!!int" || err != nil || number < first || number > lastAddress {
		l.errorf(e.value, "address must be a number from %d to %d", first, lastAddress)
		return
	}
	a.Address = number
	key := place{a.Network, number}
	if other, is := l.chosen[key]; is {
		l.errorf(e.value, "%s already has the address %d of network %s", other, number, a.Network)
	}
	l.chosen[key] = container
}

// attach adds a network to a container. at is the node that names it.
func (l *loader) attach(c *Container, at *yaml.Node, a Attachment) {
	switch {
	case !l.s.hasNetwork(a.Network):
		l.errorf(at, "unknown network %s%s", quote(a.Network), closest(a.Network, l.s.networkNames()))
	case c.hasNetwork(a.Network):
		l.errorf(at, "network %q is listed twice", a.Network)
	case len(c.Networks) > 0 && (a.Network == HostNetwork || a.Network == NoneNetwork):
		l.errorf(at, "network %s cannot be combined with other networks", a.Network)
	case c.hasNetwork(HostNetwork) || c.hasNetwork(NoneNetwork):
		l.errorf(at, "network %s cannot be combined with other networks", c.Networks[0].Network)
	}
	c.Networks = append(c.Networks, a)
}
