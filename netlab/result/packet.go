package result

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

// PacketKinds lists the kinds of packet.
func PacketKinds() []string {
	return []string{
		ARPRequest, ARPReply, NDPRequest, NDPReply, EchoRequest, EchoReply, ICMPError, DNSQuestion, DNSAnswer,
		TCPSYN, TCPSYNACK, TCPData, TCPACK, TCPFIN, TCPRST, UDPData, OtherPacket,
	}
}
