//go:build linux

package server

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
)

// TCP flags, and the part of a header that netlab reads and writes (RFC 9293, 3.1).
const (
	tcpSYN       = 0x02
	tcpRST       = 0x04
	tcpACK       = 0x10
	tcpHeader    = 20
	udpHeader    = 8
	maxReaches   = 64
	maxReachWait = 10 * time.Second
)

// reach answers probe.Reach.
func reach(ctx context.Context, q probe.Reach) probe.Outcome {
	addr, err := netip.ParseAddr(q.Address)
	wait := time.Duration(q.WaitMS) * time.Millisecond
	every := time.Duration(q.EveryMS) * time.Millisecond
	switch {
	case err != nil:
		return broken("%q is not an address", q.Address)
	case q.Port < 1 || q.Port > 65535:
		return broken("%d is not a port", q.Port)
	case q.Count < 0 || q.Count > maxReaches || wait < 0 || every < 0 || wait > maxReachWait || every > maxReachWait:
		return broken("a port can be asked with at most %d packets, each within %s", maxReaches, maxReachWait)
	}
	to := netip.AddrPortFrom(addr.Unmap(), uint16(q.Port))
	if q.Via != nil {
		return reachVia(ctx, q, to)
	}
	var r *reacher
	switch q.Network {
	case "tcp":
		r, err = openSYN(ctx, to, q.Sequence)
	case "udp":
		r, err = openDatagram(ctx, to)
	default:
		return broken("the network is tcp or udp, not %q", q.Network)
	}
	if err != nil {
		o := r.outcome(err)
		if r.socket != nil { // it could be opened, but not connected
			_, routing := routeTo(to.Addr())
			o.Value = noWay(routing)
		}
		return o
	}
	defer r.close()
	path := pathTo(to.Addr())
	err = r.ask(max(q.Count, 1), every, wait, path)
	var silent *silence
	if errors.As(err, &silent) && q.Reset && len(r.reset) > 0 {
		_ = r.send(r.reset) // so that a server whose answer was lost forgets the connection
	}
	o := probe.Outcome{Reason: probe.OK, From: to.Addr().String()}
	if err != nil {
		o = r.outcome(err)
	}
	if path != nil {
		path.observe(to.Addr())
		o.Path = &path.Path
	}
	return o
}

// A reacher sends packets to one port, and recognizes what answers them.
type reacher struct {
	*socket
	to       netip.AddrPort
	packet   []byte
	reset    []byte // for TCP: what ends a connection that the packet has begun
	port     uint16 // the asker's
	sequence uint32
	reserved int // the TCP socket that keeps the port from being used by others; -1 for none
	others   othersErrors
}

// errRefused is the answer of a RST.
var errRefused = errors.New("RST")

// open opens the socket to send from. On an error nothing stays open.
func (r *reacher) open(ctx context.Context, to netip.AddrPort, kind, protocol int) error {
	s, err := openSocket(ctx, to, kind, protocol)
	if err != nil {
		return err
	}
	r.socket = s
	if err := s.connect(waitForHost(to.Addr())); err != nil {
		s.close()
		return err
	}
	return nil
}

// openSYN prepares a SYN. A TCP socket that is bound but neither listens nor connects reserves its source port.
func openSYN(ctx context.Context, to netip.AddrPort, sequence uint32) (*reacher, error) {
	r := &reacher{to: to, sequence: sequence, reserved: -1}
	err := r.open(ctx, netip.AddrPortFrom(to.Addr(), 0), unix.SOCK_RAW, unix.IPPROTO_TCP)
	if err != nil {
		return r, err
	}
	source := r.local().Addr().WithZone(to.Addr().Zone())
	if r.reserved, r.port, err = reservePort(source); err != nil {
		r.socket.close()
		return r, fmt.Errorf("%w: reserving a port: %w", errNotAsked, err)
	}
	from := netip.AddrPortFrom(source, r.port)
	r.packet, r.reset = segment(from, to, sequence, tcpSYN), segment(from, to, sequence+1, tcpRST)
	return r, nil
}

func openDatagram(ctx context.Context, to netip.AddrPort) (*reacher, error) {
	r := &reacher{to: to, packet: []byte{}, reserved: -1}
	return r, r.open(ctx, to, unix.SOCK_DGRAM, unix.IPPROTO_UDP)
}

func reservePort(source netip.Addr) (fd int, port uint16, err error) {
	family := unix.AF_INET
	if source.Is6() {
		family = unix.AF_INET6
	}
	fd, err = unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, 0, err
	}
	at, err := sockaddr(netip.AddrPortFrom(source, 0))
	if err == nil {
		err = unix.Bind(fd, at)
	}
	if err == nil {
		at, err = unix.Getsockname(fd)
	}
	if err != nil {
		unix.Close(fd)
		return -1, 0, err
	}
	switch a := at.(type) {
	case *unix.SockaddrInet4:
		port = uint16(a.Port)
	case *unix.SockaddrInet6:
		port = uint16(a.Port)
	}
	return fd, port, nil
}

func (r *reacher) close() {
	r.socket.close()
	if r.reserved >= 0 {
		unix.Close(r.reserved)
	}
}

// ask sends up to count packets, and returns nil once one is answered. path counts them.
func (r *reacher) ask(count int, every, wait time.Duration, path *path) error {
	host := waitForHost(r.to.Addr())
	start := time.Now()
	for i := range count {
		if err := r.sendOne(); err != nil {
			return err
		}
		if path != nil {
			path.Sent++
		}
		quiet := waitFor(every)
		if i == count-1 {
			quiet = func(waited time.Duration) (time.Duration, error) {
				if waited < wait {
					return wait - waited, nil
				}
				if path != nil && nextHop(r.to.Addr()).resolved() {
					return 0, &silence{waited: time.Since(start), about: nextHop(r.to.Addr()).about()}
				}
				return host(time.Since(start))
			}
		}
		err := r.answer(quiet)
		var silent *silence
		if i == count-1 || !errors.As(err, &silent) {
			return err
		}
	}
	return nil
}

// sendOne sends a packet. An ICMP error about another socket's packet may be reported here, and is not ours.
func (r *reacher) sendOne() error {
	for {
		err := r.send(r.packet)
		if err == nil {
			return nil
		}
		if own, ours := r.sift(err); ours {
			return &reachError{err, own}
		}
	}
}

// A reachError is a socket error with the ICMP messages that belong to it.
type reachError struct {
	error
	reports []report
}

func (e *reachError) Unwrap() error { return e.error }

// sift reads the reports that came with a socket error and keeps those about this reacher's packets. ours reports
// whether the error is about them at all.
func (r *reacher) sift(err error) (own []report, ours bool) {
	all := r.reports()
	own = r.own(all)
	return own, r.others.ours(err, all, own)
}

// answer waits for what answers: nil for a SYN-ACK or a datagram, errRefused for a RST.
func (r *reacher) answer(quiet patience) error {
	start := time.Now()
	since := func(time.Duration) (time.Duration, error) { return quiet(time.Since(start)) }
	buf := make([]byte, 2<<10)
	for {
		n, err := r.receive(buf, since)
		var errno syscall.Errno
		switch {
		case errors.As(err, &errno):
			if own, ours := r.sift(err); ours {
				return &reachError{err, own}
			}
			continue
		case err != nil:
			return err
		case r.protocol == unix.IPPROTO_UDP:
			return nil
		}
		tcp := r.received(buf[:n])
		if len(tcp) < tcpHeader || binary.BigEndian.Uint16(tcp) != r.to.Port() ||
			binary.BigEndian.Uint16(tcp[2:]) != r.port || binary.BigEndian.Uint32(tcp[8:]) != r.sequence+1 {
			continue
		}
		switch flags := tcp[13]; {
		case flags&tcpRST != 0:
			return errRefused
		case flags&(tcpSYN|tcpACK) == tcpSYN|tcpACK:
			return nil
		}
	}
}

// own keeps the reports about this reacher's packets: the kernel reports every ICMP error from the peer to every raw
// socket.
func (r *reacher) own(reports []report) []report {
	var own []report
	for _, one := range reports {
		if r.protocol == unix.IPPROTO_UDP || one.Origin == unix.SO_EE_ORIGIN_LOCAL ||
			len(one.packet) >= 4 && binary.BigEndian.Uint16(one.packet) == r.port {
			own = append(own, one)
		}
	}
	return own
}

// received returns the TCP segment in what a raw socket received, which for IPv4 includes the IP header (raw(7)).
func (r *reacher) received(packet []byte) []byte {
	if r.to.Addr().Is6() {
		return packet
	}
	if len(packet) == 0 || int(packet[0]&0x0f)*4 > len(packet) {
		return nil
	}
	return packet[int(packet[0]&0x0f)*4:]
}

func (r *reacher) outcome(err error) probe.Outcome {
	var failed *reachError
	var errno syscall.Errno
	switch {
	case errors.Is(err, errRefused):
		from := r.to.Addr().String()
		return probe.Outcome{Reason: probe.Refused, From: from, Detail: "RST from " + from}
	case r.socket == nil && errors.As(err, &errno):
		return probe.Outcome{Reason: errnoReason(errno), Detail: "opening a socket: " + errnoWords(errno)}
	case r.socket == nil:
		return broken("%v", err)
	case errors.As(err, &failed):
		return r.failure(err, failed.reports)
	}
	return r.failure(err, r.own(r.reports()))
}

// reachWindow and the MSS in reachOptions are those of a Linux client on Ethernet.
const reachWindow = 64240

// reachOptions is the option MSS alone.
func reachOptions() []byte {
	const maximum = 1460
	return []byte{2, 4, maximum >> 8, maximum & 0xff}
}

// segment returns a TCP segment without data, with the option MSS and its checksum, which includes a pseudo header with
// both addresses (RFC 9293, 3.1).
func segment(from, to netip.AddrPort, sequence uint32, flags byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, from.Port())
	b = binary.BigEndian.AppendUint16(b, to.Port())
	b = binary.BigEndian.AppendUint32(b, sequence)
	b = binary.BigEndian.AppendUint32(b, 0)
	b = append(b, (tcpHeader+4)/4<<4, flags)
	b = binary.BigEndian.AppendUint16(b, reachWindow)
	b = append(b, 0, 0, 0, 0) // checksum, urgent pointer
	b = append(b, reachOptions()...)
	pseudo := append(from.Addr().AsSlice(), to.Addr().AsSlice()...)
	pseudo = append(pseudo, 0, unix.IPPROTO_TCP, 0, byte(len(b)))
	binary.BigEndian.PutUint16(b[16:], checksum(append(pseudo, b...)))
	return b
}

// checksum is the Internet checksum of an even number of bytes (RFC 1071).
func checksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i+1 < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// A path is what the kernel says about the way to an address.
type path struct{ probe.Path }

// pathTo asks the kernel for the route, or returns nil if there is none.
func pathTo(to netip.Addr) *path {
	routes, err := routeTo(to)
	if err != nil || len(routes) == 0 {
		return nil
	}
	p := &path{probe.Path{Source: text(routes[0].Src), Gateway: gatewayOf(routes[0].Gw, routes[0].Via)}}
	if link, err := netlink.LinkByIndex(routes[0].LinkIndex); err == nil {
		p.Link = link.Attrs().Name
	}
	return p
}

// observe records what the neighbor table says about the next hop by now.
func (p *path) observe(to netip.Addr) {
	next := nextHop(to)
	if !next.addr.IsValid() {
		return
	}
	p.Neighbor = stateWord(next.state)
	p.MAC = next.mac
}
