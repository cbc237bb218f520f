package result

// A Place is a network interface at which the lab's frames were captured.
//
// All places of one engine have one clock, that of its kernel. Places of two engines were laid over each other by the
// moment at which each question was asked, which is good to about a round trip between the engines and netlab.
type Place struct {
	Name    string `json:"name"`              // unique in the scenario: "alice eth0", "host docker0"
	Kind    string `json:"kind"`              // one of the place kinds
	Peer    string `json:"peer,omitempty"`    // in whose network namespace it is; "" for the host's own
	Link    string `json:"link"`              // the interface
	Of      string `json:"of,omitempty"`      // the network whose bridge it is, or the wire whose host's end: "web"
	Engine  string `json:"engine"`            // the engine's id
	Frames  int    `json:"frames"`            // captured there
	Dropped int    `json:"dropped,omitempty"` // lost by the kernel, in all places of this namespace
}

// The kinds of place.
const (
	PlaceContainer = "container" // an interface of a lab container
	PlaceMachine   = "machine"   // of a machine outside Docker
	PlaceBridge    = "bridge"    // a network's Linux bridge on the host
	PlaceWire      = "wire"      // the host's end of a wire
	PlaceHost      = "host"      // the host's loopback
)

// A Packet is a frame as it was seen at one place. One that passed several places is there for each of them, with the
// same number, and perhaps with another address: that is what masquerading and published ports do.
type Packet struct {
	Number   int    `json:"number"` // from 1, in each step
	Place    string `json:"place"`  // a Place's name
	US       int64  `json:"us"`     // microseconds since the step's first packet, by the kernel's clock
	Kind     string `json:"kind"`   // one of the packet kinds
	From     string `json:"from"`   // IP address; of ARP the sender's protocol address; else MAC address
	To       string `json:"to"`     // IP address; of ARP the one that is asked for or answered; else MAC address
	FromPort int    `json:"from_port,omitempty"`
	ToPort   int    `json:"to_port,omitempty"`
	Bytes    int    `json:"bytes"` // of the frame, Ethernet header included
	Text     string `json:"text"`  // what it says: "echo request", "A? bob.", "is at 02:42:ac:11:00:03"
}

// The kinds of packet.
const (
	ARPRequest  = "arp-request"
	ARPReply    = "arp-reply"
	NDPRequest  = "ndp-request" // neighbour solicitation
	NDPReply    = "ndp-reply"   // neighbour advertisement
	EchoRequest = "echo-request"
	EchoReply   = "echo-reply"
	ICMPError   = "icmp-error" // unreachable, time exceeded, too big
	DNSQuestion = "dns-question"
	DNSAnswer   = "dns-answer"
	TCPSYN      = "tcp-syn"
	TCPSYNACK   = "tcp-syn-ack"
	TCPData     = "tcp-data"
	TCPACK      = "tcp-ack" // nothing else in it
	TCPFIN      = "tcp-fin"
	TCPRST      = "tcp-rst"
	UDPData     = "udp-data"
	OtherPacket = "other"
)

// PlaceKinds lists the kinds of place.
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
