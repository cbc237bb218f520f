package scenario

import (
	"slices"
	"strings"
)

// nameFields are the fields that a resolver can be asked for.
func nameFields() []string {
	return []string{"name", "alias", "short-id", "container", "fqdn", "hostname"}
}

// addressFields are the fields that are one address; "" is the peer's own, as the asker reaches it.
func addressFields() []string {
	return []string{"", "ipv4", "first.ipv4", "link.ipv4", "gateway", "route.gateway", "chosen"}
}

// containerOnly are the fields that the engine's host does not have.
func containerOnly() []string {
	return []string{
		"name", "alias", "short-id", "container", "fqdn", "gateway", "ipv4", "first.ipv4", "port.bridge", "published",
		"exposed",
	}
}

// named reads a reference and checks that what it names is there. The hint says what to write for what is no reference.
func (l *loader) named(w word, hint string) (Reference, bool) {
	head, rest, dotted := strings.Cut(w.text, ".")
	r := Reference{Head: head, Field: rest}
	peer := l.peers[head]
	switch {
	case dotted && rest == "":
		l.wordError(w, "%s ends in a dot", quote(w.text))
		return r, false
	case head == EngineHead:
		return r, l.field(w, r, "the engine", engineFields())
	case head != HostNetwork && head != NoneNetwork && l.hasNetwork(head):
		return r, l.field(w, r, "a network", networkFields())
	case peer == nil:
		if near := l.nearHead(head); near != "" {
			hint = near
		}
		l.wordError(w, "%s names no container or network of this lab%s", quote(w.text), hint)
		return r, false
	case peer.name == Host:
		return r, l.hostField(w, r)
	case rest == "" || hasField(peerFields(), rest):
		return r, l.peerField(w, r, peer)
	}
	network, field, ok := strings.Cut(rest, ".")
	if !ok || !l.hasNetwork(network) {
		l.wordError(w, "unknown field %s of a container%s", quote(rest), closest(rest, fieldNames(peerFields())))
		return r, false
	}
	r.Network, r.Field = network, field
	return r, l.field(w, r, "a container on a network", endpointFields()) && l.endpoint(w, r, peer)
}

func (l *loader) nearHead(head string) string {
	return closest(head, append(l.peerNames(), l.networkNames()...))
}

// field checks the last part of a reference against its closed list.
func (l *loader) field(w word, r Reference, what string, fields []Field) bool {
	switch {
	case hasField(fields, r.Field):
		return true
	case r.Field == "":
		l.wordError(w, "%s needs a field, one of %s", quote(w.text), strings.Join(fieldNames(fields), ", "))
	default:
		hint := closest(r.Field, fieldNames(fields))
		if hint == "" {
			hint = ", must be one of " + strings.Join(fieldNames(fields), ", ")
		}
		l.wordError(w, "unknown field %s of %s%s", quote(r.Field), what, hint)
	}
	return false
}

func (l *loader) hostField(w word, r Reference) bool {
	if slices.Contains(containerOnly(), r.Field) {
		l.wordError(w, "the host is not a container, so it has no %q", r.Field)
		return false
	}
	return r.Field == "" || l.field(w, r, "the host", Things())
}

// peerField checks that the container has what the field says.
func (l *loader) peerField(w word, r Reference, p *peer) bool {
	switch {
	case r.Field == "alias" && !p.hasAlias():
		l.wordError(w, "%s has no alias", p.name)
	case slices.Contains([]string{"", "ipv4", "first.ipv4", "gateway", "fqdn"}, r.Field) && p.isolated():
		if r.Field == "" && p.onHost() {
			return true // the host's own addresses are its
		}
		l.wordError(w, "%s is on network %s and has no %s of its own", p.name, p.ever[0], addressOr(r.Field))
	default:
		return true
	}
	return false
}

func addressOr(field string) string {
	if field == "" {
		return "address"
	}
	return field
}

func (p *peer) hasAlias() bool {
	return p.spec != nil && slices.ContainsFunc(p.spec.Networks, func(a Attachment) bool { return len(a.Aliases) > 0 })
}

// isolated reports whether the peer never has an address that the engine gave it.
func (p *peer) isolated() bool {
	return len(p.ever) > 0 && (p.ever[0] == HostNetwork || p.ever[0] == NoneNetwork)
}

// endpoint checks that the container is on the network that the reference names.
func (l *loader) endpoint(w word, r Reference, p *peer) bool {
	switch {
	case r.Network == HostNetwork || r.Network == NoneNetwork:
		l.wordError(w, "network %s gives no container a %s", r.Network, r.Field)
	case !slices.Contains(p.ever, r.Network):
		l.wordError(w, "%s is not on network %s, nor connected to it by an earlier do step", p.name, r.Network)
	case r.Field == "chosen" && !p.chose(r.Network):
		l.wordError(w, "%s chose no address on network %s", p.name, r.Network)
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
