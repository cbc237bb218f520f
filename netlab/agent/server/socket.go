//go:build linux

package server

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
)

// A socket is a connected kernel socket. Waiting for it is limited by a patience and by a context. It is not a
// net.Conn, because the answers that matter here are in its error queue.
type socket struct {
	ctx      context.Context // the socket lives for one question
	peer     netip.AddrPort
	protocol int
	file     *os.File
	raw      syscall.RawConn
	stop     func() bool
	late     int // what it received after a patience ran out
}

// maxLate limits how much a socket receives after a patience ran out. The answer may be behind packets for others, and
// a flood of these must not go on for ever.
const maxLate = 256

// openSocket opens a socket of this kind for talking to peer. Errors are errnos of socket(2).
func openSocket(ctx context.Context, peer netip.AddrPort, kind, protocol int) (*socket, error) {
	family, level, option := unix.AF_INET, unix.SOL_IP, unix.IP_RECVERR
	if peer.Addr().Is6() {
		family, level, option = unix.AF_INET6, unix.SOL_IPV6, unix.IPV6_RECVERR
	}
	fd, err := unix.Socket(family, kind|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, protocol)
	if err != nil {
		return nil, err
	}
	// Without this option, the kernel reports neither an ICMP host unreachable nor its sender to the socket.
	if err := unix.SetsockoptInt(fd, level, option, 1); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("%w: asking for ICMP errors: %w", errNotAsked, err)
	}
	s := &socket{ctx: ctx, peer: peer, protocol: protocol, file: os.NewFile(uintptr(fd), "socket")}
	if s.raw, err = s.file.SyscallConn(); err != nil {
		s.file.Close()
		return nil, fmt.Errorf("%w: %w", errNotAsked, err)
	}
	s.stop = context.AfterFunc(ctx, func() { _ = s.file.SetDeadline(time.Unix(1, 0)) }) // fails once it is closed
	return s, nil
}

func (s *socket) close() {
	s.stop()
	s.file.Close()
}

// control runs f on the file descriptor, without waiting.
func (s *socket) control(f func(fd int) error) error {
	var result error
	if err := s.raw.Control(func(fd uintptr) { result = f(int(fd)) }); err != nil {
		return err
	}
	return result
}

func (s *socket) set(level, option, value int) error {
	return s.control(func(fd int) error { return unix.SetsockoptInt(fd, level, option, value) })
}

// connect connects the socket to its peer; TCP waits for the answer to its SYN.
func (s *socket) connect(wait patience) error {
	to, err := sockaddr(s.peer)
	if err != nil {
		return err
	}
	err = s.control(func(fd int) error { return unix.Connect(fd, to) })
	if !errors.Is(err, unix.EINPROGRESS) {
		return err
	}
	return s.await(s.raw.Write, wait, func(fd int) error {
		errno, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
		if err != nil {
			return err
		}
		if errno != 0 {
			return syscall.Errno(errno)
		}
		if _, err := unix.Getpeername(fd); errors.Is(err, unix.ENOTCONN) {
			return unix.EAGAIN // woken too early
		}
		return nil
	})
}

// send passes all of msg to the kernel. Messages here are small enough for any socket buffer.
func (s *socket) send(msg []byte) error {
	return s.await(s.raw.Write, waitFor(probe.SilenceResolved), func(fd int) error {
		_, err := unix.SendmsgN(fd, msg, nil, nil, unix.MSG_NOSIGNAL)
		return err
	})
}

// receive reads once: a datagram, or what is available of a stream; 0 bytes mean its end.
func (s *socket) receive(buf []byte, wait patience) (int, error) {
	var n int
	err := s.await(s.raw.Read, wait, func(fd int) (err error) {
		n, err = unix.Read(fd, buf)
		return err
	})
	return max(n, 0), err
}

// local returns the address that the kernel chose for this end.
func (s *socket) local() netip.AddrPort {
	var addr unix.Sockaddr
	_ = s.control(func(fd int) (err error) {
		addr, err = unix.Getsockname(fd)
		return err
	})
	switch a := addr.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(a.Addr), uint16(a.Port))
	}
	return netip.AddrPort{}
}

// await calls try whenever the socket is ready (ready is raw.Read or raw.Write), until try returns anything but
// EAGAIN, patience runs out (then the error is a *silence), or the socket's context ends (then the error is the
// context's). What arrived while this process did not get to run, on a busy machine, is no silence.
func (s *socket) await(ready func(func(uintptr) bool) error, wait patience, try func(fd int) error) error {
	start := time.Now()
	for {
		more, impatient := wait(time.Since(start))
		if impatient != nil {
			if s.late < maxLate {
				if result := s.control(uninterrupted(try)); !errors.Is(result, unix.EAGAIN) {
					s.late++
					return result
				}
			}
			return impatient
		}
		if err := s.file.SetDeadline(time.Now().Add(more)); err != nil {
			return fmt.Errorf("%w: %w", errNotAsked, err)
		}
		// The context may have ended before the deadline was moved, and its own deadline been overwritten.
		if err := s.ctx.Err(); err != nil {
			return err
		}
		var result error
		err := ready(func(fd uintptr) bool {
			result = uninterrupted(try)(int(fd))
			return !errors.Is(result, unix.EAGAIN)
		})
		switch {
		case err == nil:
			return result
		case s.ctx.Err() != nil:
			return s.ctx.Err()
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return fmt.Errorf("%w: %w", errNotAsked, err)
		}
	}
}

// uninterrupted is try, again and again while a signal interrupts it.
func uninterrupted(try func(fd int) error) func(fd int) error {
	return func(fd int) (err error) {
		for err = unix.EINTR; errors.Is(err, unix.EINTR); {
			err = try(fd)
		}
		return err
	}
}

// A report is an entry of a socket's error queue (struct sock_extended_err in ip(7)).
type report struct {
	unix.SockExtendedErr
	from   netip.Addr // the sender of the ICMP message
	packet []byte     // the beginning of the sent packet, after the IP header
}

// reports empties the error queue.
func (s *socket) reports() []report {
	var reports []report
	_ = s.control(func(fd int) error {
		packet, control := make([]byte, 512), make([]byte, 512)
		for len(reports) < 64 {
			n, oobn, _, _, err := unix.Recvmsg(fd, packet, control, unix.MSG_ERRQUEUE)
			if err != nil {
				return err
			}
			messages, err := unix.ParseSocketControlMessage(control[:oobn])
			if err != nil {
				return err
			}
			for _, m := range messages {
				if r, ok := parseReport(m); ok {
					r.packet = append([]byte(nil), packet[:n]...)
					reports = append(reports, r)
				}
			}
		}
		return nil
	})
	return reports
}

func parseReport(m unix.SocketControlMessage) (report, bool) {
	four := m.Header.Level == unix.SOL_IP && m.Header.Type == unix.IP_RECVERR
	six := m.Header.Level == unix.SOL_IPV6 && m.Header.Type == unix.IPV6_RECVERR
	if !four && !six {
		return report{}, false
	}
	var r report
	size, err := binary.Decode(m.Data, binary.NativeEndian, &r.SockExtendedErr)
	if err != nil {
		return report{}, false
	}
	offender := m.Data[size:] // struct sockaddr_in or sockaddr_in6
	switch {
	case four && len(offender) >= 8:
		r.from, _ = netip.AddrFromSlice(offender[4:8])
	case six && len(offender) >= 24:
		r.from, _ = netip.AddrFromSlice(offender[8:24])
	}
	return r, true
}

// failure returns the outcome for an error of s. reports are the entries of its error queue that belong to the
// question.
func (s *socket) failure(err error, reports []report) probe.Outcome {
	var quiet *silence
	var errno syscall.Errno
	switch {
	case errors.As(err, &quiet):
		return probe.Outcome{Reason: probe.Timeout, Detail: quiet.Error()}
	case errors.Is(err, errNotAsked) || !errors.As(err, &errno):
		return broken("%v", err)
	}
	for _, r := range reports {
		if syscall.Errno(r.Errno) == errno && r.Origin != unix.SO_EE_ORIGIN_LOCAL {
			o := probe.Outcome{Reason: errnoReason(errno)}
			if errno == unix.EACCES { // ICMPv6 administratively prohibited, for which IPv4 has EHOSTUNREACH
				o.Reason = probe.HostUnreachable
			}
			o.Detail, o.From = s.icmpDetail(r)
			o.ICMP = o.From != ""
			return o
		}
	}
	return s.localFailure(errno)
}

// icmpDetail describes an ICMP error and returns its sender, or "" if that is the asker's own kernel.
func (s *socket) icmpDetail(r report) (detail, from string) {
	six := r.Origin == unix.SO_EE_ORIGIN_ICMP6
	// The stack reports a failed ARP or NDP query with an ICMP message to itself, and so may a firewall of its own.
	if r.isHostUnreachable() && isOwn(r.from) && !nextHop(s.peer.Addr()).resolved() {
		return s.noNeighbor(), ""
	}
	detail = fmt.Sprintf("%s from %s", icmpWords(six, r.Type, r.Code), r.from)
	if syscall.Errno(r.Errno) == unix.EMSGSIZE {
		detail += fmt.Sprintf(", MTU %d", r.Info)
	}
	return detail, r.from.String()
}

// isHostUnreachable reports whether r says that a host did not answer ARP or NDP.
func (r report) isHostUnreachable() bool {
	return r.Origin == unix.SO_EE_ORIGIN_ICMP && r.Type == icmp4Unreachable && r.Code == 1 ||
		r.Origin == unix.SO_EE_ORIGIN_ICMP6 && r.Type == icmp6Unreachable && r.Code == 3
}

func (s *socket) noNeighbor() string {
	next := nextHop(s.peer.Addr())
	if !next.addr.IsValid() {
		next.addr = s.peer.Addr()
	}
	return fmt.Sprintf("no %s reply from %s", next.protocol(), next.addr)
}

// localFailure returns the outcome for an errno that came without an ICMP message.
func (s *socket) localFailure(errno syscall.Errno) probe.Outcome {
	failed := probe.Outcome{Reason: errnoReason(errno), Detail: errnoWords(errno)}
	_, routing := routeTo(s.peer.Addr())
	switch {
	case errno == unix.EINVAL && errors.Is(routing, unix.EINVAL):
		// The kernel drops packets for a blackhole route, but returns EINVAL to the sender: there is no route to that
		// network.
		return probe.Outcome{Reason: probe.NetUnreachable, Detail: "a blackhole route in the asker's own routing table"}
	case errno == unix.EHOSTUNREACH && errors.Is(routing, unix.EHOSTUNREACH):
		failed.Detail = "an unreachable route in the asker's own routing table"
	case errno == unix.EACCES && errors.Is(routing, unix.EACCES):
		failed.Detail = "a prohibit route in the asker's own routing table"
	case errno == unix.ENETUNREACH && errors.Is(routing, unix.ENETUNREACH):
		failed.Detail = "no route in the asker's own routing table"
	case errno == unix.EHOSTUNREACH:
		failed.Detail = s.noNeighbor()
	case errno == unix.ECONNREFUSED && s.protocol == unix.IPPROTO_TCP:
		failed.From = s.peer.Addr().String()
		failed.Detail = "RST from " + failed.From
	case errno == unix.EMSGSIZE:
		failed.Detail = "larger than the MTU on the path" + s.knownMTU()
	}
	return failed
}

func (s *socket) knownMTU() string {
	level, option := unix.SOL_IP, unix.IP_MTU
	if s.peer.Addr().Is6() {
		level, option = unix.SOL_IPV6, unix.IPV6_MTU
	}
	mtu := 0
	err := s.control(func(fd int) (err error) {
		mtu, err = unix.GetsockoptInt(fd, level, option)
		return err
	})
	if err != nil {
		return ""
	}
	return fmt.Sprintf(", %d bytes", mtu)
}

func sockaddr(to netip.AddrPort) (unix.Sockaddr, error) {
	if to.Addr().Is4() {
		return &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}, nil
	}
	zone := 0
	if name := to.Addr().Zone(); name != "" {
		link, err := netlink.LinkByName(name)
		if err != nil {
			return nil, fmt.Errorf("%w: interface %q: %w", errNotAsked, name, err)
		}
		zone = link.Attrs().Index
	}
	return &unix.SockaddrInet6{Port: int(to.Port()), ZoneId: uint32(zone), Addr: to.Addr().As16()}, nil
}
