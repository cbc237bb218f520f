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
	"netlab/netlab/engine"
	"netlab/netlab/probe"
	"netlab/netlab/scenario"
)

// upstreamPatience is how long to wait for the upstream DNS server's report on a question. It arrives on another
// stream than the asker's answer.
const upstreamPatience = 500 * time.Millisecond

// Ask asks the probe's question from the peer named from. If it could not be asked, the outcome is broken.
func (l *Lab) Ask(ctx context.Context, from string, p scenario.Probe) probe.Outcome {
	asker := l.peer(from)
	if asker == nil {
		return broken(fmt.Errorf("unknown peer %s", from))
	}
	defer l.quiet(p)()
	return l.unaskable(asker, p, l.ask(ctx, asker, p))
}

// quiet keeps netlab's own sockets out of answers about listening sockets: those are read while no question has a
// socket open.
func (l *Lab) quiet(p scenario.Probe) (done func()) {
	switch {
	case p.Kind == scenario.Read && p.Thing == "sockets":
		l.sockets.Lock()
		return l.sockets.Unlock
	case p.OpensSockets():
		l.sockets.RLock()
		return l.sockets.RUnlock
	}
	return func() {}
}

func (l *Lab) ask(ctx context.Context, asker *peer, p scenario.Probe) probe.Outcome {
	switch p.Kind {
	case scenario.Read:
		return l.read(ctx, asker, p.Thing)
	case scenario.Listen:
		return l.listen(ctx, asker, p)
	case scenario.Resolve, scenario.Reverse:
		return l.resolve(ctx, asker, p)
	case scenario.Connect:
		return l.connect(ctx, asker, p)
	case scenario.Start:
		return l.start(ctx, p.Target)
	case scenario.Chains:
		return l.chains(ctx, asker, p)
	case scenario.File:
		return readFile(ctx, asker, p)
	case scenario.Write:
		return writeFile(ctx, asker, p)
	case scenario.Build:
		return l.buildImage(ctx, p.Image)
	case scenario.Inspect:
		return l.inspect(ctx, p)
	case scenario.Await:
		return l.await(ctx, asker, p.Status)
	case scenario.Balance:
		return l.balance(ctx, asker, p)
	}
	if o, has := l.unaddressed(ctx, p.Target); has {
		return o
	}
	host, err := l.target(ctx, p.Target, asker.name)
	if err != nil {
		return broken(err)
	}
	switch p.Kind {
	case scenario.Ping:
		return l.ping(ctx, asker, host, p)
	case scenario.Hops:
		return ask(ctx, asker, probe.Question{Hops: &probe.Hops{Host: host}})
	case scenario.ARP:
		return ask(ctx, asker, probe.Question{ARP: &probe.ARP{Address: host}})
	}
	return broken(fmt.Errorf("unknown probe %q", p.Kind))
}

// headers is the size of an IPv4 and an ICMP header, in bytes.
const headers = 28

// payload is how many bytes a ping carries if its whole packet must have a certain size, or 0 for the default.
func (l *Lab) payload(ctx context.Context, asker *peer, p scenario.Probe) (int, error) {
	bytes := p.Bytes
	if !p.Size.Ref.IsZero() {
		value, err := l.Value(ctx, p.Size.Ref, asker.name)
		if err != nil {
			return 0, err
		}
		size, err := strconv.Atoi(value)
		if err != nil {
			return 0, fmt.Errorf("%s is not a size: %s", p.Size.Ref, value)
		}
		bytes += size
	}
	if bytes == 0 {
		return 0, nil
	}
	return bytes - headers, nil
}

// ping pings. If the probe gives a packet size, the packet has that size and may not be fragmented.
func (l *Lab) ping(ctx context.Context, asker *peer, host string, p scenario.Probe) probe.Outcome {
	size, err := l.payload(ctx, asker, p)
	if err != nil {
		return broken(err)
	}
	q := probe.Question{Ping: &probe.Ping{Host: host, Size: size, DontFrag: size != 0}}
	o := l.askAcross(ctx, asker, l.peer(p.Target.Ref.Head), q)
	if asker.name == scenario.Host && o.Reason == probe.Denied {
		// The helper has no NET_RAW. Whether it may ping anyway depends on a setting of the host.
		return broken(errors.New("the host's net.ipv4.ping_group_range does not let its helper ping. Use connect instead"))
	}
	return o
}

// start starts a created container. If the engine refuses because of the port, that is an answer.
func (l *Lab) start(ctx context.Context, t scenario.Target) probe.Outcome {
	p := l.peer(t.Ref.Head)
	if p == nil || p.container == nil && p.spec.Image == "" {
		return broken(fmt.Errorf("unknown container %s", t.Ref.Head))
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
func (l *Lab) chains(ctx context.Context, asker *peer, p scenario.Probe) probe.Outcome {
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

func ask(ctx context.Context, p *peer, q probe.Question) probe.Outcome {
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
func (l *Lab) target(ctx context.Context, t scenario.Target, asker string) (string, error) {
	if t.Literal != "" {
		return t.Literal, nil
	}
	return l.Value(ctx, t.Ref, asker)
}

// connect opens a connection. With a free port, the target listens for this question only, and does not answer askers
// without the lab's token.
func (l *Lab) connect(ctx context.Context, asker *peer, p scenario.Probe) probe.Outcome {
	q := probe.Connect{Network: p.Port.Network, Port: p.Port.Number, Token: l.token()}
	if o, has := l.unaddressed(ctx, p.Target); has && p.At.IsZero() && p.Through.IsZero() {
		return o
	}
	if p.Port.Number != 0 {
		target := p.Target
		if !p.Through.IsZero() {
			bound, err := l.binding(ctx, l.peer(p.Target.Ref.Head), portName(p.Port))
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
		return l.askAcross(ctx, asker, l.peer(p.Target.Ref.Head), probe.Question{Connect: &q})
	}
	server := l.peer(p.Target.Ref.Head)
	at := p.At
	if at.IsZero() {
		at = p.Target
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
	})
	return o
}

// unaddressed is the answer for a container that has no address: one on network none.
func (l *Lab) unaddressed(ctx context.Context, t scenario.Target) (o probe.Outcome, has bool) {
	p := l.peer(t.Ref.Head)
	if p == nil || p.machine || p.mode != scenario.NoneNetwork || t.Ref.Network+t.Ref.Field != "" {
		return o, false
	}
	links := l.read(ctx, p, "links")
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
func (l *Lab) listen(ctx context.Context, asker *peer, p scenario.Probe) probe.Outcome {
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
		evidence = []probe.Evidence{{Source: p.Beside, Text: "held port " + strconv.Itoa(port) + " at that moment"}}
	}
	o, stop, err := l.serve(ctx, asker, p.Port.Network, address, port)
	if err != nil {
		return broken(err)
	}
	stop()
	o.Evidence = append(o.Evidence, evidence...)
	return o
}

// resolve asks a DNS server, and then asks the lab's upstream server whether it got the question.
func (l *Lab) resolve(ctx context.Context, asker *peer, p scenario.Probe) probe.Outcome {
	name, err := l.target(ctx, p.Target, asker.name)
	if err != nil {
		return broken(err)
	}
	q := probe.Resolve{Name: name, Type: p.Type}
	if p.Kind == scenario.Reverse {
		q.Type = "PTR"
	}
	if !p.Server.IsZero() {
		if q.Server, err = l.target(ctx, p.Server, asker.name); err != nil {
			return broken(err)
		}
	}
	o := ask(ctx, asker, probe.Question{Resolve: &q})
	if up := l.peer(scenario.Upstream); up != nil && o.Reason == probe.NameNotFound && q.Type != "PTR" {
		what := orType(q.Type) + " " + strings.TrimSuffix(name, ".") + "."
		mine := func(from string) bool { return l.options.World == nil || asker.hasAddress(from) }
		if who, ok := up.sawQuestion(ctx, what, mine, upstreamPatience); ok {
			o.Evidence = append(o.Evidence, probe.Evidence{
				Source: scenario.Upstream, Text: "was asked for " + name + " by " + who,
			})
		}
	}
	return o
}

func orType(t string) string {
	if t == "" {
		return "A"
	}
	return t
}

// RoundTrips pings count times, one after the other, while the engine is idle.
func (l *Lab) RoundTrips(ctx context.Context, from string, t scenario.Target, count int) probe.Outcome {
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
		o = ask(ctx, asker, probe.Question{Ping: &probe.Ping{Host: host, Count: count}})
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
