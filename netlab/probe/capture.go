package probe

// Capture asks for the frames on interfaces of the agent's network namespace, in both directions, until it is
// canceled (packet(7)). It needs NET_RAW. It sends nothing, and frames that Keep does not name never leave the agent.
//
// The first answer is its outcome: ok once it captures on every interface; denied without NET_RAW; broken if an
// interface does not exist. Each further answer is a [Frame].
type Capture struct {
	Name string `json:"name"` // identifies it in a Mark

	// Links are the interfaces to capture on, in promiscuous mode: frames that a Linux bridge forwards between its
	// ports are only visible in this mode. An empty list means all interfaces of the namespace, now and later. Frames
	// without an Ethernet header, as those of a tunnel, are left out.
	Links []string `json:"links,omitempty"`

	Keep *Keep `json:"keep,omitempty"` // nil keeps everything, for a namespace that only the lab uses
}

// Keep selects the lab's frames if others use the same interfaces: a frame is kept if any of these fields matches.
type Keep struct {
	Subnets []string `json:"subnets,omitempty"` // CIDR; of an IP address of either side, or in ARP or NDP
	MACs    []string `json:"macs,omitempty"`    // of either side
	Ports   []int    `json:"ports,omitempty"`   // TCP or UDP, of either side
}

// IsEmpty reports whether k keeps nothing.
func (k *Keep) IsEmpty() bool { return len(k.Subnets)+len(k.MACs)+len(k.Ports) == 0 }

// A Frame is a captured frame. A frame on loopback is only reported once, when it arrives.
type Frame struct {
	TimeNS int64  `json:"ns"`     // the kernel's CLOCK_REALTIME, nanoseconds since 1970 (SO_TIMESTAMPNS)
	Link   string `json:"link"`   // the interface
	Length int    `json:"length"` // bytes on the link, including the Ethernet header
	Data   []byte `json:"data"`   // its first MaxFrame bytes
}

// A Sighting is a frame at one capture point. The frame's time is by the clock of the first engine.
type Sighting struct {
	Place string // its name
	Peer  string // the peer whose network namespace it is in; "" for the host's
	Frame Frame
}

// MaxFrame is how much of a frame a capture keeps, in bytes. Only frames that segmentation offload puts together are
// longer.
const MaxFrame = 16 << 10

// Mark asks how far a capture is. Before it answers, the agent has sent every frame that the kernel had seen so far,
// so a client that has received that many frames has them all.
//
// The answer is a [Marked] next to an outcome that is always ok.
type Mark struct {
	Capture string `json:"capture"` // its name
}

// Marked is the answer to [Mark].
type Marked struct {
	TimeNS  int64 `json:"ns"`      // the kernel's CLOCK_REALTIME when the mark was set
	Frames  int   `json:"frames"`  // sent so far
	Dropped int   `json:"dropped"` // lost because a socket's queue was full (PACKET_STATISTICS)
}
