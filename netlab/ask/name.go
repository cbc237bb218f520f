package ask

import (
	"fmt"
	"net/netip"

	"netlab/netlab/fact"
)

// A Reference names one thing in a lab: alice.web.ipv4, web.mtu, engine.version, bob. The list of what can be named
// is closed and is checked when a file is loaded.
//
//	PEER                   the peer's address as the asker reaches it: on a network they share, else its first
//	PEER.FIELD             fields of PeerFields
//	PEER.NETWORK.FIELD     fields of EndpointFields
//	NETWORK.FIELD          fields of NetworkFields
//	WIRE.FIELD             fields of WireFields
//	IMAGE.FIELD            fields of ImageFields
//	SERVICE.FIELD          fields of ServiceFields
//	docker_gwbridge.FIELD  fields of NetworkFields, if there is an overlay network
//	engine.FIELD           fields of EngineFields
//	localhost              the name, resolved by the asker
type Reference struct {
	Head    string `json:"head,omitempty"`    // a peer, a network, a link, an image, a service, "engine" or "localhost"
	Network string `json:"network,omitempty"` // of PEER.NETWORK.FIELD
	Field   string `json:"field,omitempty"`
}

// The heads of references that every lab has.
const (
	Host       = "host"      // the engine's host, seen by a helper in host network mode
	Upstream   = "upstream"  // the lab's own upstream DNS server, if the scenario has one
	Localhost  = "localhost" // what the asker's own resolver answers for that name
	EngineHead = "engine"    // the engine's own facts
)

// GatewayBridge is the head of references to docker_gwbridge. The engine attaches containers on overlay networks to it.
// A scenario with such a network can name the bridge, but cannot attach a container to it.
const GatewayBridge = fact.GatewayBridge

// IsZero reports whether r names nothing.
func (r Reference) IsZero() bool { return r == Reference{} }

// String returns r as written in a file.
func (r Reference) String() string {
	s := r.Head
	if r.Network != "" {
		s += "." + r.Network
	}
	if r.Field != "" {
		s += "." + r.Field
	}
	return s
}

// IsName reports whether a resolver can look up what r names.
func (r Reference) IsName() bool { return Find(AllFields(), r.Field).IsName }

// IsAddress reports whether r is one address. A peer alone is its own address, as the asker reaches it.
func (r Reference) IsAddress() bool {
	return r.Head != EngineHead && (r.Field == "" || Find(AllFields(), r.Field).IsAddress)
}

// A Target is what a question reaches: a reference or a literal. The zero Target is none.
type Target struct {
	Ref     Reference `json:"ref,omitzero"`
	Literal string    `json:"literal,omitempty"` // an address or a name, exactly as given
}

// A Value is what an outcome is compared with: likewise a reference or a literal.
type Value = Target

// PeerTarget is the target that a peer's name stands for.
func PeerTarget(name string) Target { return Target{Ref: Reference{Head: name}} }

// IsZero reports whether t is none.
func (t Target) IsZero() bool { return t == Target{} }

// String returns the target's reference or literal, or "".
func (t Target) String() string {
	if t.Literal != "" {
		return t.Literal
	}
	return t.Ref.String()
}

// NeedsResolver reports whether reaching the target begins with a question to a DNS server.
func (t Target) NeedsResolver() bool {
	return t.Literal != "" && !IsAddress(t.Literal) || t.Ref.IsName()
}

// IsAddress reports whether a literal is an address or a subnet.
func IsAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	if err != nil {
		_, err = netip.ParsePrefix(s)
	}
	return err == nil
}

// A Use is what a target is used for, and so which targets are possible. References to peers always are.
type Use struct {
	Verb      string
	Names     bool // a resolver looks it up
	Addresses bool
}

// ForReach is the use of what is connected to in any way.
func ForReach() Use { return Use{Verb: "reached", Names: true, Addresses: true} }

// A Port is a transport protocol and a number. Number 0 means a free port that is open for its question only.
type Port struct {
	Network string `json:"network"` // tcp or udp
	Number  int    `json:"number,omitempty"`
}

// Docker returns the port in docker's notation: 8080/tcp.
func (p Port) Docker() string { return fmt.Sprintf("%d/%s", p.Number, p.Network) }

// String returns the port as written in a file: tcp/8080 or tcp/free.
func (p Port) String() string {
	if p.Number == 0 {
		return p.Network + "/free"
	}
	return fmt.Sprintf("%s/%d", p.Network, p.Number)
}
