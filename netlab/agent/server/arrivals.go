//go:build linux

package server

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"netlab/netlab/agent"
	"netlab/netlab/probe"
)

// headers is enough of a packet for its IP header and that of TCP or UDP.
const headers = 128

// arrivals answers probe.Arrivals.
func arrivals(ctx context.Context, q probe.Arrivals, bound func(probe.Outcome), tell func(agent.Reply)) {
	if q.Network != "tcp" && q.Network != "udp" {
		bound(broken("the network is tcp or udp, not %q", q.Network))
		return
	}
	socket, err := openArrivals(q)
	if err != nil {
		var errno syscall.Errno
		if errors.As(err, &errno) {
			bound(probe.Outcome{Reason: errnoReason(errno), Detail: "watching packets: " + errnoWords(errno)})
			return
		}
		bound(broken("watching packets: %v", err))
		return
	}
	defer socket.Close()
	raw, err := socket.SyscallConn()
	if err != nil {
		bound(broken("watching packets: %v", err))
		return
	}
	stop := context.AfterFunc(ctx, func() { _ = socket.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	bound(probe.Outcome{Reason: probe.OK})
	buf := make([]byte, headers)
	drain := func(fd uintptr) (done bool) {
		for {
			n, from, err := unix.Recvfrom(int(fd), buf, 0)
			switch {
			case errors.Is(err, unix.EINTR), errors.Is(err, unix.ENETDOWN):
				continue
			case errors.Is(err, unix.EAGAIN):
				return false
			case err != nil:
				return true
			}
			if link, ok := from.(*unix.SockaddrLinklayer); ok {
				if seen := seenIn(q, buf[:n], link); seen != nil {
					tell(agent.Reply{Seen: seen})
				}
			}
		}
	}
	_ = raw.Read(drain)                                 // the error is the deadline
	_ = raw.Control(func(fd uintptr) { _ = drain(fd) }) // what has arrived until then; fails only on a closed file
}

// seenIn returns what a packet on an interface is to the question, or nil if it has nothing to do with it.
func seenIn(q probe.Arrivals, packet []byte, on *unix.SockaddrLinklayer) *probe.Seen {
	inner, to := packet, ""
	if q.VXLAN != 0 {
		inner, to = inVXLAN(packet, q.VXLAN), destination(packet)
	}
	source, what := sees(q, inner, on.Pkttype == unix.PACKET_OUTGOING)
	if what == "" {
		return nil
	}
	if q.VXLAN != 0 {
		source, _, _ = transport(packet)
	}
	seen := &probe.Seen{From: source.String(), What: what, To: to}
	if link, err := net.InterfaceByIndex(on.Ifindex); err == nil {
		seen.Link = link.Name
	}
	return seen
}

// openArrivals opens a socket for the packets of the question on all interfaces, without a link-layer header and in
// both directions: only ETH_P_ALL sees what leaves (packet(7)).
func openArrivals(q probe.Arrivals) (*os.File, error) {
	// No protocol yet: it would receive before it has its filter.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), "arrivals")
	protocol := binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, unix.ETH_P_ALL)) // htons
	err = attachFilter(fd, arrivalsFilter(q))
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: protocol})
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// sees returns what an IP packet is to the question, and its source address; "" if it has nothing to do with it.
func sees(q probe.Arrivals, packet []byte, leaves bool) (source netip.Addr, what string) {
	source, protocol, segment := transport(packet)
	switch {
	case protocol == unix.IPPROTO_UDP && q.Network == "udp" && len(segment) >= udpHeader:
		if !leaves && int(binary.BigEndian.Uint16(segment[2:])) == q.Port &&
			binary.BigEndian.Uint16(segment[4:]) == udpHeader {
			return source, probe.RequestArrived
		}
	case protocol == unix.IPPROTO_TCP && q.Network == "tcp" && len(segment) >= tcpHeader:
		flags := segment[13]
		asks := flags&(tcpSYN|tcpACK|tcpRST) == tcpSYN && binary.BigEndian.Uint32(segment[4:]) == q.Sequence
		answers := flags&tcpACK != 0 && flags&(tcpSYN|tcpRST) != 0 && binary.BigEndian.Uint32(segment[8:]) == q.Sequence+1
		switch {
		case asks && !leaves:
			return source, probe.RequestArrived
		case answers && leaves:
			return source, probe.ReplyLeft
		case asks && q.Passing:
			return source, probe.RequestLeft
		case answers && q.Passing:
			return source, probe.ReplyArrived
		}
	}
	return source, ""
}

// transport returns the source, the protocol and the payload of an IP packet. It knows no IPv6 extension headers, which
// what [reach] sends does not have, and no later fragments, which have no header of TCP or UDP.
func transport(packet []byte) (source netip.Addr, protocol byte, segment []byte) {
	const header4, header6 = 20, 40
	switch {
	case len(packet) >= header4 && packet[0]>>4 == 4 && len(packet) >= int(packet[0]&0x0f)*4:
		source, _ = netip.AddrFromSlice(packet[12:16])
		if laterFragment(packet) {
			return source, 0, nil
		}
		return source, packet[9], packet[int(packet[0]&0x0f)*4:]
	case len(packet) >= header6 && packet[0]>>4 == 6:
		source, _ = netip.AddrFromSlice(packet[8:24])
		return source, packet[6], packet[header6:]
	}
	return source, 0, nil
}

// inVXLAN returns the IP packet that a packet between hosts has inside, or nil if it is not of that VXLAN (RFC 7348,
// 5).
func inVXLAN(packet []byte, id int) []byte {
	const header, ethernet = 8, 14
	_, protocol, datagram := transport(packet)
	if protocol != unix.IPPROTO_UDP || len(datagram) < udpHeader+header+ethernet {
		return nil
	}
	vxlan := datagram[udpHeader:]
	if vxlan[0]&0x08 == 0 || int(binary.BigEndian.Uint32(vxlan[4:])>>8) != id {
		return nil
	}
	return vxlan[header+ethernet:]
}

// destination returns the address that an IP packet is sent to, or "".
func destination(packet []byte) string {
	var a netip.Addr
	switch {
	case len(packet) >= 20 && packet[0]>>4 == 4:
		a, _ = netip.AddrFromSlice(packet[16:20])
	case len(packet) >= 40 && packet[0]>>4 == 6:
		a, _ = netip.AddrFromSlice(packet[24:40])
	default:
		return ""
	}
	return a.String()
}

// laterFragment reports whether an IPv4 packet is a fragment, and not the first (RFC 791, 3.1).
func laterFragment(packet []byte) bool { return binary.BigEndian.Uint16(packet[6:])&(1<<13-1) != 0 }
