package why

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"netlab/netlab/agent"
	"netlab/netlab/fact"
	"netlab/netlab/pasted"
	"netlab/netlab/poll"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/safely"
	"netlab/netlab/survey"
)

// lastWords is how long the packets of a container that has ended may take to be judged: a "no" is told after 0.3 s.
// A silence takes longer, at a DNS server 5 s. Then the container's next start is less important.
const (
	lastWords   = 600 * time.Millisecond
	lastSilence = 5 * time.Second
)

// returnWithin is how long a container that has ended since may take to start again, so that netlab can ask from it.
const (
	returnWithin = 20 * time.Second
	returnEvery  = 500 * time.Millisecond
)

// A listening is a Wait under way.
type listening struct {
	*Heard
	tell    func(result.Moment)
	began   time.Time
	events  <-chan fact.Event
	facts   *Facts // what is known of the asker and of the target
	traffic probe.Traffic
	ended   <-chan time.Time // after the asker has ended
	heard   bool             // it listened at least once

	restarted bool // another Reader than the first listens
}

// Listen waits for a failure of the asker's own programs: until one is seen, the time is over, or ctx ends. It asks
// nothing, and the asker may restart meanwhile. tell hears of each moment at once.
func (r *Reader) Listen(ctx context.Context, w Wait, tell func(result.Moment)) (*Heard, error) {
	ctx, stop := context.WithCancel(ctx)
	var closing errgroup.Group // Readers whose time is over; their containers end by themselves
	defer func() {
		stop()
		_ = closing.Wait()
	}()
	events, failed := r.Events(ctx)
	l := &listening{Heard: &Heard{wait: w, name: w.From}, tell: tell, began: time.Now(), events: events}
	defer func() { l.live.ForUS = time.Since(l.began).Microseconds() }()
	for reader := r; ; {
		over, err := l.round(ctx, reader)
		l.counts(l.traffic)
		l.traffic = probe.Traffic{}
		if old := reader; old != r {
			closing.Go(safely.Task(func() error { return old.Close(context.Background()) }))
		}
		switch {
		case errors.Is(err, errNoEvents) && ctx.Err() == nil:
			return nil, <-failed
		case over || err != nil && ctx.Err() != nil || err == nil && l.heard && l.wait.For > 0 && l.left() <= 0:
			return l.Heard, nil
		case err != nil:
			return nil, err
		}
		again, err := r.Again(ctx)
		if err != nil {
			return nil, err
		}
		reader, l.restarted = &Reader{Reader: again, NoKernel: r.NoKernel}, true
	}
}

// errNoEvents means that the engine no longer tells what becomes of the containers.
var errNoEvents = errors.New("the engine's events have ended")

// round listens in the asker's network namespace until the asker ends. over reports whether there is nothing more to
// wait for.
func (l *listening) round(ctx context.Context, r *Reader) (over bool, err error) {
	l.ended = nil
	replies, client, err := l.start(ctx, r)
	if err != nil {
		return false, err
	}
	if replies == nil {
		return l.left() <= 0 && l.wait.For > 0, nil
	}
	waited := false
	for {
		select {
		case reply, open := <-replies:
			switch {
			case !open && client.Err() != nil && l.ended != nil:
				return false, nil
			case !open && client.Err() != nil:
				return false, fmt.Errorf("listening to %s: %w", l.name, client.Err())
			case !open:
				return true, nil
			case reply.Traffic != nil:
				l.traffic = *reply.Traffic
			case reply.Failure != nil:
				l.fails(*reply.Failure, l.wait.To == "" || concerns(l.facts, *reply.Failure), l.tell)
				if l.Failure != nil {
					l.still = l.ended == nil && !l.restarted
					return true, nil
				}
			case reply.Outcome != nil: // the agent has a bug
				return false, fmt.Errorf("listening to %s: %s", l.name, reply.Outcome.Detail)
			}
		case e, open := <-l.events:
			if !open {
				return false, errNoEvents
			}
			if l.isAsker(e) && e.Action == fact.EventDie && l.ended == nil {
				l.say(result.MomentEvent, happened(e, l.name), l.tell)
				l.ended = time.After(lastWords)
			}
		case <-l.ended:
			if l.traffic.Waiting == 0 || waited {
				return false, nil
			}
			waited, l.ended = true, time.After(lastSilence)
		case <-ctx.Done():
			return true, nil
		}
	}
}

// start begins to listen. It returns no channel if the asker ended before, or the time is over.
func (l *listening) start(ctx context.Context, r *Reader) (<-chan agent.Reply, *agent.Client, error) {
	running, err := l.find(ctx, r)
	for err == nil && !running {
		if started, err := l.awaitStart(ctx); !started {
			return nil, nil, err
		}
		running, err = l.find(ctx, r)
	}
	if err != nil {
		return nil, nil, err
	}
	seat, err := r.Seat(ctx, l.facts.fromKey())
	if err != nil {
		if running, err2 := l.find(ctx, r); err2 == nil && !running {
			return nil, nil, nil // it ended this moment
		}
		return nil, nil, err
	}
	l.facts.From.Stack = seat.Stack
	q := probe.Failures{Search: seat.Stack.Search}
	switch {
	case l.wait.For > 0 && !l.heard:
		q.ForMS = l.wait.For.Milliseconds()
	case l.wait.For > 0:
		q.ForMS = max(l.left().Milliseconds(), 1)
	}
	replies, err := seat.Client.Stream(ctx, probe.Question{Failures: &q})
	if err != nil {
		return nil, nil, err
	}
	first, open := <-replies
	switch {
	case !open:
		return nil, nil, errors.Join(ctx.Err(), seat.Client.Err())
	case first.Outcome == nil:
		return nil, nil, fmt.Errorf("listening to %s: an answer without an outcome", l.name)
	case first.Outcome.Reason != probe.OK:
		return nil, nil, fmt.Errorf("listening to %s: %s", l.name, first.Outcome.Detail)
	}
	if !l.heard {
		l.began, l.heard = time.Now(), true // the time is for listening
	}
	l.say(result.MomentListens, hears(&l.facts.Inventory, l.facts.From), l.tell)
	return replies, seat.Client, nil
}

// left is what is left of the time.
func (l *listening) left() time.Duration { return l.wait.For - time.Since(l.began) }

// find reads what the engine knows of the asker and the target.
func (l *listening) find(ctx context.Context, r *Reader) (running bool, err error) {
	f := &Facts{}
	if l.wait.To != "" {
		if f.Target, err = ParseTarget(l.wait.To); err != nil {
			return false, err
		}
	}
	if f.Inventory, err = r.Inventory(ctx); err != nil {
		return false, err
	}
	defer func() { l.facts = f }()
	if l.wait.From != survey.HostWord {
		before := l.facts
		f.From.Container, err = survey.OneOf(f.Containers, l.wait.From)
		if err != nil && before != nil && ctx.Err() == nil { // it was removed, and will perhaps be created again
			f.From = before.From
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	l.name = f.From.Name()
	if l.wait.To != "" {
		if _, err := r.meant(f); err != nil {
			return false, err
		}
	}
	return f.From.Container == nil || f.From.Container.State == fact.StateRunning, nil
}

// awaitStart waits until the asker starts, or the time is over.
func (l *listening) awaitStart(ctx context.Context) (started bool, err error) {
	l.say(result.MomentEvent, l.name+" is not running. netlab listens when it starts", l.tell)
	var end <-chan time.Time
	if l.wait.For > 0 {
		timer := time.NewTimer(l.left())
		defer timer.Stop()
		end = timer.C
	}
	for {
		select {
		case e, open := <-l.events:
			if !open {
				return false, errNoEvents
			}
			if l.isAsker(e) && (e.Action == fact.EventStart || e.Action == fact.EventUnpause) {
				l.say(result.MomentEvent, happened(e, l.name), l.tell)
				return true, nil
			}
		case <-end:
			return false, nil
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// isAsker reports whether an event is about the asker, which may have been created again, or about the container whose
// network namespace it shares.
func (l *listening) isAsker(e fact.Event) bool {
	c := l.facts.From.Container
	return c != nil && e.Network == "" && (e.Container == c.ID || e.Container == l.facts.StackOwner(c).ID ||
		e.Name == c.Name || c.Service != "" && c.Service == e.Service && c.Project == e.Project)
}

// Explain asks what has failed, and why. If the asker has ended, it waits for it to start again first.
func (r *Reader) Explain(ctx context.Context, h *Heard) (*result.Why, error) {
	line := h.line()
	if line.Host == "" {
		return h.unasked(), nil
	}
	read := r.readAgain
	if h.still {
		read = r.readHere
	}
	for until := time.Now().Add(returnWithin); ; read = r.readAgain {
		facts, gone, err := read(ctx, h, line)
		switch {
		case gone && ctx.Err() == nil && time.Now().Before(until):
			if err := poll.Pause(ctx, returnEvery); err != nil {
				return nil, err
			}
			continue
		case err != nil:
			return nil, err
		}
		return h.conclude(facts), nil
	}
}

// readHere goes on with the agent that has listened.
func (r *Reader) readHere(ctx context.Context, h *Heard, line pasted.Line) (f *Facts, gone bool, err error) {
	if err = r.Reread(ctx); err == nil {
		f, err = r.ReadLine(ctx, h.wait.From, line)
	}
	return r.gone(ctx, h, f, err)
}

// readAgain reads everything with another Reader.
func (r *Reader) readAgain(ctx context.Context, h *Heard, line pasted.Line) (f *Facts, gone bool, err error) {
	again, err := r.Again(ctx)
	if err != nil {
		return nil, false, err
	}
	fresh := &Reader{Reader: again, NoKernel: r.NoKernel}
	defer func() {
		if closing := fresh.Close(ctx); err == nil {
			err = closing
		}
	}()
	f, err = fresh.ReadLine(ctx, h.wait.From, line)
	return fresh.gone(ctx, h, f, err)
}

// gone adds to what was read, or why it was not, whether the asker no longer runs.
func (r *Reader) gone(ctx context.Context, h *Heard, f *Facts, err error) (*Facts, bool, error) {
	switch {
	case h.wait.From == survey.HostWord:
		return f, false, err
	case err == nil:
		return f, !f.From.Container.Running(), nil
	}
	v, failed := r.Inventory(ctx)
	if failed != nil {
		return nil, false, err
	}
	c, missing := survey.OneOf(v.Containers, h.wait.From)
	return nil, missing != nil || !c.Running(), err
}
