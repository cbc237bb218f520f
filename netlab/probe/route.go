package probe

// RouteGet asks the kernel where it would send a packet to an address, without sending one (ip route get). Routing
// rules count. With From and In, it is a packet that another machine or a container sent, and that came in by an
// interface.
//
// Outcome: ok, with Path; net-unreachable (no route); host-unreachable (a route of the kind unreachable, or In does not
// forward); denied (a route of the kind prohibit or blackhole, or a source that cannot come in by In). Detail has the
// errno, and Value is one of the constants of ways.
type RouteGet struct {
	To   string `json:"to"`
	From string `json:"from,omitempty"` // its source; "" for the host's own choice
	In   string `json:"in,omitempty"`   // the interface it came in by; "" for a packet of the host itself
}
