package probe

// Capture asks for the frames that pass interfaces of the agent's network namespace, in both directions, until it is
// cancelled (packet(7)). It needs NET_RAW. It sends nothing, and what Keep does not name never leaves the agent.
//
// The first answer is its outcome: ok once every interface is heard, denied without NET_RAW, broken where an interface
// is not there. Each further answer is a [Frame].
type Capture struct {
	Name string `json:"name"` // by which a Mark knows it

	// Links are the interfaces to hear, in promiscuous mode: a Linux bridge shows what it forwards between its ports to
	// nobody else. None means all that the namespace has and will have.
	Links []string `json:"links,omitempty"`

	Keep *Keep `json:"keep,omitempty"` // nil keeps all: of a namespace in which only the lab lives
}

// Keep says which frames are the lab's, where others use the same interfaces: those that one of these names.
type Keep struct {
	Subnets []string `json:"subnets,omitempty"` // CIDR; the IP address of either side, or in an ARP or NDP message
	MACs    []string `json:"macs,omitempty"`    // of either side
	Ports   []int    `json:"ports,omitempty"`   // TCP or UDP, of either side
}

// IsEmpty reports whether nothing is kept.
func (k *Keep) IsEmpty() bool { return len(k.Subnets)+len(k.MACs)+len(k.Ports) == 0 }

// A Frame is one that a capture saw. A frame on loopback is told once, as it arrives.
type Frame struct {
	TimeNS int64  `json:"ns"`     // the kernel's CLOCK_REALTIME, nanoseconds since 1970 (SO_TIMESTAMPNS)
	Link   string `json:"link"`   // the interface
	Length int    `json:"length"` // bytes on the wire, Ethernet header included
	Data   []byte `json:"data"`   // the first MaxFrame bytes of it
}

// MaxFrame is how much of a frame a capture keeps, in bytes: all, but for what segmentation offload puts together.
const MaxFrame = 16 << 10

// Mark asks how far a capture is. Before it answers, every frame that the kernel had seen by then has been told, so who
// has got that many has got them all.
//
// The answer is a [Marked] beside an outcome that is always ok.
type Mark struct {
	Capture string `json:"capture"` // its name
}

// Marked is the answer to [Mark].
type Marked struct {
	TimeNS  int64 `json:"ns"`      // the kernel's CLOCK_REALTIME when the mark was set
	Frames  int   `json:"frames"`  // told so far
	Dropped int   `json:"dropped"` // lost, since the queue of a socket was full (PACKET_STATISTICS)
}
