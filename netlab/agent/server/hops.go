//go:build linux

package server

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
	"netlab/netlab/safely"
)

// The default and the maximum number of hops.
const (
	usualHops = 8
	maxHops   = 64
)

// silentHop stands for a router that did not answer, as in traceroute(8).
const silentHop = "*"

// hops answers probe.Hops.
func (m machine) hops(ctx context.Context, q probe.Hops) probe.Outcome {
	if q.Max < 0 || q.Max > maxHops {
		return broken("a path can have at most %d hops", maxHops)
	}
	addr, found := m.address(ctx, q.Host)
	if found.Reason != probe.OK {
		return found.Outcome
	}
	return found.with(trace(ctx, addr, cmp.Or(q.Max, usualHops)))
}

// trace sends a hop's echo once the previous hop has answered, or has been silent for a moment. So several silent
// routers only take one wait in total, and a router that refuses is asked only once. (Linux reports a missing route
// to a sender five times in a row, then once a second: net.ipv4.route.error_burst.)
func trace(ctx context.Context, addr netip.Addr, count int) probe.Outcome {
	const moment = 100 * time.Millisecond
	ctx, cancel := context.WithCancel(ctx)
	var asking sync.WaitGroup
	defer asking.Wait()
	defer cancel()
	var hops []*hopAnswer
	for answered := false; !answered && len(hops) < count; {
		h := &hopAnswer{there: make(chan struct{})}
		hops = append(hops, h)
		ttl := len(hops)
		asking.Go(safely.In(ctx, func() {
			defer close(h.there)
			h.ask(ctx, addr, ttl)
		}))
		select {
		case <-h.there:
			answered = h.final
		case <-time.After(moment):
		}
	}

	var way []string
	var last probe.Outcome
	for _, h := range hops {
		<-h.there
		last = h.Outcome
		if h.final {
			break
		}
		if h.router.IsValid() {
			way = append(way, h.router.String())
		} else {
			way = append(way, silentHop)
		}
	}
	if last.Reason == probe.OK {
		way = append(dropLost(ctx, addr, way), addr.String())
	} else {
		for len(way) > 0 && way[len(way)-1] == silentHop {
			way = way[:len(way)-1] // the reason already says that the host is unknown there
		}
	}
	last.Value = strings.Join(way, " ")
	return last
}

// dropLost asks once more where nothing answered right before the address: that was a router, or an echo to the address
// itself that got lost.
func dropLost(ctx context.Context, addr netip.Addr, way []string) []string {
	for len(way) > 0 && way[len(way)-1] == silentHop {
		var again hopAnswer
		again.ask(ctx, addr, len(way))
		switch {
		case again.router.IsValid():
			way[len(way)-1] = again.router.String()
			return way
		case again.Reason != probe.OK:
			return way
		}
		way = way[:len(way)-1]
	}
	return way
}

// A hopAnswer is the answer to the echo of one hop.
type hopAnswer struct {
	probe.Outcome
	router netip.Addr    // the sender of "time exceeded"
	final  bool          // an answer other than "time exceeded": later hops cannot give a different one
	there  chan struct{} // closed once the fields above are set
}

// ask sends an echo with this time to live, in hops.
func (h *hopAnswer) ask(ctx context.Context, addr netip.Addr, ttl int) {
	h.final = true
	p, err := openPinger(ctx, addr)
	if err != nil {
		h.Outcome = probe.Outcome{Reason: pingDenied(err), Detail: "no ICMP socket: " + err.Error()}
		return
	}
	defer p.socket.close()
	level, option := unix.SOL_IP, unix.IP_TTL
	if p.six {
		level, option = unix.SOL_IPV6, unix.IPV6_UNICAST_HOPS
	}
	var took time.Duration
	err = p.set(level, option, ttl)
	if err == nil {
		err = p.connect(waitForHost(addr))
	}
	if err == nil {
		took, err = p.echo(uint16(ttl), 0)
	}
	if err == nil {
		h.Outcome = probe.Outcome{Reason: probe.OK, TookUS: max(took.Microseconds(), 1), Evidence: p.evidence()}
		return
	}

	var reports []report
	var told *echoError
	if errors.As(err, &told) {
		reports = told.reports
	}
	h.Outcome = p.failure(err, reports)
	h.Evidence = p.evidence()
	for _, r := range reports {
		if r.isTimeExceeded() {
			h.router = r.from
		}
	}
	var quiet *silence
	h.final = !h.router.IsValid() && !errors.As(err, &quiet)
}

// isTimeExceeded reports whether r comes from a router where a packet's time to live ran out.
func (r report) isTimeExceeded() bool {
	return r.Origin == unix.SO_EE_ORIGIN_ICMP && r.Type == icmp4TimeExceeded ||
		r.Origin == unix.SO_EE_ORIGIN_ICMP6 && r.Type == icmp6TimeExceeded
}
