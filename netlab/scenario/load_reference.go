package scenario

import (
	"cmp"
	"slices"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
)

// ownNetwork are the fields that a container only has with a network of its own.
func ownNetwork() []string {
	return []string{ask.FieldIPv4, ask.FieldFirstIPv4, ask.FieldIPv6, ask.FieldGateway, ask.FieldFQDN}
}

// A lookup is a reference that is being read: whether it refers to something that exists.
type lookup struct {
	*loader
	at word
	ask.Reference
}

func (u *lookup) wrong(format string, args ...any) { u.wordError(u.at, format, args...) }

// named reads a reference and checks that it refers to something that exists. The hint says what to write instead of
// something that is not a reference.
func (l *loader) named(w word, hint string) (ask.Reference, bool) {
	head, rest, _ := strings.Cut(w.text, ".")
	u := &lookup{l, w, ask.Reference{Head: head, Field: rest}}
	ok := u.exists(hint)
	return u.Reference, ok
}

func (u *lookup) exists(hint string) bool {
	head, rest := u.Head, u.Field
	peer := u.peers[head]
	switch {
	case rest == "" && strings.Contains(u.at.text, "."):
		u.wrong("%s ends in a dot", quote(u.at.text))
		return false
	case head == ask.EngineHead:
		return u.field("the engine", ask.EngineFields())
	case head == ask.GatewayBridge:
		return u.gatewayBridge() && u.field("a network", ask.NetworkFields()) && u.networkField()
	case head != HostNetwork && head != NoneNetwork && u.s.hasNetwork(head):
		return u.field("a network", ask.NetworkFields()) && u.networkField()
	case u.s.hasWire(head):
		return u.field("a link", ask.WireFields()) && u.wireField()
	case u.s.Image(head) != nil:
		u.hasBuilt(word{head, u.at.line, u.at.column})
		return u.field("an image", ask.ImageFields())
	case u.s.Service(head) != nil:
		return u.field("a service", ask.ServiceFields()) && u.serviceField(u.s.Service(head))
	case peer == nil:
		if near := u.nearHead(head); near != "" {
			hint = near
		}
		u.wrong("%s is not a container, network, link or image of this lab%s", quote(u.at.text), hint)
		return false
	case peer.name == ask.Host || peer.wire != "":
		return u.hostField(peer.title())
	case rest == "" || ask.Has(ask.PeerFields(), rest):
		return u.peerField(peer)
	}
	network, field, ok := strings.Cut(rest, ".")
	if ok && network == ask.GatewayBridge {
		u.Network, u.Field = network, field
		return u.gatewayBridge() && u.field("a container on "+ask.GatewayBridge, gatewayFields()) && u.leaves(peer)
	}
	if !ok || !u.s.hasNetwork(network) {
		u.wrong("unknown field %s of a container%s", quote(rest), closest(rest, ask.FieldNames(ask.PeerFields())))
		return false
	}
	u.Network, u.Field = network, field
	return u.field("a container on a network", ask.EndpointFields()) && u.endpoint(peer)
}

// gatewayFields are the fields of a container on docker_gwbridge. The engine does not report them, so they are read
// inside the container.
func gatewayFields() []ask.Field {
	return slices.DeleteFunc(ask.EndpointFields(), func(f ask.Field) bool { return f.Name != ask.FieldIPv4 })
}

// gatewayBridge checks that there is an overlay network. Without one there may be no docker_gwbridge.
func (u *lookup) gatewayBridge() bool {
	if u.s.HasOverlay() {
		return true
	}
	u.wrong("%s exists only with an overlay network", ask.GatewayBridge)
	return false
}

// leaves checks that the container is on an overlay network that is not internal, and therefore on docker_gwbridge.
func (u *lookup) leaves(p *peer) bool {
	if p.owner() == p && slices.ContainsFunc(p.ever, func(name string) bool {
		n := u.s.declared(name)
		return n != nil && n.Driver == fact.DriverOverlay && !n.Internal
	}) {
		return true
	}
	u.wrong("%s is not on %s. That needs an overlay network that is not internal", p.name, ask.GatewayBridge)
	return false
}

func (l *loader) nearHead(head string) string {
	return closest(head, slices.Concat(l.peerNames(), l.s.networkNames(), l.s.wireNames(), l.imageNames()))
}

// field checks the last part of a reference against its closed list.
func (u *lookup) field(what string, fields []ask.Field) bool {
	switch {
	case ask.Has(fields, u.Field):
		return true
	case u.Field == "":
		u.wrong("%s needs a field, one of %s", quote(u.at.text), strings.Join(ask.FieldNames(fields), ", "))
	default:
		u.wrong("unknown field %s of %s%s", quote(u.Field), what, suggest(u.Field, ask.FieldNames(fields)))
	}
	return false
}

// hostField checks a field of a peer that is not a container. what is the peer's name in a message.
func (u *lookup) hostField(what string) bool {
	if ask.ContainerOnly(u.Field) {
		u.wrong("%s is not a container, so it has no %q", what, u.Field)
		return false
	}
	return u.Field == "" || u.field(what, ask.Things())
}

// networkField checks that this type of network has the field.
func (u *lookup) networkField() bool {
	driver := fact.DriverBridge // of the engine's own networks, which are not declared
	if n := u.s.declared(u.Head); n != nil {
		driver = n.Driver
	}
	only := ask.Fact(u.Field).Drivers
	switch {
	case strings.HasPrefix(u.Field, "ipv6."):
		return u.hasIPv6(u.Head)
	case only == nil || slices.Contains(only, driver):
		return true
	}
	what := cmp.Or(map[string]string{ask.FieldParent: "a parent", ask.VXLAN: "a VXLAN"}[u.Field], quote(u.Field))
	u.wrong("%s is a %s network, and only %s networks have %s", u.Head, driver, strings.Join(only, " and "), what)
	return false
}

// wireField checks that the link has the field.
func (u *lookup) wireField() bool {
	if u.Field != ask.FieldIPv6Host || u.s.wireIPv6(u.Head) {
		return true
	}
	u.wrong(`link %s has no IPv6. Add "ipv6: true"`, u.Head)
	return false
}

// hasIPv6 checks that the network was declared with an IPv6 subnet.
func (u *lookup) hasIPv6(network string) bool {
	if n := u.s.declared(network); n != nil && n.IPv6 {
		return true
	}
	u.wrong(`network %s has no IPv6. Add "ipv6: true"`, network)
	return false
}

// peerField checks that the container has the field.
func (u *lookup) peerField(p *peer) bool {
	switch owner := p.owner(); {
	case !u.isThere(p):
	case u.Field == ask.FieldAlias && !p.hasAlias():
		u.wrong("%s has no alias", p.name)
	case owner != p && slices.Contains(ownNetwork(), u.Field):
		u.wrong("%s shares the network namespace of %s, so write %s.%s", p.name, owner.name, owner.name, u.Field)
	case slices.Contains(ownNetwork(), u.Field) && owner.isolated():
		u.wrong("%s is on network %s and does not have its own %s", p.name, owner.ever[0], u.Field)
	case u.Field == ask.FieldIPv6 && len(p.ever) > 0:
		return u.hasIPv6(p.ever[0])
	default:
		return true
	}
	return false
}

// isThere checks that the container exists at this step: a container of an image that the lab builds is created when
// a step starts it. What the scenario itself defines about it can be named earlier.
func (u *lookup) isThere(p *peer) bool {
	if p.spec == nil || p.there || slices.Contains([]string{ask.FieldName, ask.FieldAlias, ask.FieldChosen}, u.Field) {
		return true
	}
	u.wrong("%s does not exist yet, so %s has no value: a step before this one must start %s", p.name, u.Reference, p.name)
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
func (u *lookup) endpoint(p *peer) bool {
	switch {
	case !u.isThere(p):
	case u.Network == HostNetwork || u.Network == NoneNetwork:
		u.wrong("containers on network %s have no %s", u.Network, u.Field)
	case p.owner() != p:
		u.wrong("%s shares the network namespace of %s, so write %s.%s.%s",
			p.name, p.owner().name, p.owner().name, u.Network, u.Field)
	case !slices.Contains(p.ever, u.Network):
		u.wrong("%s is not on network %s, and no earlier step connects it", p.name, u.Network)
	case u.Field == ask.FieldIPv6:
		return u.hasIPv6(u.Network)
	case u.Field == ask.FieldChosen && !p.chose(u.Network):
		u.wrong("%s has no chosen address on network %s", p.name, u.Network)
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

// serviceField checks that the service has the field.
func (u *lookup) serviceField(s *Service) bool {
	if u.Field == ask.FieldVIP && s.Endpoint == EndpointDNSRR {
		u.wrong("%s has no virtual IP, because its endpoint is %s", s.Name, EndpointDNSRR)
		return false
	}
	return true
}
