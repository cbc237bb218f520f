package scenario

import (
	"slices"
	"strings"

	"netlab/netlab/ask"
)

// ownNetwork are the fields that a container only has with a network of its own.
func ownNetwork() []string { return []string{"ipv4", "first.ipv4", "ipv6", "gateway", "fqdn"} }

// named reads a reference and checks that it refers to something that exists. The hint says what to write instead of
// something that is not a reference.
func (l *loader) named(w word, hint string) (ask.Reference, bool) {
	head, rest, dotted := strings.Cut(w.text, ".")
	r := ask.Reference{Head: head, Field: rest}
	peer := l.peers[head]
	switch {
	case dotted && rest == "":
		l.wordError(w, "%s ends in a dot", quote(w.text))
		return r, false
	case head == ask.EngineHead:
		return r, l.field(w, r, "the engine", ask.EngineFields())
	case head == ask.GatewayBridge:
		return r, l.gatewayBridge(w) && l.field(w, r, "a network", ask.NetworkFields()) && l.networkField(w, r)
	case head != HostNetwork && head != NoneNetwork && l.hasNetwork(head):
		return r, l.field(w, r, "a network", ask.NetworkFields()) && l.networkField(w, r)
	case l.hasWire(head):
		return r, l.field(w, r, "a link", ask.WireFields()) && l.wireField(w, r)
	case l.s.Image(head) != nil:
		l.hasBuilt(word{head, w.line, w.column}, l.findImage(word{head, w.line, w.column}))
		return r, l.field(w, r, "an image", ask.ImageFields())
	case l.s.Service(head) != nil:
		return r, l.field(w, r, "a service", ask.ServiceFields()) && l.serviceField(w, r, l.s.Service(head))
	case peer == nil:
		if near := l.nearHead(head); near != "" {
			hint = near
		}
		l.wordError(w, "%s is not a container, network, link or image of this lab%s", quote(w.text), hint)
		return r, false
	case peer.name == ask.Host || peer.wire != "":
		return r, l.hostField(w, r, peer.title())
	case rest == "" || ask.Has(ask.PeerFields(), rest):
		return r, l.peerField(w, r, peer)
	}
	network, field, ok := strings.Cut(rest, ".")
	if ok && network == ask.GatewayBridge {
		r.Network, r.Field = network, field
		return r, l.gatewayBridge(w) &&
			l.field(w, r, "a container on "+ask.GatewayBridge, gatewayFields()) && l.leaves(w, peer)
	}
	if !ok || !l.hasNetwork(network) {
		l.wordError(w, "unknown field %s of a container%s", quote(rest), closest(rest, ask.FieldNames(ask.PeerFields())))
		return r, false
	}
	r.Network, r.Field = network, field
	return r, l.field(w, r, "a container on a network", ask.EndpointFields()) && l.endpoint(w, r, peer)
}

// gatewayFields are the fields of a container on docker_gwbridge. The engine does not report them, so they are read
// inside the container.
func gatewayFields() []ask.Field {
	return slices.DeleteFunc(ask.EndpointFields(), func(f ask.Field) bool { return f.Name != "ipv4" })
}

// gatewayBridge checks that there is an overlay network. Without one there may be no docker_gwbridge.
func (l *loader) gatewayBridge(w word) bool {
	if l.s.HasOverlay() {
		return true
	}
	l.wordError(w, "%s exists only with an overlay network", ask.GatewayBridge)
	return false
}

// leaves checks that the container is on an overlay network that is not internal, and therefore on docker_gwbridge.
func (l *loader) leaves(w word, p *peer) bool {
	if p.owner() == p && slices.ContainsFunc(p.ever, func(name string) bool {
		n := l.declared(name)
		return n != nil && n.Driver == DriverOverlay && !n.Internal
	}) {
		return true
	}
	l.wordError(w, "%s is not on %s. That needs an overlay network that is not internal", p.name, ask.GatewayBridge)
	return false
}

func (l *loader) nearHead(head string) string {
	return closest(head, slices.Concat(l.peerNames(), l.networkNames(), l.wireNames(), l.imageNames()))
}

// field checks the last part of a reference against its closed list.
func (l *loader) field(w word, r ask.Reference, what string, fields []ask.Field) bool {
	switch {
	case ask.Has(fields, r.Field):
		return true
	case r.Field == "":
		l.wordError(w, "%s needs a field, one of %s", quote(w.text), strings.Join(ask.FieldNames(fields), ", "))
	default:
		hint := closest(r.Field, ask.FieldNames(fields))
		if hint == "" {
			hint = ", must be one of " + strings.Join(ask.FieldNames(fields), ", ")
		}
		l.wordError(w, "unknown field %s of %s%s", quote(r.Field), what, hint)
	}
	return false
}

// hostField checks a field of a peer that is not a container. what is the peer's name in a message.
func (l *loader) hostField(w word, r ask.Reference, what string) bool {
	if ask.ContainerOnly(r.Field) {
		l.wordError(w, "%s is not a container, so it has no %q", what, r.Field)
		return false
	}
	return r.Field == "" || l.field(w, r, what, ask.Things())
}

// networkField checks that this type of network has the field.
func (l *loader) networkField(w word, r ask.Reference) bool {
	network := Network{Driver: DriverBridge} // one of the engine's own, which is not declared
	if n := l.declared(r.Head); n != nil {
		network = *n
	}
	bridge := network.Driver == DriverBridge
	switch r.Field {
	case "interface", "icc", "masquerade", "range", "default-gateway", "gateway-mode", "host-binding":
		if bridge {
			return true
		}
		l.wordError(w, "%s is a %s network, and only bridge networks have %q", r.Head, network.Driver, r.Field)
	case "parent":
		if network.hasParent() {
			return true
		}
		l.wordError(w, "%s is a %s network, and only macvlan and ipvlan networks have a parent", r.Head, network.Driver)
	case "vxlan":
		if network.Driver == DriverOverlay {
			return true
		}
		l.wordError(w, "%s is a %s network, and only overlay networks have a VXLAN", r.Head, network.Driver)
	case "ipv6.subnet", "ipv6.gateway":
		return l.hasIPv6(w, r.Head)
	default:
		return true
	}
	return false
}

// wireField checks that the link has the field.
func (l *loader) wireField(w word, r ask.Reference) bool {
	if r.Field != "ipv6.host" || l.wireIPv6(r.Head) {
		return true
	}
	l.wordError(w, `link %s has no IPv6. Add "ipv6: true"`, r.Head)
	return false
}

// hasIPv6 checks that the network was declared with an IPv6 subnet.
func (l *loader) hasIPv6(w word, network string) bool {
	if n := l.declared(network); n != nil && n.IPv6 {
		return true
	}
	l.wordError(w, `network %s has no IPv6. Add "ipv6: true"`, network)
	return false
}

// peerField checks that the container has the field.
func (l *loader) peerField(w word, r ask.Reference, p *peer) bool {
	switch owner := p.owner(); {
	case !l.isThere(w, r, p):
	case r.Field == "alias" && !p.hasAlias():
		l.wordError(w, "%s has no alias", p.name)
	case owner != p && slices.Contains(ownNetwork(), r.Field):
		l.wordError(w, "%s shares the network namespace of %s, so write %s.%s", p.name, owner.name, owner.name, r.Field)
	case slices.Contains(ownNetwork(), r.Field) && owner.isolated():
		l.wordError(w, "%s is on network %s and does not have its own %s", p.name, owner.ever[0], r.Field)
	case r.Field == "ipv6" && len(p.ever) > 0:
		return l.hasIPv6(w, p.ever[0])
	default:
		return true
	}
	return false
}

// isThere checks that the container exists at this step: a container of an image that the lab builds is created when
// a step starts it. What the scenario itself defines about it can be named earlier.
func (l *loader) isThere(w word, r ask.Reference, p *peer) bool {
	if p.spec == nil || p.there || slices.Contains([]string{"name", "alias", "chosen"}, r.Field) {
		return true
	}
	l.wordError(w, "%s does not exist yet, so %s has no value: a step before this one must start %s", p.name, r, p.name)
	return false
}

// addressed checks that a container that is named by itself has an address. Only trying to reach it may have "no
// address" as the answer.
func (l *loader) addressed(w word, r ask.Reference) bool {
	p := l.peers[r.Head]
	if p == nil || p.spec == nil || r.Network+r.Field != "" || p.onHost() || !p.owner().isolated() {
		return true
	}
	l.wordError(w, "%s is on network %s and has no address of its own", p.name, p.owner().ever[0])
	return false
}

func (p *peer) hasAlias() bool {
	return p.spec != nil && slices.ContainsFunc(p.spec.Networks, func(a Attachment) bool { return len(a.Aliases) > 0 })
}

// isolated reports whether the peer never has an address assigned by the engine.
func (p *peer) isolated() bool {
	return len(p.ever) > 0 && (p.ever[0] == HostNetwork || p.ever[0] == NoneNetwork)
}

// endpoint checks that the container is on the network that the reference names.
func (l *loader) endpoint(w word, r ask.Reference, p *peer) bool {
	switch {
	case !l.isThere(w, r, p):
	case r.Network == HostNetwork || r.Network == NoneNetwork:
		l.wordError(w, "containers on network %s have no %s", r.Network, r.Field)
	case p.owner() != p:
		l.wordError(w, "%s shares the network namespace of %s, so write %s.%s.%s",
			p.name, p.owner().name, p.owner().name, r.Network, r.Field)
	case !slices.Contains(p.ever, r.Network):
		l.wordError(w, "%s is not on network %s, and no earlier step connects it", p.name, r.Network)
	case r.Field == "ipv6":
		return l.hasIPv6(w, r.Network)
	case r.Field == "chosen" && !p.chose(r.Network):
		l.wordError(w, "%s has no chosen address on network %s", p.name, r.Network)
	default:
		return true
	}
	return false
}

func (p *peer) chose(network string) bool {
	return p.spec != nil && slices.ContainsFunc(p.spec.Networks, func(a Attachment) bool {
		return a.Network == network && a.Address > 0
	})
}
