package result

// A Place is a capture point: a network interface where the lab's frames were captured.
//
// All capture points of one engine share a clock, that of its kernel. Capture points of two engines were aligned by
// the time at which each question was asked, which is accurate to about one round trip between the engines and
// netlab.
type Place struct {
	Name    string `json:"name"`              // unique in the scenario: "alice eth0", "host docker0"
	Kind    string `json:"kind"`              // one of the kinds of capture point
	Peer    string `json:"peer,omitempty"`    // the peer whose network namespace it is in; "" for the host's own
	Link    string `json:"link"`              // the interface
	Of      string `json:"of,omitempty"`      // the network whose bridge it is, or the link whose host end it is: "web"
	Engine  string `json:"engine"`            // the engine's id
	Frames  int    `json:"frames"`            // captured there
	Dropped int    `json:"dropped,omitempty"` // lost by the kernel, at all capture points in this namespace
}

// The kinds of capture point.
const (
	PlaceContainer = "container" // an interface of a lab container
	PlaceMachine   = "machine"   // an interface of an outside computer
	PlaceBridge    = "bridge"    // a network's Linux bridge on the host
	PlaceWire      = "wire"      // the host's end of a link
	PlaceHost      = "host"      // the host's loopback
)

// A Packet is a frame as seen at one capture point. A frame that passed several capture points is listed for each of
// them, with the same number and perhaps with a different address: masquerading and published ports change addresses.
type Packet struct {
	Number   int    `json:"number"` // from 1, in each step
	Place    string `json:"place"`  // the name of a Place
	US       int64  `json:"us"`     // microseconds since the step's first packet, by the kernel's clock
	Kind     string `json:"kind"`   // one of the packet kinds
	From     string `json:"from"`   // IP address; for ARP the sender's protocol address; otherwise MAC address
	To       string `json:"to"`     // IP address; for ARP the address in question; otherwise MAC address
	FromPort int    `json:"from_port,omitempty"`
	ToPort   int    `json:"to_port,omitempty"`
	Bytes    int    `json:"bytes"` // size of the frame, including the Ethernet header
	Text     string `json:"text"`  // what it says: "echo request", "A? bob.", "is at 02:42:ac:11:00:03"
}

// The kinds of packet.
const (
	ARPRequest  = "arp-request"
	ARPReply    = "arp-reply"
	NDPRequest  = "ndp-request" // neighbor solicitation
	NDPReply    = "ndp-reply"   // neighbor advertisement
	EchoRequest = "echo-request"
	EchoReply   = "echo-reply"
	ICMPError   = "icmp-error" // unreachable, time exceeded, too big
	DNSQuestion = "dns-question"
	DNSAnswer   = "dns-answer"
	TCPSYN      = "tcp-syn"
	TCPSYNACK   = "tcp-syn-ack"
	TCPData     = "tcp-data"
	TCPACK      = "tcp-ack" // with nothing else in it
	TCPFIN      = "tcp-fin"
	TCPRST      = "tcp-rst"
	UDPData     = "udp-data"
	OtherPacket = "other"
)

// PlaceKinds lists the kinds of capture point.
func PlaceKinds() []string {
	return []string{PlaceContainer, PlaceMachine, PlaceBridge, PlaceWire, PlaceHost}
}

// PacketKinds lists the kinds of packet.
func PacketKinds() []string {
	return []string{
		ARPRequest, ARPReply, NDPRequest, NDPReply, EchoRequest, EchoReply, ICMPError, DNSQuestion, DNSAnswer,
		TCPSYN, TCPSYNACK, TCPData, TCPACK, TCPFIN, TCPRST, UDPData, OtherPacket,
	}
}
