package lab

import (
	"context"
	"time"

	"netlab/netlab/agent"
	"netlab/netlab/probe"
)

// A stream is a question that an agent answers until it is stopped.
type stream struct {
	first   probe.Outcome
	replies <-chan agent.Reply // after the first outcome
	cancel  context.CancelFunc
}

// open asks a question that lasts until its context, lasting, ends. It waits for the first outcome, or for the end of
// ctx: the agent of a frozen engine never answers. On an error the question is over.
func open(ctx, lasting context.Context, client agentClient, q probe.Question) (stream, error) {
	lasting, cancel := context.WithCancel(lasting)
	replies, err := client.Stream(lasting, q)
	if err == nil {
		r := receive(ctx, replies)
		switch {
		case r.Outcome != nil:
			return stream{*r.Outcome, replies, cancel}, nil
		case ctx.Err() != nil:
			err = context.Cause(ctx)
		default:
			err = agent.ErrGone
		}
	}
	cancel()
	return stream{cancel: cancel}, err
}

// closing is how long an agent may take to close a listener. A frozen one never does.
const closing = time.Second

// stop ends the question and waits until it has ended at the agent, so that its socket is closed.
func (s stream) stop() {
	s.cancel()
	limit := time.After(closing)
	for {
		select {
		case _, alive := <-s.replies:
			if !alive {
				return
			}
		case <-limit:
			return
		}
	}
}

// mark returns how far one of an agent's captures is, or nil if the agent does not reply.
func mark(ctx context.Context, client agentClient, capture string) *probe.Marked {
	replies, err := client.Stream(ctx, probe.Question{Mark: &probe.Mark{Capture: capture}})
	if err != nil {
		return nil
	}
	return receive(ctx, replies).Marked
}

// receive waits for a reply. It is empty if the agent is gone or ctx ends.
func receive(ctx context.Context, replies <-chan agent.Reply) (r agent.Reply) {
	select {
	case r = <-replies:
	case <-ctx.Done():
	}
	return r
}
