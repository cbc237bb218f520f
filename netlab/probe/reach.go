package probe

// Reach asks whether a port answers, without opening a connection or sending a byte to it. For TCP it sends a SYN from
// a raw socket. The asker's own kernel answers a SYN-ACK with a RST, because it has no socket for it, so the server
// never accepts a connection (RFC 9293, 3.10.7.1). For UDP it sends an empty datagram. It needs NET_RAW for TCP.
//
// Outcome: ok, if a SYN-ACK or a datagram arrived; refused; net-unreachable; host-unreachable (Detail says whether it
// came from the asker's own ARP or in an ICMP message, and from which address); timeout; denied; or broken. Path is
// set unless there is no route. Then Value is one of the constants of ways below.
type Reach struct {
	Network  string `json:"network"` // tcp or udp
	Address  string `json:"address"`
	Port     int    `json:"port"`
	Sequence uint32 `json:"sequence,omitempty"` // of the SYN, by which [Arrivals] recognizes it behind any NAT
	Count    int    `json:"count,omitempty"`    // packets to send while nothing answers; 0 means 1
	EveryMS  int    `json:"every_ms,omitempty"` // between two of them
	Reset    bool   `json:"reset,omitempty"`    // for TCP: send a RST after a silence, in case only the answer was lost
	WaitMS   int    `json:"wait_ms,omitempty"`  // after the last one, if the next hop has answered ARP or NDP
	Via      *Via   `json:"via,omitempty"`      // send this way, and not as the routing and neighbor tables say
}

// A Via is a way out of a network namespace, for TCP: over IPv4 through a gateway, or to the MAC address of a machine
// on the link.
type Via struct {
	Link    string `json:"link"`
	Gateway string `json:"gateway,omitempty"`
	MAC     string `json:"mac,omitempty"`
}

// Why a kernel knows no way for a packet.
const (
	WayNone        = "none"        // no route, not even a default route
	WayUnreachable = "unreachable" // a route says so
	WayBlackhole   = "blackhole"   // a route says to drop it
	WayProhibit    = "prohibit"    // a route says that it is forbidden
	WaySpoofed     = "spoofed"     // rp_filter: the sender would not be answered through the interface it came by.
	// From Linux 6.13 on the kernel says the same of it as of a blackhole, so it is WayBlackhole there.
)

// A Path is how the packets of a [Reach] left the asker, or those of a [RouteGet] would.
type Path struct {
	Link     string `json:"link"`               // the interface on the route
	Source   string `json:"source"`             // the asker's address
	Gateway  string `json:"gateway,omitempty"`  // the next hop, if it is a router
	MAC      string `json:"mac,omitempty"`      // of the next hop
	Neighbor string `json:"neighbor,omitempty"` // its state as in fact.Neighbor; "" where no neighbor is needed
	Sent     int    `json:"sent"`               // packets
	Table    int    `json:"table,omitempty"`    // the routing table that has the route; only for a RouteGet
}

// Arrivals asks which packets of a [Reach] an agent's network namespace sees, until it is canceled. It needs NET_RAW,
// and it reads packet headers only.
//
// The first answer is its outcome: ok once it watches, denied or broken. Each further answer is a [Seen], where What is
// one of the constants below.
type Arrivals struct {
	Network  string `json:"network"` // tcp or udp
	Port     int    `json:"port"`    // for UDP, whose empty datagrams have no number
	Sequence uint32 `json:"sequence,omitempty"`
	Passing  bool   `json:"passing,omitempty"` // also for TCP: requests that leave and replies that arrive, as at a router
	VXLAN    int    `json:"vxlan,omitempty"`   // for TCP: only what is in frames of this VXLAN ID, between hosts
}

// PortVXLAN is the UDP port by which hosts send each other the frames of a VXLAN (RFC 7348), unless the swarm was given
// another.
const PortVXLAN = 4789

// What Arrivals sees.
const (
	RequestArrived = "request" // a SYN or an empty datagram arrived
	ReplyLeft      = "reply"   // a SYN-ACK or RST left

	RequestLeft  = "request-left"  // if Passing
	ReplyArrived = "reply-arrived" // if Passing
)
