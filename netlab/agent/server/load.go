//go:build linux

package server

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
	"netlab/netlab/safely"
)

// The limits of a load.
const (
	maxLoadFor     = time.Minute
	maxLoadCount   = 100_000
	maxLoadStreams = 16
)

// load answers probe.Load.
func (m machine) load(ctx context.Context, q probe.Load) probe.Outcome {
	if q.ForUS < 1 || q.ForUS > maxLoadFor.Microseconds() || q.Count < 0 || q.Count > maxLoadCount ||
		q.Streams < 0 || q.Streams > maxLoadStreams {
		return broken("a load takes %s at most, %d rounds and %d streams", maxLoadFor, maxLoadCount, maxLoadStreams)
	}
	if q.What == probe.LoadPing {
		return m.loadPing(ctx, q)
	}
	// Connect as usual first: a failure then has a reason, which the plain sockets below do not look for.
	first := m.connect(ctx, probe.Connect{Network: "tcp", Host: q.Host, Port: q.Port, Token: q.Token})
	if first.Reason != probe.OK {
		return first
	}
	addr, found := m.address(ctx, q.Host)
	if found.Reason != probe.OK {
		return found.Outcome
	}
	to := netip.AddrPortFrom(addr, uint16(q.Port))
	var measured probe.Measured
	var err error
	switch q.What {
	case probe.LoadEcho:
		measured, err = loadEcho(ctx, to, q)
	case probe.LoadStream:
		measured, err = loadStream(ctx, to, q)
	case probe.LoadConnect:
		measured, err = loadConnect(ctx, to, q)
	default:
		return broken("there is no load %q", q.What)
	}
	return found.with(loadOutcome(measured, err))
}

func loadOutcome(measured probe.Measured, err error) probe.Outcome {
	var quiet *silence
	var errno syscall.Errno
	switch {
	case err == nil:
		return probe.Outcome{Reason: probe.OK, Load: &measured}
	case errors.As(err, &quiet):
		return probe.Outcome{Reason: probe.Timeout, Detail: quiet.Error()}
	case errors.Is(err, errLeft), errors.Is(err, unix.EPIPE):
		return probe.Outcome{Reason: probe.Closed, Detail: errLeft.Error()}
	case errors.As(err, &errno):
		return probe.Outcome{Reason: errnoReason(errno), Detail: errnoWords(errno)}
	}
	return broken("%v", err)
}

// loadPing measures ICMP round trips.
func (m machine) loadPing(ctx context.Context, q probe.Load) probe.Outcome {
	addr, found := m.address(ctx, q.Host)
	if found.Reason != probe.OK {
		return found.Outcome
	}
	p, err := openPinger(ctx, addr)
	if err != nil {
		return found.with(probe.Outcome{Reason: pingDenied(err), Detail: "no ICMP socket: " + err.Error()})
	}
	defer p.socket.close()
	if err := p.connect(waitForHost(addr)); err != nil {
		return found.with(p.failure(err, p.reports()))
	}
	measured, err := repeat(ctx, q, func(i int) (time.Duration, error) { return p.echo(uint16(i), 0) })
	if err != nil {
		return found.with(p.failure(err, nil))
	}
	return found.with(probe.Outcome{Reason: probe.OK, Load: &measured})
}

// loadEcho measures round trips of one byte between two programs, over one connection.
func loadEcho(ctx context.Context, to netip.AddrPort, q probe.Load) (probe.Measured, error) {
	s, err := dialPlain(ctx, to, q.Token)
	if err != nil {
		return probe.Measured{}, err
	}
	defer s.close()
	if err := s.write(ctx, []byte{echoBytes}); err != nil {
		return probe.Measured{}, err
	}
	one := make([]byte, 1)
	return repeat(ctx, q, func(int) (time.Duration, error) {
		start := time.Now()
		if err := s.write(ctx, one); err != nil {
			return 0, err
		}
		err := s.readFull(ctx, one)
		return time.Since(start), err
	})
}

// loadConnect measures connections. It closes each one with a RST, which leaves no TIME_WAIT in either kernel, and
// keeps the entry in the host's table of connections for 10 s (nf_conntrack_tcp_timeout_close) instead of two
// minutes.
func loadConnect(ctx context.Context, to netip.AddrPort, q probe.Load) (probe.Measured, error) {
	return repeat(ctx, q, func(int) (time.Duration, error) {
		start := time.Now()
		s, err := dialPlain(ctx, to, q.Token)
		if err != nil {
			return 0, err
		}
		defer s.close()
		return time.Since(start), nil
	})
}

// repeat calls once until the load's count or time is reached.
func repeat(ctx context.Context, q probe.Load, once func(i int) (time.Duration, error)) (probe.Measured, error) {
	limit := time.Duration(q.ForUS) * time.Microsecond
	var times []time.Duration
	start := time.Now()
	for i := 0; i < max(q.Count, 1) && (i == 0 || time.Since(start) < limit); i++ {
		took, err := once(i)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return probe.Measured{}, err
		}
		times = append(times, took)
	}
	measured := probe.Measured{TookNS: time.Since(start).Nanoseconds(), Done: len(times)}
	slices.Sort(times)
	measured.MedianNS = times[len(times)/2].Nanoseconds()
	measured.P99NS = times[(len(times)*99+99)/100-1].Nanoseconds()
	return measured, nil
}

// loadStream measures throughput: each connection writes until the time is over, and then learns how much arrived at
// the other end.
func loadStream(ctx context.Context, to netip.AddrPort, q probe.Load) (probe.Measured, error) {
	streams := make([]*plainSocket, max(q.Streams, 1))
	for i := range streams {
		s, err := dialPlain(ctx, to, q.Token)
		if err != nil {
			return probe.Measured{}, err
		}
		defer s.close()
		streams[i] = s
	}
	type end struct {
		bytes uint64
		err   error
	}
	ends := make(chan end, len(streams))
	start := time.Now()
	for _, s := range streams {
		safely.Go(ctx, func() {
			var e end
			e.err = safely.Do(func() (err error) {
				e.bytes, err = s.pour(ctx, start.Add(time.Duration(q.ForUS)*time.Microsecond))
				return err
			})
			ends <- e
		})
	}
	var measured probe.Measured
	var failed error
	for range streams {
		e := <-ends
		measured.Bytes += int64(e.bytes)
		failed = errors.Join(failed, e.err)
	}
	measured.TookNS = time.Since(start).Nanoseconds()
	return measured, failed
}

// pour writes until the given time, but at least once: on a busy machine the time can be over before it begins. It
// returns how much the other end says it read.
func (s *plainSocket) pour(ctx context.Context, until time.Time) (uint64, error) {
	block := make([]byte, loadBlock)
	if err := s.write(ctx, []byte{takeBytes}); err != nil {
		return 0, err
	}
	for first := true; first || time.Now().Before(until); first = false {
		if err := s.write(ctx, block); err != nil {
			return 0, err
		}
	}
	if err := unix.Shutdown(s.fd, unix.SHUT_WR); err != nil {
		return 0, err
	}
	count := make([]byte, 8)
	if err := s.readFull(ctx, count); err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint64(count), nil
}

// dialPlain connects and sends the token.
func dialPlain(ctx context.Context, to netip.AddrPort, token string) (*plainSocket, error) {
	address, err := sockaddr(to)
	if err != nil {
		return nil, err
	}
	family := unix.AF_INET
	if to.Addr().Is6() {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, unix.IPPROTO_TCP)
	if err != nil {
		return nil, fmt.Errorf("opening a TCP socket: %w", err)
	}
	s := &plainSocket{fd}
	if err := s.greet(ctx, address, token); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *plainSocket) greet(ctx context.Context, to unix.Sockaddr, token string) error {
	if err := s.prepare(); err != nil {
		return err
	}
	if err := unix.SetsockoptLinger(s.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}); err != nil {
		return err
	}
	if _, err := s.persist(ctx, func() (int, error) { return 0, unix.Connect(s.fd, to) }); err != nil {
		return err
	}
	if err := s.write(ctx, exchangeRequest(token)); err != nil {
		return err
	}
	answer := make([]byte, maxExchange)
	n, err := s.read(ctx, answer)
	if err != nil {
		return err
	}
	if _, _, ok := parseExchangeAnswer(answer[:n]); !ok {
		return errLeft
	}
	return nil
}
