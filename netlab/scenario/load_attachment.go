package scenario

import (
	"strconv"

	"go.yaml.in/yaml/v4"
)

func (l *loader) attachments(c *Container, n *yaml.Node, taken map[place]string) {
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
			l.attachment(&a, e.value, c.Name, taken)
		}
		l.attach(c, e.key, a)
	}
}

// attachment reads a container's address and aliases on one network.
func (l *loader) attachment(a *Attachment, n *yaml.Node, container string, taken map[place]string) {
	m, ok := l.mapping(n, "a container's network", attachmentKeys())
	if !ok {
		return
	}
	userDefined := a.Network != DefaultBridge && a.Network != HostNetwork && a.Network != NoneNetwork
	for _, e := range m.entries {
		if !userDefined {
			l.errorf(e.key, "network %s takes no %s, because it is not a custom network", a.Network, e.key.Value)
		}
	}
	if address := m.get("address"); address != nil {
		number, err := strconv.Atoi(address.Value)
		first := FirstAddress
		if network := l.declared(a.Network); network != nil {
			if network.hasParent() {
				first = FirstLANAddress
			}
			if network.Driver == DriverOverlay {
				l.errorf(m.key("address"), "network %s takes no address, because the engine chooses it on an overlay", a.Network)
			}
		}
		if address.Tag != "!!int" || err != nil || number < first || number > LastAddress {
			l.errorf(address, "address must be a number from %d to %d", first, LastAddress)
			return
		}
		a.Address = number
		key := place{a.Network, number}
		if other, is := taken[key]; is {
			l.errorf(address, "%s already has the address %d of network %s", other, number, a.Network)
		}
		taken[key] = container
	}
	if aliases := m.get("aliases"); aliases != nil {
		for _, item := range l.list(aliases, "aliases") {
			a.Aliases = append(a.Aliases, l.id(item, "the alias"))
		}
	}
}

// attach adds a network to a container. at is the node that names it.
func (l *loader) attach(c *Container, at *yaml.Node, a Attachment) {
	switch {
	case !l.hasNetwork(a.Network):
		l.errorf(at, "unknown network %s%s", quote(a.Network), closest(a.Network, l.networkNames()))
	case c.hasNetwork(a.Network):
		l.errorf(at, "network %q is listed twice", a.Network)
	case len(c.Networks) > 0 && (a.Network == HostNetwork || a.Network == NoneNetwork):
		l.errorf(at, "network %s cannot be combined with other networks", a.Network)
	case c.hasNetwork(HostNetwork) || c.hasNetwork(NoneNetwork):
		l.errorf(at, "network %s cannot be combined with other networks", c.Networks[0].Network)
	}
	c.Networks = append(c.Networks, a)
}
