package probe

// Drops asks which packets the kernel drops in any network namespace, and why, until it is canceled: those of a [Reach]
// and the answers to them, or all that have to do with Subnets. Only the witness answers it, which needs BPF and
// PERFMON. All other packets are left out in the kernel already.
//
// The first answer is its outcome: ok once it watches; denied; or broken, where Detail says what the kernel lacks. Each
// further answer is a [Dropped].
type Drops struct {
	Network   string   `json:"network,omitempty"`   // tcp or udp
	Sequence  uint32   `json:"sequence,omitempty"`  // for TCP, of the SYN
	Ports     []int    `json:"ports,omitempty"`     // for UDP, which has no number: to one of these ports,
	Addresses []string `json:"addresses,omitempty"` // and from or to one of these addresses

	Subnets []string `json:"subnets,omitempty"` // CIDR: from or to one of these, of any protocol
	Name    string   `json:"name,omitempty"`    // identifies it in a Mark, which counts a Dropped as a frame
}

// A Dropped is a packet that the kernel dropped, with its own reason.
type Dropped struct {
	Reason    string `json:"reason"`              // of enum skb_drop_reason, without its prefix: NETFILTER_DROP
	NetNS     string `json:"netns,omitempty"`     // "net:[4026531840]", as in fact.Stack; "" if the packet had no device
	Interface string `json:"interface,omitempty"` // its device, as it is called in that namespace
	Way       string `json:"way,omitempty"`       // WayIn, WayOut, or "" if it was in between: forwarded, or bridged
	Arrived   int    `json:"arrived,omitempty"`   // if in between: the index of the device where it entered the namespace
	Reply     bool   `json:"reply,omitempty"`     // it is an answer of TCP's

	Packet Header `json:"packet"`
}

// A Header is what a packet's headers say.
type Header struct {
	Kind   string `json:"kind"`   // SYN, SYN-ACK, RST, segment, datagram, echo request, echo reply, ICMP, or packet
	From   string `json:"from"`   // an address, with the port of TCP and UDP
	To     string `json:"to"`     // likewise
	Length int    `json:"length"` // bytes of the IP packet
	Number int    `json:"number"` // of the protocol: 6 is TCP
}

// What a dropped packet had to do with its interface.
const (
	WayIn  = "in"  // it had come from it
	WayOut = "out" // it was on its way to it
)

// The kinds of packet that questions consist of, and their answers.
const (
	PacketSYN         = "SYN"
	PacketSYNACK      = "SYN-ACK"
	PacketRST         = "RST"
	PacketSegment     = "segment" // any other of TCP's
	PacketDatagram    = "datagram"
	PacketEchoRequest = "echo request"
	PacketEchoReply   = "echo reply"
	PacketICMP        = "ICMP message" // any other
	PacketOther       = "packet"
)

// PacketKinds returns them.
func PacketKinds() []string {
	return []string{
		PacketSYN, PacketSYNACK, PacketRST, PacketSegment, PacketDatagram, PacketEchoRequest, PacketEchoReply, PacketICMP,
		PacketOther,
	}
}

// A Loss is what the kernel said about the packets of a question, or about the answers to them, that it dropped for the
// same reason at the same place.
type Loss struct {
	Reason    string `json:"reason"`              // as in Dropped
	Packet    string `json:"packet"`              // one of the kinds above
	Reply     bool   `json:"reply,omitempty"`     // they are answers
	Namespace string `json:"namespace,omitempty"` // the peer or host whose network namespace it was; "" for another
	Interface string `json:"interface,omitempty"` // as in Dropped
	Way       string `json:"way,omitempty"`       // as in Dropped
	Packets   int    `json:"packets"`
}
