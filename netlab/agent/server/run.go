//go:build linux

package server

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"time"

	"netlab/netlab/agent"
	"netlab/netlab/probe"
	"netlab/netlab/safely"
)

// Run answers q and returns when the question is done: after its one outcome or, if q listens, when ctx has ended.
//
// It passes each answer to tell; the caller fills in the id. A listener calls tell from several goroutines in
// parallel, but never after Run has returned. A question whose ctx ends too early has no answer.
func Run(ctx context.Context, q probe.Question, tell func(agent.Reply)) {
	newMachine().run(ctx, q, tell)
}

// A machine is what the probes examine.
type machine struct {
	etc      string    // the folder of hosts and resolv.conf
	captures *captures // the running ones
}

func newMachine() machine { return machine{etc: "/etc", captures: &captures{}} }

func (m machine) run(ctx context.Context, q probe.Question, tell func(agent.Reply)) {
	start := time.Now()
	outcome := func(r agent.Reply, o probe.Outcome) {
		if ctx.Err() != nil {
			return
		}
		if o.TookUS == 0 {
			o.TookUS = time.Since(start).Microseconds()
		}
		r.Outcome = &o
		tell(r)
	}
	err := safely.Do(func() error {
		m.answer(ctx, q, tell, outcome)
		return nil
	})
	if err != nil {
		outcome(agent.Reply{}, broken("%v", err))
	}
}

// answer answers q, as Run documents.
func (m machine) answer(
	ctx context.Context, q probe.Question, tell func(agent.Reply), outcome func(agent.Reply, probe.Outcome),
) {
	if n := asked(q); n != 1 {
		outcome(agent.Reply{}, broken("a question asks one thing, this one %d", n))
		return
	}
	switch {
	case q.Ping != nil:
		outcome(agent.Reply{}, m.ping(ctx, *q.Ping))
	case q.Connect != nil:
		outcome(agent.Reply{}, m.connect(ctx, *q.Connect))
	case q.Resolve != nil:
		outcome(agent.Reply{}, m.resolve(ctx, *q.Resolve))
	case q.Listen != nil:
		bound := func(o probe.Outcome) { outcome(agent.Reply{}, o) }
		listen(ctx, *q.Listen, bound, seen(tell))
	case q.ServeDNS != nil:
		bound := func(o probe.Outcome) { outcome(agent.Reply{}, o) }
		serveDNS(ctx, *q.ServeDNS, bound, seen(tell))
	case q.Look != nil:
		stack, err := m.look(*q.Look)
		if err != nil {
			outcome(agent.Reply{}, broken("%v", err))
			return
		}
		outcome(agent.Reply{Stack: stack}, probe.Outcome{Reason: probe.OK})
	case q.Hops != nil:
		outcome(agent.Reply{}, m.hops(ctx, *q.Hops))
	case q.ARP != nil:
		outcome(agent.Reply{}, arp(ctx, *q.ARP))
	case q.Reach != nil:
		outcome(agent.Reply{}, reach(ctx, *q.Reach))
	case q.Size != nil:
		outcome(agent.Reply{}, size(ctx, *q.Size))
	case q.RouteGet != nil:
		outcome(agent.Reply{}, routeGet(*q.RouteGet))
	case q.Arrivals != nil:
		arrivals(ctx, *q.Arrivals, func(o probe.Outcome) { outcome(agent.Reply{}, o) }, tell)
	case q.Failures != nil:
		listenForFailures(ctx, *q.Failures, func(o probe.Outcome) { outcome(agent.Reply{}, o) }, tell)
	case q.Chains != nil:
		chains, o := readChains(*q.Chains)
		outcome(agent.Reply{Chains: chains}, o)
	case q.Flows != nil:
		flows, o := readFlows(*q.Flows)
		outcome(agent.Reply{Flows: flows}, o)
	case q.Process != nil:
		process, err := readProcess()
		if err != nil {
			outcome(agent.Reply{}, broken("%v", err))
			return
		}
		outcome(agent.Reply{Process: process}, probe.Outcome{Reason: probe.OK})
	case q.Read != nil:
		outcome(agent.Reply{}, readFile(*q.Read))
	case q.Write != nil:
		outcome(agent.Reply{}, writeFile(*q.Write))
	case q.Reserve != nil:
		outcome(agent.Reply{}, reserve(*q.Reserve))
	case q.Wire != nil:
		outcome(agent.Reply{}, makeWire(*q.Wire))
	case q.Configure != nil:
		outcome(agent.Reply{}, configure(ctx, *q.Configure))
	case q.Load != nil:
		outcome(agent.Reply{}, m.load(ctx, *q.Load))
	case q.ServeLoad != nil:
		serveLoad(ctx, *q.ServeLoad, func(o probe.Outcome) { outcome(agent.Reply{}, o) })
	case q.Capture != nil:
		bound := func(o probe.Outcome) { outcome(agent.Reply{}, o) }
		m.captures.capture(ctx, *q.Capture, bound, tell)
	case q.Mark != nil:
		marked := m.captures.mark(*q.Mark)
		outcome(agent.Reply{Marked: &marked}, probe.Outcome{Reason: probe.OK})
	default:
		outcome(agent.Reply{}, broken(unknown))
	}
}

// unknown is why a question is not answered that only another program can answer: probe.Drops, by agent/witness.
const unknown = "this agent cannot answer that question"

// seen returns a function that tells what a server noticed.
func seen(tell func(agent.Reply)) func(from netip.Addr, what string) {
	return func(from netip.Addr, what string) {
		tell(agent.Reply{Seen: &probe.Seen{From: from.String(), What: what}})
	}
}

// asked counts the questions that are set in q.
func asked(q probe.Question) int {
	n, fields := 0, reflect.ValueOf(q)
	for i := range fields.NumField() {
		if !fields.Field(i).IsNil() {
			n++
		}
	}
	return n
}

// broken is the outcome of a question that could not be asked.
func broken(format string, args ...any) probe.Outcome {
	return probe.Outcome{Reason: probe.Broken, Detail: fmt.Sprintf(format, args...)}
}

// errNotAsked marks errors that say nothing about the network.
var errNotAsked = errors.New("netlab could not ask the question")
