//go:build linux

package server

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"netlab/netlab/poll"
	"netlab/netlab/probe"
	"netlab/netlab/safely"
)

const (
	// maxConns limits the open connections of a listener. Further ones are closed right away.
	maxConns = 64
	// hearWithin is how long a client may take to send its line.
	hearWithin = 2 * time.Second
)

// bindAddress returns the address to bind, and package net's name for its family: "4", "6", or "" for all addresses
// of both.
func bindAddress(address string, port int) (at netip.AddrPort, family string, err error) {
	if port < 0 || port > 65535 {
		return netip.AddrPort{}, "", fmt.Errorf("%d is not a port", port)
	}
	if address == "" {
		return netip.AddrPortFrom(netip.IPv6Unspecified(), uint16(port)), "", nil
	}
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return netip.AddrPort{}, "", fmt.Errorf("the address to bind, %q, is not one", address)
	}
	family = "6"
	if addr = addr.Unmap(); addr.Is4() {
		family = "4"
	}
	return netip.AddrPortFrom(addr, uint16(port)), family, nil
}

// bindFree binds like bind. If no port is given, it takes one that is free at all addresses: one that is free at
// 127.0.0.1 only may be another listener's at a gateway, and would be found there.
func bindFree[T any](
	network string, at netip.AddrPort, family string, bind func(netip.AddrPort, string) (T, error),
) (T, error) {
	const tries = 8 // another socket may take the port in between
	for range tries {
		if at.Port() != 0 || family == "" {
			break
		}
		port, err := freePort(network)
		if err != nil {
			break
		}
		bound, err := bind(netip.AddrPortFrom(at.Addr(), port), family)
		if !errors.Is(err, unix.EADDRINUSE) {
			return bound, err
		}
	}
	return bind(at, family)
}

func freePort(network string) (port uint16, err error) {
	if network == "udp" {
		conn, err := net.ListenUDP(network, nil)
		if err != nil {
			return 0, err
		}
		defer conn.Close()
		return conn.LocalAddr().(*net.UDPAddr).AddrPort().Port(), nil
	}
	l, err := net.ListenTCP("tcp", nil)
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).AddrPort().Port(), nil
}

// bindFailure is the outcome of a failed bind.
func bindFailure(err error) probe.Outcome {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return broken("binding: %v", err)
	}
	return probe.Outcome{Reason: errnoReason(errno), Detail: errnoWords(errno)}
}

// bindTCP opens a listener. Package net sets SO_REUSEADDR. With it, Linux still refuses a port that another socket
// listens on, but not one whose last connection is in TIME_WAIT. An empty family binds all addresses: IPv6 and, if
// the kernel has it, IPv4 in the same socket.
func bindTCP(at netip.AddrPort, family string) (*net.TCPListener, error) {
	return net.ListenTCP("tcp"+family, listenAll(net.TCPAddrFromAddrPort(at), family))
}

func listenAll(addr *net.TCPAddr, family string) *net.TCPAddr {
	if family == "" {
		addr.IP = nil // lets package net fall back to IPv4 if there is no IPv6
	}
	return addr
}

// serveTCP calls handle for each connection until ctx ends, and returns when all are done.
func serveTCP(ctx context.Context, l *net.TCPListener, handle func(net.Conn, netip.Addr)) {
	defer l.Close()
	defer context.AfterFunc(ctx, func() { l.Close() })()
	var open sync.WaitGroup
	defer open.Wait()
	places := make(chan struct{}, maxConns)
	for {
		conn, err := l.AcceptTCP()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				conn.Close()
			}
			return
		case err != nil: // out of file descriptors, or the client left
			_ = poll.Pause(ctx, 10*time.Millisecond)
			continue
		}
		select {
		case places <- struct{}{}:
		default:
			conn.Close()
			continue
		}
		open.Go(safely.In(ctx, func() {
			defer func() { <-places }()
			defer conn.Close()
			defer context.AfterFunc(ctx, func() { conn.Close() })()
			if conn.SetDeadline(time.Now().Add(hearWithin)) != nil {
				return // closed already
			}
			handle(conn, conn.RemoteAddr().(*net.TCPAddr).AddrPort().Addr().Unmap())
		}))
	}
}

// bindUDP opens a UDP socket that reports the address to which each datagram was sent.
func bindUDP(at netip.AddrPort, family string) (*net.UDPConn, error) {
	addr := net.UDPAddrFromAddrPort(at)
	if family == "" {
		addr.IP = nil
	}
	conn, err := net.ListenUDP("udp"+family, addr)
	if err != nil {
		return nil, err
	}
	raw, err := conn.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) {
			// One of them does not exist for a socket of the other family.
			_ = unix.SetsockoptInt(int(fd), unix.SOL_IP, unix.IP_PKTINFO, 1)
			_ = unix.SetsockoptInt(int(fd), unix.SOL_IPV6, unix.IPV6_RECVPKTINFO, 1)
		})
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// serveUDP replies to each datagram with what handle returns, unless that is empty, until ctx ends.
func serveUDP(ctx context.Context, conn *net.UDPConn, handle func(msg []byte, from netip.Addr) []byte) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	buf, control := make([]byte, 4<<10), make([]byte, 256)
	for ctx.Err() == nil {
		n, oobn, flags, from, err := conn.ReadMsgUDPAddrPort(buf, control)
		if err != nil || flags&unix.MSG_TRUNC != 0 {
			continue // an ICMP error about a reply, or a message longer than any expected here
		}
		answer := handle(buf[:n], from.Addr().Unmap())
		if answer == nil {
			continue
		}
		// The client's socket is connected to the address it asked, so the reply must come from there.
		_, _, _ = conn.WriteMsgUDPAddrPort(answer, replyControl(control[:oobn]), from)
	}
}

// replyControl turns a datagram's packet info into that of its reply: from the address it was sent to, over the
// interface that the routing table chooses.
func replyControl(received []byte) []byte {
	messages, err := unix.ParseSocketControlMessage(received)
	if err != nil {
		return nil
	}
	for _, m := range messages {
		switch {
		case m.Header.Level == unix.SOL_IPV6 && m.Header.Type == unix.IPV6_PKTINFO && len(m.Data) >= 20:
			info := &unix.Inet6Pktinfo{Addr: [16]byte(m.Data[:16])}
			if addr := netip.AddrFrom16(info.Addr); addr.IsLinkLocalUnicast() {
				info.Ifindex = binary.NativeEndian.Uint32(m.Data[16:20]) // not valid without its interface
			}
			return unix.PktInfo6(info)
		case m.Header.Level == unix.SOL_IP && m.Header.Type == unix.IP_PKTINFO && len(m.Data) >= 12:
			return unix.PktInfo4(&unix.Inet4Pktinfo{Spec_dst: [4]byte(m.Data[4:8])})
		}
	}
	return nil
}
