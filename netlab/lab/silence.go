package lab

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/poll"
	"netlab/netlab/probe"
	"netlab/netlab/safely"
	"netlab/netlab/scenario"
)

// If both ends of a question belong to the lab, a silence is decided by counting packets. The question is asked again
// a few times while both ends capture. It is a silence if enough packets left the asker, none reached the target, and
// a control packet reached it after them. On a busy machine that does not happen in time, and then the agent's wait
// decides, as it does if one of the ends cannot be seen.
const (
	soon         = 50 * time.Millisecond  // nearly all answers come within 1 ms
	repeatPause  = 10 * time.Millisecond  // between two repeated questions
	leastLeft    = 3                      // packets of them that left
	decideAfter  = 250 * time.Millisecond // since the question was first asked
	controlLimit = 50 * time.Millisecond  // for the control packet, which then is decided upon
)

// A crossing is a question whose packets can be seen where they leave and where they should arrive.
type crossing struct {
	aim           // to one of the target's own addresses
	asker, target *peer
	question      probe.Question
	control       string // an address whose answer to the target is the control packet
}

// An aim is where a question's packets go.
type aim struct {
	to       netip.Addr // the zero Addr for a name
	protocol int
	port     uint16 // 0 for a ping
}

// aimOf also returns the host as the question names it.
func aimOf(q probe.Question) (host string, a aim) {
	switch {
	case q.Ping != nil:
		host, a.protocol = q.Ping.Host, protocolICMP
	case q.Connect != nil:
		host, a.protocol, a.port = q.Connect.Host, protocolTCP, uint16(q.Connect.Port)
		if q.Connect.Network == "udp" {
			a.protocol = protocolUDP
		}
	}
	to, _ := netip.ParseAddr(host)
	if a.to = to.WithZone(""); a.protocol == protocolICMP && to.Is6() {
		a.protocol = protocolICMPv6
	}
	return host, a
}

// askAcross asks a question about target, and what the kernel dropped of it. published is as for listen.
func (a asking) askAcross(ctx context.Context, target *peer, q probe.Question, published int) probe.Outcome {
	h := a.listen(target, q, published)
	o := a.decide(ctx, target, q)
	o.Lost = h.end(ctx, o)
	return o
}

// decide asks a question about target, and decides sooner that it gets no answer if it can.
func (a asking) decide(ctx context.Context, target *peer, q probe.Question) probe.Outcome {
	c, ok := a.crossing(target, q)
	if !ok {
		o := query(ctx, a.asker, q)
		if o.Reason == probe.Timeout && a.lab.capture == nil {
			o.Evidence = append(o.Evidence, probe.Evidence{Text: "netlab cannot see the other end, so it waited"})
		}
		return o
	}
	asking, stop := context.WithCancel(ctx)
	start := time.Now()
	answers, counts := make(chan probe.Outcome, 1), make(chan crossed, 1)
	var work sync.WaitGroup
	defer work.Wait()
	defer stop()
	work.Go(safely.In(ctx, func() { answers <- askSafely(asking, a.asker, q) }))
	select {
	case o := <-answers:
		return o
	case <-time.After(soon):
	}
	work.Go(safely.In(ctx, func() {
		var n crossed
		_ = safely.Do(func() error { n = a.count(asking, c, start); return nil }) // then nothing is decided
		counts <- n
	}))
	select {
	case o := <-answers:
		return o
	case n := <-counts:
		took := time.Since(start)
		if n.silent() {
			return probe.Outcome{
				Reason: probe.Timeout, TookUS: took.Microseconds(),
				Detail: fmt.Sprintf("no answer for %.1f s; %d packets left %s and none reached %s, but a control packet did",
					took.Seconds(), n.left, a.asker.name, target.name),
			}
		}
		o := <-answers
		if o.Reason == probe.Timeout {
			text := fmt.Sprintf("%d packets left %s and %d reached %s", n.left, a.asker.name, n.arrived, target.name)
			switch {
			case n.lost > 0:
				text += ", but the captures missed frames"
			case n.left >= leastLeft && n.arrived == 0:
				text += ", but the control packet was late"
			}
			o.Evidence = append(o.Evidence, probe.Evidence{Text: text + ", so netlab waited"})
		}
		return o
	}
}

// askSafely is ask for a goroutine.
func askSafely(ctx context.Context, p *peer, q probe.Question) (o probe.Outcome) {
	if err := safely.Do(func() error { o = query(ctx, p, q); return nil }); err != nil {
		return broken(err)
	}
	return o
}

// crossing returns what to count for a question. ok is false if one of its ends cannot be seen: its agent does not run
// or may not capture, or the packets go to an address that is not the target's own.
func (a asking) crossing(target *peer, q probe.Question) (c crossing, ok bool) {
	if a.lab.capture != nil || target == nil || !a.lab.sees(a.asker) || !a.lab.sees(target) {
		return c, false
	}
	host, aim := aimOf(q)
	c = crossing{aim: aim, asker: a.asker, target: target, question: q}
	if c.to.IsValid() {
		c.control = a.lab.control(target, host)
	}
	return c, c.control != ""
}

// sees reports whether p can capture in a network namespace that is the lab's, on the first engine.
func (inv *inventory) sees(p *peer) bool {
	_, err := p.awake()
	return err == nil && p.mode != scenario.HostNetwork && p.isRoot() && !inv.onSecond(p)
}

// control returns an address that answers p on the network where p has this address, or "" if there is none.
func (inv *inventory) control(p *peer, host string) string {
	if w := inv.wireTo(p); w != nil {
		switch host {
		case w.address(wireMachine), w.address(wireRouter):
			return w.address(wireHost)
		case fact.Bare(w.cidr6(wireMachine)):
			return fact.Bare(w.cidr6(wireHost))
		}
		return ""
	}
	if n := inv.network(ask.GatewayBridge); n != nil && host == p.addressIn(n.fact.Subnet) {
		return n.fact.Gateway
	}
	for _, e := range p.inspection().Endpoints {
		for _, n := range slices.Concat(inv.networks, inv.worldNetworks()) {
			if n.fact.Name != e.Network || n.driver == fact.DriverOverlay || inv.onLAN(n.name) {
				continue
			}
			switch host {
			case e.IPv4:
				return n.fact.Gateway
			case e.IPv6:
				return n.fact.IPv6Gateway
			}
		}
	}
	return ""
}

// crossed is what was counted of a crossing.
type crossed struct {
	left, arrived int
	control       bool // whether the control packet arrived in time
	lost          int  // frames that the captures missed
}

func (c crossed) silent() bool {
	return c.left >= leastLeft && c.arrived == 0 && c.control && c.lost == 0
}

// count asks the question again a few times, and counts its packets at both ends.
func (a asking) count(ctx context.Context, c crossing, start time.Time) (n crossed) {
	ctx, stop := context.WithCancel(ctx)
	left, leftErr := a.watch(ctx, c.asker, c.to)
	arrived, arrivedErr := a.watch(ctx, c.target, c.to)
	var repeating sync.WaitGroup
	defer repeating.Wait()
	defer stop()
	if leftErr != nil || arrivedErr != nil {
		return n
	}
	for range leastLeft {
		repeating.Go(safely.In(ctx, func() { askSafely(ctx, c.asker, c.question) }))
		if poll.Pause(ctx, repeatPause) != nil {
			return n
		}
	}
	if poll.Pause(ctx, time.Until(start.Add(decideAfter))) != nil {
		return n
	}
	inTime, late := context.WithTimeout(ctx, controlLimit)
	defer late()
	control := query(inTime, c.target, probe.Question{Ping: &probe.Ping{Host: c.control}}).Reason == probe.OK
	there, thereErr := arrived.Take(ctx)
	here, hereErr := left.Take(ctx)
	if thereErr != nil || hereErr != nil {
		return n
	}
	n.control, n.lost = control, left.ears[0].dropped+arrived.ears[0].dropped
	own := map[string]bool{}
	for _, s := range here {
		if key := c.key(s.Frame.Data); key != "" {
			own[key] = true
			n.left++
		}
	}
	for _, s := range there {
		if own[c.key(s.Frame.Data)] {
			n.arrived++
		}
	}
	return n
}

// watch captures at p what has to do with an address, until ctx ends.
func (a asking) watch(ctx context.Context, p *peer, about netip.Addr) (*Capture, error) {
	e := &ear{name: "count" + strconv.FormatInt(a.lab.site.counts.Add(1), 10), client: p.agent()}
	e.ask.Keep = &probe.Keep{Subnets: []string{netip.PrefixFrom(about, about.BitLen()).String()}}
	c := &Capture{lab: a.lab, ears: []*ear{e}}
	err := c.open(ctx, e)
	if err == nil {
		context.AfterFunc(ctx, e.stop)
	}
	return c, err
}

// key is what is the same in a packet of the question wherever it is seen, also after its source address was
// translated, or "" for any other frame.
func (c crossing) key(frame []byte) string {
	const header = 14
	if len(frame) < header+20 {
		return ""
	}
	packet := frame[header:]
	protocol, body := int(packet[9]), int(packet[0]&0x0f)*4
	from, to := 16, 20
	if c.to.Is6() {
		protocol, body, from, to = int(packet[6]), 40, 24, 40
	}
	etherType := map[bool]uint16{false: 0x0800, true: 0x86dd}[c.to.Is6()]
	if binary.BigEndian.Uint16(frame[12:]) != etherType || protocol != c.protocol || len(packet) < body+8 ||
		string(packet[from:to]) != string(c.to.AsSlice()) {
		return ""
	}
	packet = packet[body:]
	switch {
	case c.port == 0 && (packet[0] == 8 || packet[0] == 128): // echo requests: their number and data
		return string(packet[6:])
	case c.port == 0 || binary.BigEndian.Uint16(packet[2:]) != c.port:
		return ""
	case protocol == protocolTCP && len(packet) >= 14 && packet[13]&0x12 == 0x02: // a SYN without ACK: its sequence number
		return string(packet[4:8])
	case protocol == protocolUDP:
		return string(packet[8:])
	}
	return ""
}
