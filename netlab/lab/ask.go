package lab

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"netlab/netlab/ask"
	"netlab/netlab/probe"
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
	a := asking{l, asker}
	return a.unaskable(q, q.Ask(ctx, a))
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

func (a asking) Resolve(ctx context.Context, q ask.Resolve) probe.Outcome {
	return a.resolve(ctx, q.Name, q.Type, q.Server)
}

func (a asking) Reverse(ctx context.Context, q ask.Reverse) probe.Outcome {
	return a.resolve(ctx, q.Address, ptr, q.Server)
}

func (a asking) File(ctx context.Context, q ask.File) probe.Outcome {
	return query(ctx, a.asker, probe.Question{Read: &probe.Read{Path: q.Path}})
}

func (a asking) Write(ctx context.Context, q ask.Write) probe.Outcome {
	return query(ctx, a.asker, probe.Question{Write: &probe.Write{Path: q.Path, Text: q.Text, Bytes: q.Bytes}})
}

func (a asking) Ping(ctx context.Context, q ask.Ping) probe.Outcome {
	return a.at(ctx, q.To, func(host string) probe.Outcome { return a.ping(ctx, host, q) })
}

func (a asking) Hops(ctx context.Context, q ask.Hops) probe.Outcome {
	return a.at(ctx, q.To, func(host string) probe.Outcome {
		return a.mayPing(query(ctx, a.asker, probe.Question{Hops: &probe.Hops{Host: host}}))
	})
}

func (a asking) ARP(ctx context.Context, q ask.ARP) probe.Outcome {
	return a.at(ctx, q.Address, func(host string) probe.Outcome {
		return query(ctx, a.asker, probe.Question{ARP: &probe.ARP{Address: host}})
	})
}

// at asks about a target's address, if it has one.
func (a asking) at(ctx context.Context, t ask.Target, question func(host string) probe.Outcome) probe.Outcome {
	if o, has := a.unaddressed(ctx, t); has {
		return o
	}
	host, err := a.target(ctx, t)
	if err != nil {
		return broken(err)
	}
	return question(host)
}

// headers is the size of an IPv4 and an ICMP header, in bytes.
const headers = 28

// payload is how many bytes a ping carries if its whole packet must have a certain size, or 0 for the default.
func (a asking) payload(ctx context.Context, p ask.Ping) (int, error) {
	bytes := p.Bytes
	if !p.Size.IsZero() {
		value, err := a.lab.Value(ctx, p.Size, a.asker.name)
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

// ping pings. If the question gives a packet size, the packet has that size and may not be fragmented.
func (a asking) ping(ctx context.Context, host string, p ask.Ping) probe.Outcome {
	size, err := a.payload(ctx, p)
	if err != nil {
		return broken(err)
	}
	q := probe.Question{Ping: &probe.Ping{Host: host, Size: size, DontFrag: size != 0}}
	return a.mayPing(a.askAcross(ctx, a.lab.peer(p.To.Ref.Head), q, 0))
}

// mayPing returns the outcome of a question that uses ICMP, unless the host's helper may not ask it: it has no NET_RAW,
// so a setting of the host decides whether it may.
func (a asking) mayPing(o probe.Outcome) probe.Outcome {
	if a.asker.name == ask.Host && o.Reason == probe.Denied {
		return broken(errors.New("the host's net.ipv4.ping_group_range does not let its helper ping. Use connect instead"))
	}
	return o
}

// target returns what a probe's target is right now.
func (a asking) target(ctx context.Context, t ask.Target) (string, error) {
	if t.Literal != "" {
		return t.Literal, nil
	}
	return a.lab.Value(ctx, t.Ref, a.asker.name)
}

// ptr is the type of a DNS question for the names of an address.
const ptr = "PTR"

// resolve asks a DNS server, and then asks the lab's upstream server whether it got the question.
func (a asking) resolve(ctx context.Context, of ask.Target, kind string, server ask.Target) probe.Outcome {
	name, err := a.target(ctx, of)
	if err != nil {
		return broken(err)
	}
	q := probe.Resolve{Name: name, Type: kind}
	if !server.IsZero() {
		if q.Server, err = a.target(ctx, server); err != nil {
			return broken(err)
		}
	}
	o := query(ctx, a.asker, probe.Question{Resolve: &q})
	if up := a.lab.upstream(); up != nil && o.Reason == probe.NameNotFound && kind != ptr {
		what := kind + " " + strings.TrimSuffix(name, ".") + "."
		mine := func(from string) bool { return a.lab.options.World == nil || a.asker.hasAddress(from) }
		if who, ok := up.sawQuestion(ctx, what, mine, upstreamPatience); ok {
			o.Evidence = append(o.Evidence, probe.Evidence{
				Source: up.name, Text: "was asked for " + name + " by " + who, Did: true,
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
	a := asking{l, asker}
	if o, has := a.unaddressed(ctx, t); has {
		return o
	}
	host, err := a.target(ctx, t)
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
