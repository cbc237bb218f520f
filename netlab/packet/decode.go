package packet

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// The numbers that identify the contents of a frame, a packet or a message: EtherTypes, IP protocols, ICMP types and
// TCP flags, as listed by IANA.
const (
	etherIPv4, etherARP, etherIPv6 = 0x0800, 0x0806, 0x86dd

	protocolICMP, protocolTCP, protocolUDP, protocolICMPv6   = 1, 6, 17, 58
	hopByHop, routingHeader, fragmentHeader, destinationOpts = 0, 43, 44, 60

	icmpEchoReply, icmpUnreachable, icmpRedirect, icmpEcho, icmpTimeExceeded = 0, 3, 5, 8, 11

	icmp6Unreachable, icmp6TooBig, icmp6TimeExceeded = 1, 2, 3
	icmp6Echo, icmp6EchoReply                        = 128, 129
	icmp6Solicitation, icmp6Advertisement            = 135, 136

	flagFIN, flagSYN, flagRST, flagACK = 1, 2, 4, 16
)

// A message is the content of one frame.
type message struct {
	result.Packet

	key          string // the same wherever this packet is seen, even with another address
	ttl          uint8  // of the IP header: hops left
	local        bool   // on loopback
	toMany       bool   // broadcast or multicast
	housekeeping bool   // not caused by a question
}

// read decodes a frame. If it cannot, the kind is other.
func read(f probe.Frame) message {
	const header = 14
	m := message{local: f.Link == "lo"}
	m.Kind, m.Text, m.key = result.OtherPacket, "too short for a frame", string(f.Data)
	if len(f.Data) < header {
		return m
	}
	m.From, m.To = net.HardwareAddr(f.Data[6:12]).String(), net.HardwareAddr(f.Data[:6]).String()
	m.toMany = f.Data[0]&1 != 0
	body := f.Data[header:]
	switch kind := be16(f.Data, 12); kind {
	case etherARP:
		m.arp(body)
	case etherIPv4:
		m.ipv4(body)
	case etherIPv6:
		m.ipv6(body)
	default:
		m.Text = fmt.Sprintf("EtherType %#04x", kind)
	}
	if m.Kind == result.OtherPacket || m.Kind == result.UDPData {
		m.housekeeping = m.housekeeping || m.toMany // IGMP, multicast DNS, bridge protocols
	}
	return m
}

// be16 returns the two bytes at an offset as a number, or 0 past the end.
func be16(b []byte, at int) uint16 {
	if len(b) < at+2 {
		return 0
	}
	return binary.BigEndian.Uint16(b[at:])
}

// be32 does the same for four bytes.
func be32(b []byte, at int) uint32 { return uint32(be16(b, at))<<16 | uint32(be16(b, at+2)) }

// part returns length bytes at an offset, or as many of them as there are.
func part(b []byte, at, length int) []byte {
	at = min(at, len(b))
	return b[at:min(at+length, len(b))]
}

// from returns everything after an offset.
func from(b []byte, at int) []byte { return b[min(at, len(b)):] }

func address(b []byte) string {
	a, ok := netip.AddrFromSlice(b)
	if !ok {
		return "?"
	}
	return a.String()
}

// arp decodes an ARP message about IPv4 on Ethernet (RFC 826).
func (m *message) arp(b []byte) {
	const asks, answers = 1, 2
	m.From, m.To = address(part(b, 14, 4)), address(part(b, 24, 4))
	switch be16(b, 6) {
	case asks:
		m.Kind, m.Text = result.ARPRequest, "who has "+m.To+"?"
		m.housekeeping = m.From == m.To // an announcement (RFC 5227, 3), which the engine also sends for a new address
	case answers:
		m.Kind, m.Text = result.ARPReply, m.From+" is at "+net.HardwareAddr(part(b, 8, 6)).String()
	}
	m.key = "arp " + string(part(b, 6, 22))
}

// ipv4 decodes an IPv4 packet (RFC 791).
func (m *message) ipv4(b []byte) {
	const least, offset = 20, 1<<13 - 1
	if len(b) < least {
		m.Text = "too short for IPv4"
		return
	}
	m.From, m.To, m.ttl = address(b[12:16]), address(b[16:20]), b[8]
	if total := int(be16(b, 2)); total >= least { // the rest is padding
		b = part(b, 0, total)
	}
	m.key = "ip " + string(b[4:10])
	if be16(b, 6)&offset != 0 {
		m.Text = "another fragment"
		return
	}
	m.above(b[9], from(b, max(int(b[0]&0x0f)*4, least)))
}

// ipv6 decodes an IPv6 packet and the extension headers that may precede its payload (RFC 8200).
func (m *message) ipv6(b []byte) {
	const header = 40
	if len(b) < header {
		m.Text = "too short for IPv6"
		return
	}
	m.From, m.To, m.ttl = address(b[8:24]), address(b[24:40]), b[7]
	next, body := b[6], part(b, header, int(be16(b, 4)))
	m.key = "ip6 " + string(body)
	for len(body) >= 8 {
		switch next {
		case hopByHop, routingHeader, destinationOpts:
			next, body = body[0], from(body, 8+int(body[1])*8)
			continue
		case fragmentHeader:
			if be16(body, 2)>>3 != 0 {
				m.Text = "another fragment"
				return
			}
			next, body = body[0], body[8:]
			continue
		}
		break
	}
	m.above(next, body)
}

// above decodes the payload of an IP packet.
func (m *message) above(protocol byte, b []byte) {
	switch protocol {
	case protocolICMP:
		m.icmp(b)
	case protocolICMPv6:
		m.icmp6(b)
	case protocolTCP:
		m.tcp(b)
	case protocolUDP:
		m.udp(b)
	default:
		m.Text = fmt.Sprintf("IP protocol %d", protocol)
	}
}

// icmp decodes an ICMP message (RFC 792).
func (m *message) icmp(b []byte) {
	const header = 8
	if len(b) < header {
		m.Text = "too short for ICMP"
		return
	}
	kind, code := b[0], b[1]
	m.key = fmt.Sprint("icmp ", kind, code, be16(b, 4), be16(b, 6), len(b))
	switch kind {
	case icmpEcho:
		m.Kind, m.Text = result.EchoRequest, "echo request"
	case icmpEchoReply:
		m.Kind, m.Text = result.EchoReply, "echo reply"
	case icmpUnreachable:
		m.Kind, m.Text = result.ICMPError, "ICMP: "+unreachable(code)
	case icmpTimeExceeded:
		m.Kind, m.Text = result.ICMPError, "ICMP: time to live is over"
	default:
		m.Text, m.housekeeping = fmt.Sprintf("ICMP type %d", kind), kind == icmpRedirect
	}
	if m.Kind == result.ICMPError { // it quotes a packet, whose identification address translation does not change
		m.key = fmt.Sprint("icmp error ", kind, code, be16(b, header+4), len(b))
	}
}

// unreachable describes the code of a "destination unreachable" (RFC 792, RFC 1812, 5.2.7.1).
func unreachable(code byte) string {
	switch code {
	case 0:
		return "net unreachable"
	case 1:
		return "host unreachable"
	case 3:
		return "port unreachable"
	case 4:
		return "too big"
	case 9, 10, 13:
		return "prohibited"
	}
	return fmt.Sprintf("unreachable, code %d", code)
}

// icmp6 decodes an ICMPv6 message (RFC 4443) or a neighbor discovery message (RFC 4861).
func (m *message) icmp6(b []byte) {
	if len(b) < 4 {
		m.Text = "too short for ICMPv6"
		return
	}
	kind, code := b[0], b[1]
	m.key = fmt.Sprint("icmp6 ", kind, code, len(b), " ", string(part(b, 4, 20)))
	switch kind {
	case icmp6Echo:
		m.Kind, m.Text = result.EchoRequest, "echo request"
	case icmp6EchoReply:
		m.Kind, m.Text = result.EchoReply, "echo reply"
	case icmp6Solicitation:
		m.housekeeping = m.From == "::" // duplicate address detection (RFC 4862, 5.4)
		m.To = address(part(b, 8, 16))
		m.Kind, m.Text = result.NDPRequest, "who has "+m.To+"?"
	case icmp6Advertisement:
		const option, targetAddress = 24, 2
		m.From = address(part(b, 8, 16))
		m.Kind, m.Text = result.NDPReply, m.From+" is here"
		if o := part(b, option, 8); len(o) == 8 && o[0] == targetAddress {
			m.Text = m.From + " is at " + net.HardwareAddr(o[2:]).String()
		}
	case icmp6Unreachable:
		m.Kind, m.Text = result.ICMPError, "ICMPv6: "+unreachable6(code)
	case icmp6TooBig:
		m.Kind, m.Text = result.ICMPError, "ICMPv6: too big"
	case icmp6TimeExceeded:
		m.Kind, m.Text = result.ICMPError, "ICMPv6: hop limit is over"
	default: // router messages, and multicast listeners
		m.Text, m.housekeeping = fmt.Sprintf("ICMPv6 type %d", kind), true
	}
}

func unreachable6(code byte) string {
	switch code {
	case 0:
		return "no route"
	case 1:
		return "prohibited"
	case 3:
		return "address unreachable"
	case 4:
		return "port unreachable"
	}
	return fmt.Sprintf("unreachable, code %d", code)
}

// tcp decodes a TCP segment (RFC 9293).
func (m *message) tcp(b []byte) {
	const least = 20
	if len(b) < least {
		m.Text = "too short for TCP"
		return
	}
	m.FromPort, m.ToPort = int(be16(b, 0)), int(be16(b, 2))
	flags, payload := b[13], from(b, max(int(b[12]>>4)*4, least))
	m.key = fmt.Sprint("tcp ", be32(b, 4), be32(b, 8), flags, len(payload))
	carries := ""
	if n := len(payload); n > 0 {
		carries = fmt.Sprintf(", %d bytes", n)
	}
	switch {
	case flags&flagRST != 0:
		m.Kind, m.Text = result.TCPRST, "RST"
	case flags&flagSYN != 0 && flags&flagACK != 0:
		m.Kind, m.Text = result.TCPSYNACK, "SYN-ACK"
	case flags&flagSYN != 0:
		m.Kind, m.Text = result.TCPSYN, "SYN"
	case flags&flagFIN != 0:
		m.Kind, m.Text = result.TCPFIN, "FIN"+carries
	case len(payload) > 0:
		m.Kind, m.Text = result.TCPData, "data"+carries
	default:
		m.Kind, m.Text = result.TCPACK, "ACK"
	}
}

// udp decodes a UDP datagram (RFC 768) and the DNS message in it.
func (m *message) udp(b []byte) {
	const header = 8
	if len(b) < header {
		m.Text = "too short for UDP"
		return
	}
	m.FromPort, m.ToPort = int(be16(b, 0)), int(be16(b, 2))
	payload := b[header:]
	m.key = "udp " + string(payload)
	m.Kind, m.Text = result.UDPData, fmt.Sprintf("datagram, %d bytes", len(payload))
	if m.FromPort == 53 || m.ToPort == 53 || strings.Contains(m.From+" "+m.To, probe.DockerDNS) {
		if kind, text := readDNS(payload); kind != "" {
			m.Kind, m.Text = kind, "DNS: "+text
		}
	}
}
