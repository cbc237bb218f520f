//go:build linux

package server

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
)

// A glimpse is what a captured packet says, as far as failures are concerned. One of segment, dns and err is set.
type glimpse struct {
	at       time.Time
	link     int  // the index of its interface
	loopback bool // which is lo
	leaves   bool // it is being sent, not received
	passes   bool // it was received, and is not for this namespace: a bridge forwards it

	from, to netip.AddrPort // without ports for ICMP

	segment *segmentHeader
	dns     *dnsMessage
	err     *icmpError
}

type segmentHeader struct {
	seq, ack uint32
	flags    byte
	isReach  bool // it is a SYN of a probe.Reach
}

type dnsMessage struct {
	id        uint16
	response  bool
	truncated bool
	name      string // in lower case, without the final dot
	kind      recordType
	rcode     dnsmessage.RCode
	addresses []netip.Addr
}

// An icmpError has the header of the packet that it is about.
type icmpError struct {
	reason   probe.Reason
	words    string
	protocol byte
	from, to netip.AddrPort
	id       uint16 // of the IPv4 header, which address translation keeps
	seq      uint32 // for TCP
	flags    byte   // for TCP, 0 if they are not quoted
}

// read fills in what a packet says that starts with its IP header. ok reports whether it concerns failures.
func (g *glimpse) read(packet []byte) (ok bool) {
	from, to, protocol, body := ipHeader(packet)
	if !from.IsValid() {
		return false
	}
	g.from, g.to = netip.AddrPortFrom(from, 0), netip.AddrPortFrom(to, 0)
	switch {
	case protocol == unix.IPPROTO_ICMP || protocol == unix.IPPROTO_ICMPV6:
		g.err = readICMP(protocol == unix.IPPROTO_ICMPV6, body)
		return g.err != nil
	case len(body) < udpHeader:
		return false
	}
	g.from, g.to = withPorts(from, to, body)
	switch {
	case protocol == unix.IPPROTO_TCP && len(body) >= tcpHeader:
		g.segment = &segmentHeader{
			seq: binary.BigEndian.Uint32(body[4:]), ack: binary.BigEndian.Uint32(body[8:]), flags: body[13],
			isReach: isReach(body),
		}
		return true
	case protocol == unix.IPPROTO_UDP:
		g.dns = readDNS(body[udpHeader:])
		return g.dns != nil
	}
	return false
}

// isReply reports whether an error is about a datagram from a server, such as a DNS server, to a client that is gone. A
// client's port is one that the kernel chose (net.ipv4.ip_local_port_range).
func (e *icmpError) isReply() bool {
	const firstChosen = 32768
	return e.protocol == unix.IPPROTO_UDP && (e.from.Port() == dnsPort || e.from.Addr() == dockerDNS ||
		e.from.Port() < firstChosen && e.to.Port() >= firstChosen)
}

func withPorts(from, to netip.Addr, body []byte) (a, b netip.AddrPort) {
	return netip.AddrPortFrom(from, binary.BigEndian.Uint16(body)),
		netip.AddrPortFrom(to, binary.BigEndian.Uint16(body[2:]))
}

// ipHeader is like [transport], with both addresses.
func ipHeader(packet []byte) (from, to netip.Addr, protocol byte, body []byte) {
	from, protocol, body = transport(packet)
	switch {
	case from.Is4():
		to, _ = netip.AddrFromSlice(packet[16:20])
	case from.Is6():
		to, _ = netip.AddrFromSlice(packet[24:40])
	}
	return from, to, protocol, body
}

// isReach recognizes a SYN that netlab sends (see [segment]): its only option is an MSS that fits Ethernet, and its
// window is fixed. The kernel's own SYNs have more options.
func isReach(tcp []byte) bool {
	const length = tcpHeader + 4
	return tcp[13] == tcpSYN && len(tcp) >= length && tcp[12] == length/4<<4 &&
		binary.BigEndian.Uint16(tcp[14:]) == reachWindow && [4]byte(tcp[tcpHeader:]) == [4]byte(reachOptions())
}

// readICMP returns what an ICMP error says, or nil if programs hear nothing of it.
func readICMP(six bool, b []byte) *icmpError {
	const header = 8
	if len(b) < header {
		return nil
	}
	e := &icmpError{reason: icmpReason(six, b[0], b[1]), words: icmpWords(six, b[0], b[1])}
	if e.reason == "" {
		return nil
	}
	quoted := b[header:]
	from, to, protocol, body := ipHeader(quoted)
	if !from.IsValid() || len(body) < udpHeader {
		return nil
	}
	if from.Is4() {
		e.id = binary.BigEndian.Uint16(quoted[4:])
	}
	e.protocol = protocol
	e.from, e.to = withPorts(from, to, body)
	if protocol == unix.IPPROTO_TCP {
		e.seq = binary.BigEndian.Uint32(body[4:])
		if len(body) > 13 {
			e.flags = body[13]
		}
	}
	return e
}

// icmpReason is how a program hears of an ICMP error (icmp_err_convert in the kernel's net/ipv4/icmp.c, and
// icmpv6_err_convert in net/ipv6/icmp.c); "" if it does not end a connection that is being opened. What a router
// prohibits is as for IPv4, although the errno is EACCES.
func icmpReason(six bool, kind, code byte) probe.Reason {
	errno := unix.EHOSTUNREACH
	switch {
	case !six && kind == icmp4Unreachable:
		switch code {
		case 0, 6, 9, 11:
			errno = unix.ENETUNREACH
		case 2:
			errno = unix.ENOPROTOOPT
		case 3:
			errno = unix.ECONNREFUSED
		case 4, 5:
			return ""
		}
	case six && kind == icmp6Unreachable:
		switch code {
		case 0:
			errno = unix.ENETUNREACH
		case 4:
			errno = unix.ECONNREFUSED
		}
	case !six && kind == icmp4TimeExceeded, six && kind == icmp6TimeExceeded:
	default:
		return ""
	}
	return errnoReason(errno)
}

// maxRecords is how many records of an answer are read.
const maxRecords = 64

// readDNS returns a question for an address, or an answer to one; nil for everything else.
func readDNS(payload []byte) *dnsMessage {
	var p dnsmessage.Parser
	h, err := p.Start(payload)
	if err != nil {
		return nil
	}
	q, err := p.Question()
	if err != nil || q.Class != dnsmessage.ClassINET || p.SkipAllQuestions() != nil {
		return nil
	}
	m := &dnsMessage{id: h.ID, response: h.Response, truncated: h.Truncated, rcode: h.RCode}
	switch q.Type {
	case dnsmessage.TypeA:
		m.kind = typeA
	case dnsmessage.TypeAAAA:
		m.kind = typeAAAA
	default:
		return nil
	}
	m.name = strings.ToLower(strings.TrimSuffix(presentName(q.Name), "."))
	for range maxRecords {
		r, err := p.Answer()
		if err != nil {
			break
		}
		switch body := r.Body.(type) {
		case *dnsmessage.AResource:
			m.addresses = append(m.addresses, netip.AddrFrom4(body.A))
		case *dnsmessage.AAAAResource:
			m.addresses = append(m.addresses, netip.AddrFrom16(body.AAAA))
		}
	}
	return m
}
