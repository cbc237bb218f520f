//go:build linux

package server

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
)

// When a silence is a failure.
const (
	// repeatAfter is less than the second after which the kernel sends a SYN again (TCP_TIMEOUT_INIT in the kernel's
	// include/net/tcp.h), and more than what netlab waits between its own.
	repeatAfter = 800 * time.Millisecond
	// silentAfter is for a program that gives up before.
	silentAfter = 3 * time.Second
	// fallbackWithin is how long a program may take to try another address or name after a "no".
	fallbackWithin = 300 * time.Millisecond
	// forgetAfter is longer than the longest time between two SYNs of a connection (net.ipv4.tcp_syn_retries = 6).
	forgetAfter = 130 * time.Second
)

// How much is remembered. What would be more is counted as missed.
const (
	maxAttempts = 4096
	maxLookups  = 1024
	maxNames    = 4096
	maxForeign  = 4096
	maxTold     = 1024
)

// A failures turns packets into failures. Times are those of the packets, so that it can be tested, and so
// that it judges no silence before it has seen all packets that were waiting.
type failures struct {
	tell    func(probe.Failure)
	traffic probe.Traffic
	told    map[probe.Failure]bool // without their details

	flows   map[flowKey]*flow
	refused []*refusal
	foreign recent[uint32]          // the sequence numbers of SYNs that others sent
	names   map[netip.Addr]string   // that DNS servers gave addresses for
	lookups map[string]*lookup      // by their names without the search list
	strange recent[strangeQuestion] // DNS questions that others sent
	search  []string
}

// A flowKey identifies an attempt to connect. The server's address is not a part of it: rules in the namespace may
// translate it, and the answer comes with another one than the SYN went to.
type flowKey struct {
	client netip.AddrPort
	seq    uint32
}

// A flow is a TCP connection that a program of the namespace has begun.
type flow struct {
	to          netip.AddrPort
	link        int // the first that the SYN was seen on: on a host it passes several
	first, last time.Time
	sent        int
	over        bool // told, or refused
}

// A refusal is a "no" that is told a little later: the program may try another address of the same name meanwhile, or
// it was somebody else's, and is forwarded.
type refusal struct {
	failure probe.Failure
	to      netip.AddrPort
	began   time.Time
	until   time.Time
	err     *icmpError // nil for a RST
}

func newFailures(search []string, tell func(probe.Failure)) *failures {
	return &failures{
		tell: tell, told: map[probe.Failure]bool{}, flows: map[flowKey]*flow{}, names: map[netip.Addr]string{},
		lookups: map[string]*lookup{}, search: search,
	}
}

// see takes a packet. The packets come in the order of time.
func (f *failures) see(g *glimpse) {
	switch {
	case g.dns != nil:
		f.seeDNS(g)
	case g.err != nil:
		f.seeError(g)
	case g.passes && g.segment.flags != tcpSYN:
	case g.segment.flags&tcpRST != 0 && !g.leaves:
		f.seeReset(g)
	case g.segment.flags&(tcpSYN|tcpACK) == tcpSYN|tcpACK && !g.leaves:
		f.seeAccept(g)
	case g.segment.flags&(tcpSYN|tcpACK|tcpRST) == tcpSYN:
		f.seeSYN(g)
	}
}

func (f *failures) seeSYN(g *glimpse) {
	seq := g.segment.seq
	switch {
	case !g.leaves && !g.loopback: // to a server of the namespace, or it will be forwarded
		f.foreign.add(seq, maxForeign)
		return
	case !g.leaves, f.foreign.has(seq), g.segment.isReach, g.to.Addr().As16() == dockerDNS.As16():
		return
	}
	key := flowKey{g.from, seq}
	switch known := f.flows[key]; {
	case known == nil && len(f.flows) >= maxAttempts:
		f.traffic.Missed++
	case known == nil:
		f.traffic.Connections++
		f.flows[key] = &flow{to: g.to, link: g.link, first: g.at, last: g.at, sent: 1}
	case known.link == g.link:
		known.sent++
		known.last = g.at
		if !known.over && g.at.Sub(known.first) >= repeatAfter {
			f.silent(known, g.at)
		}
	}
}

// dockerDNS is asked over TCP too, and its answers look as if they came from another port.
var dockerDNS = netip.MustParseAddr(probe.DockerDNS)

// answered returns the flow that a segment answers, or nil.
func (f *failures) answered(g *glimpse) (flowKey, *flow) {
	key := flowKey{g.to, g.segment.ack - 1}
	return key, f.flows[key]
}

func (f *failures) seeAccept(g *glimpse) {
	key, accepted := f.answered(g)
	if accepted == nil {
		return
	}
	delete(f.flows, key)
	before := len(f.refused)
	f.refused = slices.DeleteFunc(f.refused, func(r *refusal) bool {
		return f.alternatives(r.to, accepted.to) && !accepted.first.Before(r.began)
	})
	f.traffic.Second += before - len(f.refused)
	for _, other := range f.flows { // the program has no use for them any longer
		if !other.over && f.alternatives(other.to, accepted.to) && !accepted.first.Before(other.first) {
			other.over = true
			f.traffic.Second++
		}
	}
}

func (f *failures) seeReset(g *glimpse) {
	_, known := f.answered(g)
	if known == nil || known.over {
		return
	}
	f.fail(g, known, probe.Refused, "RST from "+g.from.Addr().String(), nil)
}

func (f *failures) seeError(g *glimpse) {
	e := g.err
	if g.passes {
		return
	}
	if g.leaves {
		if !g.loopback { // it was for another, and is forwarded
			f.refused = slices.DeleteFunc(f.refused, func(r *refusal) bool {
				return r.err != nil && r.err.id == e.id && r.err.protocol == e.protocol && r.to == e.to
			})
		}
		return
	}
	if e.isReply() {
		return
	}
	detail := e.words + " from " + g.from.Addr().String()
	switch e.protocol {
	case unix.IPPROTO_UDP:
		if f.refuseLookup(e, detail, g.at) {
			return
		}
		f.fail(g, &flow{to: e.to, first: g.at}, e.reason, detail, e)
	case unix.IPPROTO_TCP:
		known := f.flows[flowKey{e.from, e.seq}]
		switch {
		case known != nil && !known.over:
			f.fail(g, known, e.reason, detail, nil)
		case known == nil && e.flags == tcpSYN: // the SYN never left, as no neighbor has the address
			f.traffic.Connections++
			f.fail(g, &flow{to: e.to, first: g.at}, e.reason, detail, e)
		}
	}
}

// fail ends a flow with a "no". It is told at once, unless something may follow that makes it none.
func (f *failures) fail(g *glimpse, known *flow, reason probe.Reason, detail string, err *icmpError) {
	known.over = true
	r := &refusal{failure: f.failure(known, reason, detail, g.at), to: known.to, began: known.first, err: err}
	if err != nil && err.protocol == unix.IPPROTO_UDP {
		r.failure.Network = "udp"
	}
	if err != nil && !g.loopback || f.hasAlternatives(known.to.Addr()) {
		r.until = g.at.Add(fallbackWithin)
		if len(f.refused) < maxAttempts {
			f.refused = append(f.refused, r)
			return
		}
	}
	f.report(r.failure)
}

// silent ends a flow that nothing answers.
func (f *failures) silent(known *flow, now time.Time) {
	known.over = true
	f.report(f.failure(known, probe.Timeout, fmt.Sprintf("%s in %s, no answer", times(known.sent, "SYN"),
		seconds(now.Sub(known.first))), now))
}

func (f *failures) failure(known *flow, reason probe.Reason, detail string, now time.Time) probe.Failure {
	return probe.Failure{
		Network: "tcp", Address: known.to.Addr().String(), Port: int(known.to.Port()), Name: f.names[known.to.Addr()],
		Reason: reason, Detail: detail, TookUS: now.Sub(known.first).Microseconds(),
	}
}

// report tells a failure, if it is the first of its kind.
func (f *failures) report(failure probe.Failure) {
	kind := failure
	kind.Detail, kind.TookUS = "", 0
	if f.told[kind] || len(f.told) >= maxTold {
		return
	}
	f.told[kind] = true
	f.tell(failure)
}

// alternatives reports whether a program may have tried both for one name.
func (f *failures) alternatives(a, b netip.AddrPort) bool {
	switch {
	case a.Port() != b.Port() || a.Addr() == b.Addr():
		return false
	case a.Addr().IsLoopback():
		return b.Addr().IsLoopback() && a.Addr().Is4() != b.Addr().Is4() // of localhost
	}
	name := f.names[a.Addr()]
	return name != "" && name == f.names[b.Addr()]
}

func (f *failures) hasAlternatives(a netip.Addr) bool {
	if a.IsLoopback() {
		return true
	}
	name := f.names[a]
	if name == "" {
		return false
	}
	for other, its := range f.names {
		if other != a && its == name {
			return true
		}
	}
	return false
}

// tick judges what has been silent until now. All packets until then have been seen.
func (f *failures) tick(now time.Time) {
	var silent []*flow
	for key, known := range f.flows {
		switch {
		case now.Sub(known.last) > forgetAfter:
			delete(f.flows, key)
		case !known.over && now.Sub(known.first) >= silentAfter:
			silent = append(silent, known)
		}
	}
	slices.SortFunc(silent, func(a, b *flow) int {
		return cmp.Or(a.first.Compare(b.first), a.to.Compare(b.to))
	})
	for _, known := range silent {
		f.silent(known, now)
	}
	f.refused = slices.DeleteFunc(f.refused, func(r *refusal) bool {
		if now.Before(r.until) || f.tries(r, now) {
			return false
		}
		f.report(r.failure)
		return true
	})
	f.judgeLookups(now)
}

// tries reports whether a connection to another address is being opened, which will decide.
func (f *failures) tries(r *refusal, now time.Time) bool {
	for _, other := range f.flows {
		if !other.over && f.alternatives(r.to, other.to) && !other.first.Before(r.began) &&
			now.Sub(other.first) < silentAfter {
			return true
		}
	}
	return false
}

// counts returns the traffic so far.
func (f *failures) counts() probe.Traffic {
	t := f.traffic
	t.Waiting = len(f.refused)
	for _, known := range f.flows {
		if !known.over {
			t.Waiting++
		}
	}
	for _, l := range f.lookups {
		if l.waits() {
			t.Waiting++
		}
	}
	return t
}

// A recent remembers the last values that were added.
type recent[T comparable] struct {
	values map[T]bool
	order  []T
}

func (r *recent[T]) has(v T) bool { return r.values[v] }

func (r *recent[T]) add(v T, most int) {
	if r.values[v] {
		return
	}
	if r.values == nil {
		r.values = map[T]bool{}
	}
	if len(r.order) >= most {
		delete(r.values, r.order[0])
		r.order = r.order[1:]
	}
	r.values[v] = true
	r.order = append(r.order, v)
}

// seconds writes a duration: "1.0 s".
func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// times counts things: "2 SYNs".
func times(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
