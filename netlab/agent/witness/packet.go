//go:build linux

package witness

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
)

// packet reads the headers of a packet.
func (e *event) packet() probe.Header {
	h := probe.Header{Number: int(e.Header[atProtocol4]), Length: int(binary.BigEndian.Uint16(e.Header[atLength4:]))}
	from, to := e.Header[atSource4:atTarget4], e.Header[atTarget4:atTarget4+4]
	if e.Header[0]>>4 == 6 {
		h.Number = int(e.Header[atProtocol6])
		h.Length = header6 + int(binary.BigEndian.Uint16(e.Header[atLength6:]))
		from, to = e.Header[atSource6:atTarget6], e.Header[atTarget6:]
	}
	source, _ := netip.AddrFromSlice(from) // the length is right
	target, _ := netip.AddrFromSlice(to)
	h.From, h.To = source.String(), target.String()
	switch h.Number {
	case unix.IPPROTO_TCP, unix.IPPROTO_UDP:
		h.From = netip.AddrPortFrom(source, binary.BigEndian.Uint16(e.Segment[0:])).String()
		h.To = netip.AddrPortFrom(target, binary.BigEndian.Uint16(e.Segment[atTargetPort:])).String()
	}
	h.Kind = kindOf(h.Number, e.Segment[:])
	return h
}

// kindOf says what a packet of a protocol is.
func kindOf(protocol int, segment []byte) string {
	const echoRequest, echoReply, echoRequest6, echoReply6 = 8, 0, 128, 129
	switch protocol {
	case unix.IPPROTO_TCP:
		switch flags := segment[atFlags]; {
		case flags&tcpRST != 0:
			return probe.PacketRST
		case flags&(tcpSYN|tcpACK) == tcpSYN|tcpACK:
			return probe.PacketSYNACK
		case flags&tcpSYN != 0:
			return probe.PacketSYN
		}
		return probe.PacketSegment
	case unix.IPPROTO_UDP:
		return probe.PacketDatagram
	case unix.IPPROTO_ICMP, unix.IPPROTO_ICMPV6:
		six := protocol == unix.IPPROTO_ICMPV6
		switch kind := segment[0]; {
		case !six && kind == echoRequest, six && kind == echoRequest6:
			return probe.PacketEchoRequest
		case !six && kind == echoReply, six && kind == echoReply6:
			return probe.PacketEchoReply
		}
		return probe.PacketICMP
	}
	return probe.PacketOther
}
