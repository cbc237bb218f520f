package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"netlab/netlab/agent"
	"netlab/netlab/ask"
	"netlab/netlab/engine"
	"netlab/netlab/probe"
	"netlab/netlab/scenario"
)

// upstreamPatience is how long to wait for the upstream DNS server's report on a question. It arrives on another
// stream than the asker's answer.
const upstreamPatience = 500 * time.Millisecond

// Ask asks the question from the peer named from. If it could not be asked, the outcome is broken.
func (l *Lab) Ask(ctx context.Context, from string, q ask.Question) probe.Outcome {
	asker := l.peer(from)
	if asker == nil {
		return broken(fmt.Errorf("unknown peer %s", from))
	}
	defer l.quiet(q)()
	return l.unaskable(asker, q, q.Ask(ctx, asking{l, asker}))
}

// quiet keeps netlab's own sockets out of answers about listening sockets: those are read while no question has a
// socket open.
func (l *Lab) quiet(q ask.Question) (done func()) {
	switch {
	case ask.ThingOf(q) == ask.Sockets:
		l.sockets.Lock()
		return l.sockets.Unlock
	case q.Kind().Sockets:
		l.sockets.RLock()
		return l.sockets.RUnlock
	}
	return func() {}
}

// asking answers the questions of one asker.
type asking struct {
	lab   *Lab
	asker *peer
}

func (a asking) Read(ctx context.Context, q ask.Read) probe.Outcome {
	return a.lab.read(ctx, a.asker, q.Thing)
}

func (a asking) Listen(ctx context.Context, q ask.Listen) probe.Outcome {
	return a.lab.listen(ctx, a.asker, q)
}

func (a asking) Resolve(ctx context.Context, q ask.Resolve) probe.Outcome {
	return a.lab.resolve(ctx, a.asker, q.Name, q.Type, q.Server)
}

func (a asking) Reverse(ctx context.Context, q ask.Reverse) probe.Outcome {
	return a.lab.resolve(ctx, a.asker, q.Address, ptr, q.Server)
}

func (a asking) Connect(ctx context.Context, q ask.Connect) probe.Outcome {
	return a.lab.connect(ctx, a.asker, q)
}

func (a asking) Start(ctx context.Context, q ask.Start) probe.Outcome {
	return a.lab.start(ctx, q.Container)
}

func (a asking) Chains(ctx context.Context, q ask.Chains) probe.Outcome {
	return a.lab.chains(ctx, a.asker, q)
}

func (a asking) File(ctx context.Context, q ask.File) probe.Outcome {
	return query(ctx, a.asker, probe.Question{Read: &probe.Read{Path: q.Path}})
}

func (a asking) Write(ctx context.Context, q ask.Write) probe.Outcome {
	return query(ctx, a.asker, probe.Question{Write: &probe.Write{Path: q.Path, Text: q.Text, Bytes: q.Bytes}})
}

func (a asking) Build(ctx context.Context, q ask.Build) probe.Outcome {
	return a.lab.buildImage(ctx, q.Image)
}

func (a asking) Inspect(ctx context.Context, q ask.Inspect) probe.Outcome {
	return a.lab.inspect(ctx, q)
}

func (a asking) Await(ctx context.Context, q ask.Await) probe.Outcome {
	return a.lab.await(ctx, a.asker, q.Status)
}

func (a asking) Balance(ctx context.Context, q ask.Balance) probe.Outcome {
	return a.lab.balance(ctx, a.asker, q)
}

func (a asking) Ping(ctx context.Context, q ask.Ping) probe.Outcome {
	return a.at(ctx, q.To, func(host string) probe.Outcome { return a.lab.ping(ctx, a.asker, host, q) })
}

func (a asking) Hops(ctx context.Context, q ask.Hops) probe.Outcome {
	return a.at(ctx, q.To, func(host string) probe.Outcome {
		return query(ctx, a.asker, probe.Question{Hops: &probe.Hops{Host: host}})
	})
}

func (a asking) ARP(ctx context.Context, q ask.ARP) probe.Outcome {
	return a.at(ctx, q.Address, func(host string) probe.Outcome {
		return query(ctx, a.asker, probe.Question{ARP: &probe.ARP{Address: host}})
	})
}

// at asks about a target's address, if it has one.
func (a asking) at(ctx context.Context, t ask.Target, question func(host string) probe.Outcome) probe.Outcome {
	if o, has := a.lab.unaddressed(ctx, t); has {
		return o
	}
	host, err := a.lab.target(ctx, t, a.asker.name)
	if err != nil {
		return broken(err)
	}
	return question(host)
}

// headers is the size of an IPv4 and an ICMP header, in bytes.
const headers = 28

// payload is how many bytes a ping carries if its whole packet must have a certain size, or 0 for the default.
func (l *Lab) payload(ctx context.Context, asker *peer, p ask.Ping) (int, error) {
	bytes := p.Bytes
	if !p.Size.IsZero() {
		value, err := l.Value(ctx, p.Size, asker.name)
		if err != nil {
			return 0, err
		}
		size, err := strconv.Atoi(value)
		if err != nil {
			return 0, fmt.Errorf("%s is not a size: %s", p.Size, value)
		}
		bytes += size
	}
	if bytes == 0 {
		return 0, nil
	}
	return bytes - headers, nil
}

// ping pings. If the probe gives a packet size, the packet has that size and may not be fragmented.
func (l *Lab) ping(ctx context.Context, asker *peer, host string, p ask.Ping) probe.Outcome {
	size, err := l.payload(ctx, asker, p)
	if err != nil {
		return broken(err)
	}
	q := probe.Question{Ping: &probe.Ping{Host: host, Size: size, DontFrag: size != 0}}
	o := l.askAcross(ctx, asker, l.peer(p.To.Ref.Head), q)
	if asker.name == ask.Host && o.Reason == probe.Denied {
		// The helper has no NET_RAW. Whether it may ping anyway depends on a setting of the host.
		return broken(errors.New("the host's net.ipv4.ping_group_range does not let its helper ping. Use connect instead"))
	}
	return o
}

// start starts a created container. If the engine refuses because of the port, that is an answer.
func (l *Lab) start(ctx context.Context, name string) probe.Outcome {
	p := l.peer(name)
	if p == nil || p.container == nil && p.spec.Image == "" {
		return broken(fmt.Errorf("unknown container %s", name))
	}
	begin := time.Now()
	err := l.site.busy(func() error { return l.launch(ctx, p) })
	took := time.Since(begin).Microseconds()
	switch {
	case errors.Is(err, engine.ErrPortTaken):
		return probe.Outcome{Reason: probe.InUse, Detail: "the engine refused to start " + p.name, TookUS: took}
	case err != nil:
		return broken(err)
	}
	return probe.Outcome{Reason: probe.OK, TookUS: took}
}

// Others use the host too, so what one connection adds to a chain's counter is noise. A chain that all of several
// connections passed counts at least that many more packets, every time.
const (
	chainCalls = 10
	chainTries = 3
)

// chains connects, and reads from the counters of the host's firewall which chains the packets passed. It does not
// change the firewall.
func (l *Lab) chains(ctx context.Context, asker *peer, q ask.Chains) probe.Outcome {
	p := q.Connection()
	client, err := l.readIn().helper(ctx)
	if err != nil {
		return broken(err)
	}
	var o probe.Outcome
	var passed []string
	for try := range chainTries {
		before, denied, err := client.Chains(ctx)
		if err != nil {
			return broken(err)
		}
		if denied.Reason != probe.OK {
			return denied
		}
		for range chainCalls {
			if o = l.connect(ctx, asker, p); o.Reason != probe.OK {
				return o
			}
		}
		after, _, err := client.Chains(ctx)
		if err != nil {
			return broken(err)
		}
		found := grown(before, after, chainCalls)
		if try > 0 {
			found = slices.DeleteFunc(passed, func(c string) bool { return !slices.Contains(found, c) })
		}
		passed = found
	}
	if len(passed) == 0 {
		return probe.Outcome{Reason: probe.Denied, Detail: "none of its chains counted these packets"}
	}
	o.Evidence = append(o.Evidence, probe.Evidence{
		Source: "the host's firewall", Text: "each of these chains counted the packets",
	})
	o.Value = strings.Join(passed, " ")
	return o
}

func query(ctx context.Context, p *peer, q probe.Question) probe.Outcome {
	client, err := p.awake()
	if err != nil {
		return broken(err)
	}
	o, err := client.Ask(ctx, q)
	if err != nil {
		return broken(fmt.Errorf("asking %s: %w", p.name, err))
	}
	return o
}

// target returns what a probe's target is right now.
func (l *Lab) target(ctx context.Context, t ask.Target, asker string) (string, error) {
	if t.Literal != "" {
		return t.Literal, nil
	}
	return l.Value(ctx, t.Ref, asker)
}

// connect opens a connection. With a free port, the target listens for this question only, and does not answer askers
// without the lab's token.
func (l *Lab) connect(ctx context.Context, asker *peer, p ask.Connect) probe.Outcome {
	q := probe.Connect{Network: p.Port.Network, Port: p.Port.Number, Token: l.token()}
	if o, has := l.unaddressed(ctx, p.To); has && p.At.IsZero() && p.Through.IsZero() {
		return o
	}
	if p.Port.Number != 0 {
		target := p.To
		if !p.Through.IsZero() {
			bound, err := l.binding(ctx, l.peer(p.To.Ref.Head), portName(p.Port))
			if errors.Is(err, errNotPublished) {
				return l.connectUnpublished(ctx, asker, p, q)
			}
			if err != nil {
				return broken(err)
			}
			target, q.Port = p.Through, bound
		}
		host, err := l.target(ctx, target, asker.name)
		if err != nil {
			return broken(err)
		}
		q.Host = host
		return l.askAcross(ctx, asker, l.peer(p.To.Ref.Head), probe.Question{Connect: &q})
	}
	server := l.peer(p.To.Ref.Head)
	at := p.At
	if at.IsZero() {
		at = p.To
	}
	address, err := l.target(ctx, at, asker.name)
	if err != nil {
		return broken(err)
	}
	bound, stop, err := l.serve(ctx, server, p.Port.Network, address, 0)
	if err != nil {
		return broken(err)
	}
	defer stop()
	if bound.Reason != probe.OK {
		return broken(fmt.Errorf("%s could not listen on %s: %s", server.name, address, bound.Detail))
	}
	where, err := netip.ParseAddrPort(bound.Value)
	if err != nil {
		return broken(err)
	}
	q.Host, q.Port = address, int(where.Port())
	if l.capture != nil && server.mode == scenario.HostNetwork {
		if err := l.capture.alsoAt(ctx, q.Port); err != nil {
			return broken(err)
		}
	}
	if !p.By.IsZero() {
		if q.Host, err = l.target(ctx, p.By, asker.name); err != nil {
			return broken(err)
		}
	}
	o := l.askAcross(ctx, asker, server, probe.Question{Connect: &q})
	o.Evidence = append(o.Evidence, probe.Evidence{
		Source: server.name, Text: "listened on " + net.JoinHostPort(address, strconv.Itoa(q.Port)) + " for this question",
		Did: true,
	})
	return o
}

// unaddressed is the answer for a container that has no address: one on network none.
func (l *Lab) unaddressed(ctx context.Context, t ask.Target) (o probe.Outcome, has bool) {
	p := l.peer(t.Ref.Head)
	if p == nil || p.machine || p.mode != scenario.NoneNetwork || t.Ref.Network+t.Ref.Field != "" {
		return o, false
	}
	links := l.read(ctx, p, ask.Links)
	if links.Reason != probe.OK {
		return links, true
	}
	return probe.Outcome{
		Reason: probe.AddressNotAvailable, Detail: p.name + " has no address", Evidence: links.Evidence,
	}, true
}

// serve opens a listener at a peer and returns its first outcome. stop closes it.
func (l *Lab) serve(ctx context.Context, p *peer, network, address string, port int) (
	first probe.Outcome, stop context.CancelFunc, err error,
) {
	if p == nil {
		return first, nil, errors.New("there is no such peer")
	}
	client, err := p.awake()
	if err != nil {
		return first, nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	replies, err := client.Stream(ctx, probe.Question{Listen: &probe.Listen{
		Network: network, Address: address, Port: port, Token: l.token(),
	}})
	if err != nil {
		cancel()
		return first, nil, fmt.Errorf("asking %s: %w", p.name, err)
	}
	r, alive := receive(ctx, replies)
	if !alive || r.Outcome == nil {
		cancel()
		return first, nil, fmt.Errorf("asking %s: %w", p.name, agent.ErrGone)
	}
	return *r.Outcome, func() { cancel(); drain(replies) }, nil
}

// closing is how long an agent may take to close a listener. A frozen one never does.
const closing = time.Second

// drain waits until a canceled question has ended at the agent, so that its socket is closed.
func drain(replies <-chan agent.Reply) {
	limit := time.After(closing)
	for {
		select {
		case _, open := <-replies:
			if !open {
				return
			}
		case <-limit:
			return
		}
	}
}

// receive waits for a reply or for the end of ctx: the agent of a frozen engine never answers.
func receive(ctx context.Context, replies <-chan agent.Reply) (r agent.Reply, alive bool) {
	select {
	case r, alive = <-replies:
	case <-ctx.Done():
	}
	return r, alive
}

// listen binds a port. If the scenario says so, another peer holds the same port meanwhile.
func (l *Lab) listen(ctx context.Context, asker *peer, p ask.Listen) probe.Outcome {
	address, port := "", p.Port.Number
	if !p.At.IsZero() {
		var err error
		if address, err = l.target(ctx, p.At, asker.name); err != nil {
			return broken(err)
		}
	}
	var evidence []probe.Evidence
	if p.Beside != "" {
		held, stop, err := l.serve(ctx, l.peer(p.Beside), p.Port.Network, address, port)
		if err != nil {
			return broken(err)
		}
		defer stop()
		where, err := netip.ParseAddrPort(held.Value)
		if held.Reason != probe.OK || err != nil {
			return broken(fmt.Errorf("%s could not listen first: %s %s", p.Beside, held.Reason, held.Detail))
		}
		port = int(where.Port())
		evidence = []probe.Evidence{{
			Source: p.Beside, Text: "held port " + strconv.Itoa(port) + " at that moment", Did: true,
		}}
	}
	o, stop, err := l.serve(ctx, asker, p.Port.Network, address, port)
	if err != nil {
		return broken(err)
	}
	stop()
	o.Evidence = append(o.Evidence, evidence...)
	return o
}

// ptr is the type of a DNS question for the names of an address.
const ptr = "PTR"

// resolve asks a DNS server, and then asks the lab's upstream server whether it got the question.
func (l *Lab) resolve(ctx context.Context, asker *peer, of ask.Target, kind string, server ask.Target) probe.Outcome {
	name, err := l.target(ctx, of, asker.name)
	if err != nil {
		return broken(err)
	}
	q := probe.Resolve{Name: name, Type: kind}
	if !server.IsZero() {
		if q.Server, err = l.target(ctx, server, asker.name); err != nil {
			return broken(err)
		}
	}
	o := query(ctx, asker, probe.Question{Resolve: &q})
	if up := l.peer(ask.Upstream); up != nil && o.Reason == probe.NameNotFound && kind != ptr {
		what := kind + " " + strings.TrimSuffix(name, ".") + "."
		mine := func(from string) bool { return l.options.World == nil || asker.hasAddress(from) }
		if who, ok := up.sawQuestion(ctx, what, mine, upstreamPatience); ok {
			o.Evidence = append(o.Evidence, probe.Evidence{
				Source: ask.Upstream, Text: "was asked for " + name + " by " + who, Did: true,
			})
		}
	}
	return o
}

// RoundTrips pings count times, one after the other, while the engine is idle.
func (l *Lab) RoundTrips(ctx context.Context, from string, t ask.Target, count int) probe.Outcome {
	asker := l.peer(from)
	if asker == nil {
		return broken(fmt.Errorf("unknown peer %s", from))
	}
	if o, has := l.unaddressed(ctx, t); has {
		return o
	}
	host, err := l.target(ctx, t, from)
	if err != nil {
		return broken(err)
	}
	var o probe.Outcome
	_ = l.site.Alone(func() error {
		o = query(ctx, asker, probe.Question{Ping: &probe.Ping{Host: host, Count: count}})
		return nil
	})
	return o
}

// StartTime is how long the engine took from create to the first message of the peer's agent, with nothing else
// running. The time between netlab and the engine does not count.
func (l *Lab) StartTime(name string) (time.Duration, bool) {
	p := l.peer(name)
	if p == nil || p.took == 0 {
		return 0, false
	}
	return p.took, true
}
