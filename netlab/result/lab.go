package result

import "netlab/netlab/fact"

// What a lab consists of.
type (
	Peer    = fact.Peer
	Wire    = fact.Wire
	Service = fact.Service
	Place   = fact.Place
	Objects = fact.Objects
)

// The roles of peers.
const (
	RoleUpstream = fact.RoleUpstream
	RoleMachine  = fact.RoleMachine
)

// The kinds of capture point.
const (
	PlaceContainer = fact.PlaceContainer
	PlaceMachine   = fact.PlaceMachine
	PlaceBridge    = fact.PlaceBridge
	PlaceWire      = fact.PlaceWire
	PlaceHost      = fact.PlaceHost
)

// PlaceKinds lists the kinds of capture point.
func PlaceKinds() []string { return fact.PlaceKinds() }
