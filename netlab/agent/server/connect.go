//go:build linux

package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
)

// answerWithin is how long a listener that has accepted may take to answer.
const answerWithin = time.Second

// connect answers probe.Connect.
func (m machine) connect(ctx context.Context, q probe.Connect) probe.Outcome {
	if q.Port < 1 || q.Port > 65535 {
		return broken("%d is not a port", q.Port)
	}
	if q.Token != "" && !usableToken(q.Token) {
		return broken("the token cannot be sent")
	}
	ask := connectTCP
	switch q.Network {
	case "tcp":
	case "udp":
		ask = connectUDP
	default:
		return broken("the network is tcp or udp, not %q", q.Network)
	}
	addr, found := m.address(ctx, q.Host)
	if found.Reason != probe.OK {
		return found.Outcome
	}
	return found.with(ask(ctx, netip.AddrPortFrom(addr, uint16(q.Port)), q.Token))
}

// connectTCP connects and asks the listener which source address it sees.
func connectTCP(ctx context.Context, to netip.AddrPort, token string) probe.Outcome {
	s, failed := dialTCP(ctx, to)
	if s == nil {
		return failed
	}
	defer s.close()
	err := s.send(exchangeRequest(token))
	var answer []byte
	if err == nil {
		answer, err = s.readLine(waitFor(answerWithin))
	}
	var quiet *silence
	switch {
	case len(answer) > 0:
		if seen, at, ok := parseExchangeAnswer(answer); ok {
			o := probe.Outcome{Reason: probe.OK, Value: seen.String()}
			if at.IsValid() {
				o.Listener = at.String()
			}
			return o
		}
		return probe.Outcome{
			Reason: probe.Accepted, Detail: "a server that is not a lab listener answers there",
			Evidence: []probe.Evidence{{Source: to.String(), Text: fmt.Sprintf("said %q", answer)}},
		}
	case errors.As(err, &quiet):
		return probe.Outcome{Reason: probe.Accepted, Detail: "connected; " + quiet.Error()}
	case err == nil:
		return closed(to)
	case errors.Is(err, unix.ECONNRESET) || errors.Is(err, unix.EPIPE):
		return closedOrReset(ctx, to)
	default:
		return s.failure(err, s.reports())
	}
}

// dialTCP returns a connected socket, or nil and the reason.
func dialTCP(ctx context.Context, to netip.AddrPort) (*socket, probe.Outcome) {
	s, err := openSocket(ctx, to, unix.SOCK_STREAM, unix.IPPROTO_TCP)
	if err != nil {
		return nil, broken("opening a TCP socket: %v", err)
	}
	if err := s.connect(waitForHost(to.Addr())); err != nil {
		defer s.close()
		return nil, s.failure(err, s.reports())
	}
	if s.local() == to {
		// The kernel picked the requested port as the source port, so the socket talks to itself.
		s.close()
		return nil, probe.Outcome{Reason: probe.Refused, Detail: "only the asker's own socket listens there"}
	}
	return s, probe.Outcome{}
}

// closedOrReset finds out why an open connection got a RST. If a program closes before it has read everything it was
// sent, its kernel sends a RST instead of a FIN. Docker's userland proxy does this for a dead port if the token
// arrives before its own dial has failed. So this connects once more and sends nothing.
func closedOrReset(ctx context.Context, to netip.AddrPort) probe.Outcome {
	reset := probe.Outcome{
		Reason: probe.Reset, Detail: fmt.Sprintf("RST from %s after the connection was open", to.Addr()),
		From: to.Addr().String(),
	}
	s, _ := dialTCP(ctx, to)
	if s == nil {
		return reset
	}
	defer s.close()
	if n, err := s.receive(make([]byte, 1), waitFor(answerWithin)); n == 0 && err == nil {
		return closed(to)
	}
	return reset
}

func closed(to netip.AddrPort) probe.Outcome {
	return probe.Outcome{
		Reason: probe.Closed, Detail: fmt.Sprintf("%s accepted, and closed without an answer", to.Addr()),
		From: to.Addr().String(),
	}
}

// readLine reads up to a newline, the end of the stream, the maximum length of an exchange, or an error.
func (s *socket) readLine(wait patience) ([]byte, error) {
	buf := make([]byte, maxExchange)
	start, have := time.Now(), 0
	for have < len(buf) && !bytes.Contains(buf[:have], []byte{'\n'}) {
		n, err := s.receive(buf[have:], func(time.Duration) (time.Duration, error) { return wait(time.Since(start)) })
		if n == 0 || err != nil {
			return buf[:have], err
		}
		have += n
	}
	return buf[:have], nil
}

// connectUDP sends a datagram and waits for the listener's answer.
func connectUDP(ctx context.Context, to netip.AddrPort, token string) probe.Outcome {
	var seen netip.Addr
	failed, ok := askUDP(ctx, to, exchangeRequest(token), waitForHost(to.Addr()), func(answer []byte) (ok bool) {
		seen, _, ok = parseExchangeAnswer(answer)
		return ok
	})
	if !ok {
		return failed
	}
	return probe.Outcome{Reason: probe.OK, Value: seen.String()}
}

// askUDP sends one datagram and passes replies to accept until it takes one. Otherwise the outcome has the reason; no
// reply is a timeout.
func askUDP(
	ctx context.Context, to netip.AddrPort, question []byte, wait patience, accept func(answer []byte) bool,
) (failed probe.Outcome, ok bool) {
	s, err := openSocket(ctx, to, unix.SOCK_DGRAM, unix.IPPROTO_UDP)
	if err != nil {
		return broken("opening a UDP socket: %v", err), false
	}
	defer s.close()
	if err = s.connect(wait); err == nil {
		err = s.send(question)
	}
	start := time.Now()
	since := func(time.Duration) (time.Duration, error) { return wait(time.Since(start)) }
	buf := make([]byte, 64<<10)
	for err == nil {
		var n int
		if n, err = s.receive(buf, since); err == nil && accept(buf[:n]) {
			return probe.Outcome{}, true
		}
	}
	return s.failure(err, s.reports()), false
}
