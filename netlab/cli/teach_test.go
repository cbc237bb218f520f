package cli

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/result"
	"netlab/netlab/run"
	"netlab/netlab/scenario"
	"netlab/scenarios"
)

// A lab that makes the engine a swarm is never up together with another lab, so neither is built while the other is
// shown.
func TestPrepareNextBesideSwarm(t *testing.T) {
	plan, err := (&classOptions{}).plan("seminar", scenarios.Plan())
	if err != nil {
		t.Fatal(err)
	}
	c := &class{plan: plan, initSwarm: true, lessons: make([]*lesson, len(plan.Parts))}
	for at, part := range plan.Parts[:len(plan.Parts)-1] {
		next := plan.Parts[at+1]
		overlay := func(p scenario.Part) bool { return p.Compare || p.Scenarios[0].Name == "overlay" }
		if !overlay(part) && !overlay(next) {
			continue
		}
		if c.prepareNext(t.Context(), at); c.ahead != nil {
			t.Fatalf("while %s is shown, %s is built", part.Name(), next.Name())
		}
	}
	c.initSwarm = false
	for at := range plan.Parts {
		if c.alone(at) {
			t.Errorf("%s needs no swarm of its own and is alone", plan.Parts[at].Name())
		}
	}
}

// A fakeSession is a section's labs, as far as it matters when they are up.
type fakeSession struct {
	room  *room
	at    int
	shown func(context.Context, run.Watcher) error // nil if there is nothing to show
	tries int                                      // how often Close must be called
	found result.Record
}

func (s *fakeSession) Show(ctx context.Context, w run.Watcher) error      { return s.shown(ctx, w) }
func (*fakeSession) Shell(context.Context, string, engine.Terminal) error { return nil }
func (*fakeSession) Settle(context.Context)                               {}
func (*fakeSession) Lost() bool                                           { return false }
func (*fakeSession) Began() bool                                          { return true }
func (s *fakeSession) Record() *result.Record                             { return &s.found }

// Close takes a moment. A session that makes the engine a swarm cannot close while another one is up.
func (s *fakeSession) Close(context.Context) error {
	time.Sleep(time.Second)
	if !s.room.swarm(s.at) {
		time.Sleep(time.Second)
	}
	s.tries--
	s.found.Held = ""
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	if s.tries > 0 || s.room.swarm(s.at) && len(s.room.up) > 1 {
		s.found.Held = "the swarm stays"
		s.room.stayed++
		return nil
	}
	delete(s.room.up, s)
	return nil
}

// A room is a class's engine.
type room struct {
	swarm func(at int) bool

	mu     sync.Mutex // guards the fields below
	up     map[*fakeSession]bool
	stayed int
}

// newRoom is a class at the first section of the seminar's plan that makes the engine a swarm.
func newRoom(t *testing.T) (*room, *class, int) {
	t.Helper()
	plan, err := (&classOptions{}).plan("seminar", scenarios.Plan())
	if err != nil {
		t.Fatal(err)
	}
	streams := Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard, Env: func(string) string { return "" }}
	c := &class{
		console: &console{streams: streams, keys: &keyboard{in: streams.In}},
		shared:  &shared{printer: printer{streams: streams}},
		plan:    plan, initSwarm: true, lessons: make([]*lesson, len(plan.Parts)), record: &result.Record{},
	}
	r := &room{swarm: c.alone, up: map[*fakeSession]bool{}}
	c.build = func(_ context.Context, at int) session {
		r.mu.Lock()
		defer r.mu.Unlock()
		s := &fakeSession{room: r, at: at}
		r.up[s] = true
		return s
	}
	for at := range plan.Parts {
		if c.alone(at) && at > 1 && !c.alone(at-1) && !c.alone(at-2) {
			return r, c, at
		}
	}
	t.Fatal("no part of the plan makes the engine a swarm")
	return nil, nil, 0
}

// Whatever the class does, the engine leaves a section's swarm while no other lab is up.
func TestSwarmLeavesAlone(t *testing.T) {
	for name, moves := range map[string]func(ctx context.Context, c *class, at int){
		"back before it began": func(ctx context.Context, c *class, at int) {
			c.prepare(ctx, at)
			c.prepare(ctx, at-1)
		},
		"back, and another part anew": func(ctx context.Context, c *class, at int) {
			c.prepare(ctx, at)
			again := c.take(ctx, at-2)
			c.prepareNext(ctx, at-2)
			c.close(ctx, again)
		},
		"out before it began": func(ctx context.Context, c *class, at int) {
			c.close(ctx, c.take(ctx, at-1))
			c.prepare(ctx, at)
		},
		"on, when it was shown": func(ctx context.Context, c *class, at int) {
			c.close(ctx, c.take(ctx, at))
			c.prepare(ctx, at-1)
		},
		"on, while the one before is taken down": func(ctx context.Context, c *class, at int) {
			c.close(ctx, c.take(ctx, at-1))
			c.close(ctx, c.take(ctx, at))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, c, at := newRoom(t)
				moves(t.Context(), c, at)
				if err := c.finish(t.Context()); err != nil {
					t.Error(err)
				}
				if len(r.up) > 0 || r.stayed > 0 {
					t.Errorf("%d labs are up at the end, and %d times the swarm could not be left", len(r.up), r.stayed)
				}
			})
		})
	}
}

// A section that could not be removed is removed at the end.
func TestHeldIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, c, at := newRoom(t)
		b := c.take(t.Context(), at)
		b.session.(*fakeSession).tries = 2
		c.close(t.Context(), b)
		if len(r.up) != 1 {
			t.Fatalf("%d labs are up, want the held one", len(r.up))
		}
		if err := c.finish(t.Context()); err != nil || len(r.up) > 0 {
			t.Errorf("got %v, and %d labs are up", err, len(r.up))
		}
	})
}

// If the terminal is gone, the class ends without an error: before a section, between its answers, or inside it.
func TestTerminalGone(t *testing.T) {
	for name, shown := range map[string]func(context.Context, run.Watcher) error{
		"between answers": func(ctx context.Context, w run.Watcher) error {
			return w.(*lessonWatcher).pressed(ctx)
		},
		"while it talks": func(ctx context.Context, w run.Watcher) error {
			return w.Done(ctx, &result.Record{}, &result.Scenario{})
		},
		"before a container is named": func(ctx context.Context, w run.Watcher) error {
			_, err := w.(*lessonWatcher).class.which(ctx, &result.Scenario{Peers: []fact.Peer{{Name: "a"}, {Name: "b"}}})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, c, _ := newRoom(t)
				c.plan.Parts[0].Note, c.plan.Parts[0].Compare = "", false
				c.shared.timeout = time.Minute
				build := c.build
				c.build = func(ctx context.Context, at int) session {
					s := build(ctx, at)
					s.(*fakeSession).shown = shown
					return s
				}
				if err := c.run(t.Context(), 0); errors.Is(err, errNoKeyboard) {
					t.Error(err)
				}
				if len(r.up) > 0 {
					t.Errorf("%d labs are up", len(r.up))
				}
				for _, l := range c.lessons {
					if l != nil && l.part.Failed != "" {
						t.Errorf("told as failed: %s", l.part.Failed)
					}
				}
			})
		})
	}
}
