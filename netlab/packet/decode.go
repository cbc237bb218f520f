package packet

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// dockerDNS is where Docker's embedded DNS server answers, inside a container. The port is 53 to who asks; on loopback
// the engine's rules have changed it already.
const dockerDNS = "127.0.0.11"

// A message is what one frame says.
type message struct {
	result.Packet

	key          string // the same wherever this packet is seen, also with another address
	ttl          uint8  // of IP: hops that are left
	local        bool   // on loopback
	toMany       bool   // broadcast or multicast
	housekeeping bool   // no question causes it
}

// read reads a frame. What it cannot read is of the kind other.
func read(f probe.Frame) message {
	p := gopacket.NewPacket(f.Data, layers.LayerTypeEthernet, gopacket.DecodeOptions{NoCopy: true})
	m := message{local: f.Link == "lo"}
	m.Kind = result.OtherPacket
	if e, ok := p.LinkLayer().(*layers.Ethernet); ok {
		m.From, m.To, m.Text = e.SrcMAC.String(), e.DstMAC.String(), e.EthernetType.String()
		m.toMany = len(e.DstMAC) > 0 && e.DstMAC[0]&1 != 0
	}
	for _, l := range p.Layers() {
		switch l := l.(type) {
		case *layers.ARP:
			m.arp(l)
		case *layers.IPv4:
			m.From, m.To, m.Text = l.SrcIP.String(), l.DstIP.String(), l.Protocol.String()
			if l.FragOffset > 0 {
				m.Text = "another fragment"
			}
			m.ttl = l.TTL
			m.key = fmt.Sprint("ip", l.Id, l.FragOffset, l.Protocol)
		case *layers.IPv6:
			m.From, m.To, m.Text = l.SrcIP.String(), l.DstIP.String(), l.NextHeader.String()
			m.ttl = l.HopLimit
			m.key = fmt.Sprint("ip6", l.FlowLabel, l.Length, l.NextHeader, m.From, m.To)
		case *layers.ICMPv4:
			m.icmp(l)
		case *layers.ICMPv6:
			m.icmp6(l)
		case *layers.TCP:
			m.tcp(l)
		case *layers.UDP:
			m.udp(l)
		}
	}
	// IGMP and multicast DNS; of IPv6 also what finds routers and says who listens to which group.
	to, err := netip.ParseAddr(m.To)
	m.housekeeping = m.housekeeping || m.Kind == result.OtherPacket && m.toMany || err == nil && to.IsMulticast() &&
		m.Kind == result.UDPData
	return m
}

func (m *message) arp(a *layers.ARP) {
	m.From, m.To = net.IP(a.SourceProtAddress).String(), net.IP(a.DstProtAddress).String()
	switch a.Operation {
	case layers.ARPRequest:
		m.Kind, m.Text = result.ARPRequest, "who has "+m.To+"?"
		m.housekeeping = m.From == m.To // an announcement (RFC 5227, 3), which the engine makes of a new address too
	case layers.ARPReply:
		m.Kind, m.Text = result.ARPReply, m.From+" is at "+net.HardwareAddr(a.SourceHwAddress).String()
	}
	m.key = fmt.Sprint("arp", a.Operation, m.From, m.To, a.SourceHwAddress)
}

func (m *message) icmp(i *layers.ICMPv4) {
	t := i.TypeCode
	switch t.Type() {
	case layers.ICMPv4TypeEchoRequest:
		m.Kind, m.Text = result.EchoRequest, "echo request"
	case layers.ICMPv4TypeEchoReply:
		m.Kind, m.Text = result.EchoReply, "echo reply"
	case layers.ICMPv4TypeDestinationUnreachable, layers.ICMPv4TypeTimeExceeded:
		m.Kind, m.Text = result.ICMPError, icmpWords(t)
		m.key = "icmp error " + string(quoted(i.Payload, 4, 6)) + t.String()
		return
	default:
		m.Kind, m.Text, m.housekeeping = result.OtherPacket, "ICMP "+t.String(), t.Type() == layers.ICMPv4TypeRedirect
	}
	m.key = fmt.Sprint("icmp", t, i.Id, i.Seq, len(i.Payload))
}

// quoted is a part of the packet that an ICMP error quotes: what address translation does not touch.
func quoted(payload []byte, from, to int) []byte {
	if len(payload) < to {
		return payload
	}
	return payload[from:to]
}

func icmpWords(t layers.ICMPv4TypeCode) string {
	if t.Type() == layers.ICMPv4TypeTimeExceeded {
		return "ICMP: time to live is over"
	}
	switch t.Code() {
	case layers.ICMPv4CodeNet:
		return "ICMP: net unreachable"
	case layers.ICMPv4CodeHost:
		return "ICMP: host unreachable"
	case layers.ICMPv4CodePort:
		return "ICMP: port unreachable"
	case layers.ICMPv4CodeFragmentationNeeded:
		return "ICMP: too big"
	case layers.ICMPv4CodeNetAdminProhibited, layers.ICMPv4CodeHostAdminProhibited, layers.ICMPv4CodeCommAdminProhibited:
		return "ICMP: prohibited"
	}
	return fmt.Sprintf("ICMP: unreachable, code %d", t.Code())
}

func (m *message) icmp6(i *layers.ICMPv6) {
	t, body := i.TypeCode, i.Payload
	switch t.Type() {
	case layers.ICMPv6TypeEchoRequest:
		m.Kind, m.Text = result.EchoRequest, "echo request"
	case layers.ICMPv6TypeEchoReply:
		m.Kind, m.Text = result.EchoReply, "echo reply"
	case layers.ICMPv6TypeNeighborSolicitation:
		target := addressAt(body, 4)
		m.Kind, m.Text = result.NDPRequest, "who has "+target+"?"
		m.housekeeping = m.From == "::" // duplicate address detection (RFC 4862, 5.4)
		m.To = target
	case layers.ICMPv6TypeNeighborAdvertisement:
		m.From = addressAt(body, 4)
		m.Kind, m.Text = result.NDPReply, m.From+" is here"
		if len(body) >= 28 && body[20] == 2 { // option 2, the target's link-layer address (RFC 4861, 4.6.1)
			m.Text = m.From + " is at " + net.HardwareAddr(body[22:28]).String()
		}
	case layers.ICMPv6TypeDestinationUnreachable, layers.ICMPv6TypePacketTooBig, layers.ICMPv6TypeTimeExceeded:
		m.Kind, m.Text = result.ICMPError, icmp6Words(t)
	default:
		m.Kind, m.Text, m.housekeeping = result.OtherPacket, "ICMPv6 "+t.String(), true
	}
	length := min(len(body), 16)
	m.key = fmt.Sprint("icmp6", t, len(body), body[:length])
}

func addressAt(body []byte, at int) string {
	if len(body) < at+16 {
		return "?"
	}
	return net.IP(body[at : at+16]).String()
}

func icmp6Words(t layers.ICMPv6TypeCode) string {
	switch {
	case t.Type() == layers.ICMPv6TypePacketTooBig:
		return "ICMPv6: too big"
	case t.Type() == layers.ICMPv6TypeTimeExceeded:
		return "ICMPv6: hop limit is over"
	case t.Code() == layers.ICMPv6CodeNoRouteToDst:
		return "ICMPv6: no route"
	case t.Code() == layers.ICMPv6CodeAddressUnreachable:
		return "ICMPv6: address unreachable"
	case t.Code() == layers.ICMPv6CodePortUnreachable:
		return "ICMPv6: port unreachable"
	case t.Code() == layers.ICMPv6CodeAdminProhibited:
		return "ICMPv6: prohibited"
	}
	return fmt.Sprintf("ICMPv6: unreachable, code %d", t.Code())
}

func (m *message) tcp(t *layers.TCP) {
	m.FromPort, m.ToPort = int(t.SrcPort), int(t.DstPort)
	carries := ""
	if n := len(t.Payload); n > 0 {
		carries = fmt.Sprintf(", %d bytes", n)
	}
	switch {
	case t.RST:
		m.Kind, m.Text = result.TCPRST, "RST"
	case t.SYN && t.ACK:
		m.Kind, m.Text = result.TCPSYNACK, "SYN-ACK"
	case t.SYN:
		m.Kind, m.Text = result.TCPSYN, "SYN"
	case t.FIN:
		m.Kind, m.Text = result.TCPFIN, "FIN"+carries
	case len(t.Payload) > 0:
		m.Kind, m.Text = result.TCPData, "data"+carries
	default:
		m.Kind, m.Text = result.TCPACK, "ACK"
	}
	m.key = fmt.Sprint("tcp", t.Seq, t.Ack, t.SYN, t.ACK, t.FIN, t.RST, len(t.Payload))
}

func (m *message) udp(u *layers.UDP) {
	m.FromPort, m.ToPort = int(u.SrcPort), int(u.DstPort)
	m.Kind, m.Text = result.UDPData, fmt.Sprintf("datagram, %d bytes", len(u.Payload))
	m.key = "udp" + string(u.Payload)
	dns := u.SrcPort == 53 || u.DstPort == 53 || m.From == dockerDNS || m.To == dockerDNS
	if d, ok := readDNS(u.Payload); ok && dns {
		m.Kind, m.Text = result.DNSQuestion, "DNS: "+question(d)+"?"
		if d.QR {
			m.Kind, m.Text = result.DNSAnswer, "DNS: "+answer(d)
		}
	}
}

// readDNS reads a DNS message; it may be anything, and the decoder may stumble over it.
func readDNS(payload []byte) (d *layers.DNS, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	d = &layers.DNS{}
	err := d.DecodeFromBytes(payload, gopacket.NilDecodeFeedback)
	return d, err == nil && len(d.Questions) == 1
}

// question is "A bob".
func question(d *layers.DNS) string {
	q := d.Questions[0]
	return q.Type.String() + " " + strings.TrimSuffix(string(q.Name), ".")
}

// answer is "bob is 172.17.0.3", or why there is none.
func answer(d *layers.DNS) string {
	name := strings.TrimSuffix(string(d.Questions[0].Name), ".")
	switch d.ResponseCode {
	case layers.DNSResponseCodeNoErr:
	case layers.DNSResponseCodeNXDomain:
		return "NXDOMAIN, no " + name
	case layers.DNSResponseCodeServFail:
		return "SERVFAIL"
	case layers.DNSResponseCodeRefused:
		return "REFUSED"
	default:
		return fmt.Sprintf("rcode %d", d.ResponseCode)
	}
	var found []string
	for _, a := range d.Answers {
		switch {
		case a.IP != nil:
			found = append(found, a.IP.String())
		case len(a.PTR) > 0:
			found = append(found, string(a.PTR))
		}
	}
	if len(found) == 0 {
		return "no " + question(d)
	}
	return name + " is " + strings.Join(found, ", ")
}
