//go:build linux

package server

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"syscall"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
)

// The limits of a ping. The largest payload is what one IPv4 packet holds besides two headers.
const (
	pingSize     = 56 // as ping(8)
	maxPingSize  = 65507
	maxPingCount = 10000
)

// ping answers probe.Ping.
func (m machine) ping(ctx context.Context, q probe.Ping) probe.Outcome {
	if q.Count < 0 || q.Count > maxPingCount || q.Size < 0 || q.Size > maxPingSize {
		return broken("a ping can have at most %d echoes of at most %d bytes", maxPingCount, maxPingSize)
	}
	addr, found := m.address(ctx, q.Host)
	if found.Reason != probe.OK {
		return found.Outcome
	}
	p, err := openPinger(ctx, addr)
	if err != nil {
		return found.with(probe.Outcome{Reason: pingDenied(err), Detail: "no ICMP socket: " + err.Error()})
	}
	defer p.socket.close()
	return found.with(p.ping(q))
}

// pingDenied returns the reason why there is no ICMP socket, raw or not.
func pingDenied(err error) probe.Reason {
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		return probe.Denied
	}
	return probe.Broken
}

// A pinger sends echo requests to one address.
type pinger struct {
	*socket
	six bool
	raw bool   // otherwise a datagram socket: no IP header in replies, and the kernel sets the id
	id  uint16 // for a raw socket
}

// openPinger opens a raw ICMP socket, or a datagram socket if raw ones are not allowed.
func openPinger(ctx context.Context, addr netip.Addr) (*pinger, error) {
	protocol := unix.IPPROTO_ICMP
	if addr.Is6() {
		protocol = unix.IPPROTO_ICMPV6
	}
	peer := netip.AddrPortFrom(addr, 0)
	p := &pinger{six: addr.Is6(), raw: true, id: uint16(rand.Uint32())}
	var err error
	p.socket, err = openSocket(ctx, peer, unix.SOCK_RAW, protocol)
	if err == nil {
		return p, nil
	}
	if !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EACCES) {
		return nil, err
	}
	p.raw = false
	p.socket, err = openSocket(ctx, peer, unix.SOCK_DGRAM, protocol)
	return p, err
}

func (p *pinger) ping(q probe.Ping) probe.Outcome {
	o := probe.Outcome{Evidence: p.evidence()}
	// Without DF, the kernel's estimate of the path's MTU must not matter, so path MTU discovery is disabled then.
	discovery := unix.IP_PMTUDISC_DONT
	if q.DontFrag {
		discovery = unix.IP_PMTUDISC_DO
	}
	err := p.discoverMTU(discovery)
	if err == nil {
		err = p.connect(waitForHost(p.peer.Addr()))
	}
	count := max(q.Count, 1)
	for seq := range count {
		if err != nil {
			break
		}
		var took time.Duration
		if took, err = p.echo(uint16(seq), q.Size); err == nil {
			o.SamplesUS = append(o.SamplesUS, max(took.Microseconds(), 1))
		}
	}
	if err != nil {
		var ours *echoError
		var reports []report
		if errors.As(err, &ours) {
			reports = ours.reports
		}
		failed := p.failure(err, reports)
		o.Reason, o.Detail, o.From = failed.Reason, failed.Detail, failed.From
		if len(o.SamplesUS) > 0 {
			o.Detail = fmt.Sprintf("after %d of %d replies: %s", len(o.SamplesUS), count, o.Detail)
		}
		return o
	}
	o.Reason, o.Value, o.TookUS = probe.OK, p.peer.Addr().String(), o.SamplesUS[0]
	return o
}

// evidence reports a socket that is not the usual one.
func (p *pinger) evidence() []probe.Evidence {
	if p.raw {
		return nil
	}
	return []probe.Evidence{{Source: "agent", Text: "a datagram ICMP socket was used, a raw one is not allowed"}}
}

// discoverMTU sets how the kernel finds out the path's MTU, and with it whether packets may be fragmented: one of
// IP_PMTUDISC_…, which are the same for IPv6.
func (p *pinger) discoverMTU(how int) error {
	if p.six {
		return p.set(unix.SOL_IPV6, unix.IPV6_MTU_DISCOVER, how)
	}
	return p.set(unix.SOL_IP, unix.IP_MTU_DISCOVER, how)
}

// An echoError is a socket error with the ICMP messages that belong to its echo request.
type echoError struct {
	error
	reports []report
}

func (e *echoError) Unwrap() error { return e.error }

// echo sends one request and waits for its reply.
func (p *pinger) echo(seq uint16, size int) (time.Duration, error) {
	if size == 0 {
		size = pingSize
	}
	packet, err := p.request(seq, size)
	if err != nil {
		return 0, err
	}
	var others othersErrors
	sent := time.Now()
	for {
		err := p.send(packet)
		if err == nil {
			break
		}
		if reports, ours := p.sift(err, &others); ours {
			return 0, &echoError{err, reports}
		}
	}
	buf := make([]byte, size+128) // the IP header of a raw reply is at most 60 bytes
	wait := waitForHost(p.peer.Addr())
	since := func(time.Duration) (time.Duration, error) { return wait(time.Since(sent)) }
	for {
		n, err := p.receive(buf, since)
		if err != nil {
			if reports, ours := p.sift(err, &others); ours {
				return 0, &echoError{err, reports}
			}
			continue
		}
		if got, ok := p.reply(buf[:n]); ok && got == seq {
			return time.Since(sent), nil
		}
	}
}

// request returns an echo request with so many bytes of data.
func (p *pinger) request(seq uint16, size int) ([]byte, error) {
	body := &icmp.Echo{ID: int(p.id), Seq: int(seq), Data: make([]byte, size)}
	request := icmp.Message{Type: ipv4.ICMPTypeEcho, Body: body}
	if p.six {
		request.Type = ipv6.ICMPTypeEchoRequest // the kernel computes its checksum
	}
	packet, err := request.Marshal(nil)
	if err != nil {
		return nil, fmt.Errorf("%w: writing an echo request: %w", errNotAsked, err)
	}
	return packet, nil
}

// othersErrors counts ICMP errors about packets that are not the asker's own whose reports have been read but whose
// errno has not. The kernel queues the report first, so it may be read together with the report of an earlier error.
type othersErrors int

// sift reads the reports that came with a socket error and keeps those about this pinger's requests. ours reports
// whether the error is about them at all: the kernel reports every ICMP error from the peer to every raw socket.
func (p *pinger) sift(err error, others *othersErrors) (own []report, ours bool) {
	reports := p.reports()
	for _, r := range reports {
		if !p.raw || r.Origin == unix.SO_EE_ORIGIN_LOCAL ||
			len(r.packet) >= 8 && binary.BigEndian.Uint16(r.packet[4:]) == p.id {
			own = append(own, r)
		}
	}
	return own, others.ours(err, reports, own)
}

// ours reports whether a socket error is about the asker's own packets, given the reports that came with it and those
// among them that are.
func (o *othersErrors) ours(err error, all, own []report) bool {
	var errno syscall.Errno
	switch {
	case len(own) > 0 || !errors.As(err, &errno):
		return true
	case len(all) > 0:
		*o += othersErrors(len(all) - 1)
		return false
	case *o > 0:
		*o--
		return false
	}
	return true
}

// reply returns the number of the request that packet, as read from the socket, is the reply to.
func (p *pinger) reply(packet []byte) (seq uint16, ok bool) {
	protocol, reply := unix.IPPROTO_ICMP, icmp.Type(ipv4.ICMPTypeEchoReply)
	if p.six {
		protocol, reply = unix.IPPROTO_ICMPV6, ipv6.ICMPTypeEchoReply
	} else if p.raw {
		if len(packet) == 0 {
			return 0, false
		}
		header := int(packet[0]&0x0f) * 4
		if header > len(packet) {
			return 0, false
		}
		packet = packet[header:]
	}
	m, err := icmp.ParseMessage(protocol, packet)
	if err != nil || m.Type != reply {
		return 0, false
	}
	echo, ok := m.Body.(*icmp.Echo)
	if !ok || p.raw && echo.ID != int(p.id) {
		return 0, false
	}
	return uint16(echo.Seq), true
}
