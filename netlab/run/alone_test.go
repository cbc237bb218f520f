package run

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"netlab/netlab/ask"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/scenario"
)

// A busyLab takes a second for each question, and records which questions were asked while another was open.
type busyLab struct {
	*fakeLab
	mu       sync.Mutex // guards the fields below
	open     []string   // what the open questions read, or their kind
	together map[string]bool
}

func (b *busyLab) Ask(_ context.Context, _ string, p ask.Question) probe.Outcome {
	name := p.Kind().Name + ask.ThingOf(p)
	b.mu.Lock()
	b.open = append(b.open, name)
	if len(b.open) > 1 {
		for _, other := range b.open {
			b.together[other] = true
		}
	}
	b.mu.Unlock()
	time.Sleep(time.Second)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open = b.open[1:]
	return probe.Outcome{Reason: probe.OK}
}

// TestAlone: a question that sees sockets or processes is asked while no other is open, because netlab's own would be
// among its answers. All other questions are asked at once.
func TestAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var steps []scenario.Step
		for _, p := range []ask.Question{
			ask.Connect{},
			ask.Read{Thing: "sockets"},
			ask.Listen{},
			ask.Read{Thing: "processes"},
			ask.Read{Thing: "host-processes"},
			ask.Resolve{},
		} {
			steps = append(steps, check(scenario.Check{
				From: "alice", Asks: p, Expect: []ask.Expectation{{Reason: probe.OK}},
			}))
		}
		b := &busyLab{fakeLab: &fakeLab{}, together: map[string]bool{}}
		j := &judge{lab: b, steps: steps, out: make([]result.Step, len(steps))}
		if err := j.carryOut(t.Context(), 0, len(steps)); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"connect", "listen", "resolve"} {
			if !b.together[name] {
				t.Errorf("%s was asked by itself", name)
			}
		}
		for _, name := range []string{"readsockets", "readprocesses", "readhost-processes"} {
			if b.together[name] {
				t.Errorf("%s was asked while another question was open", name)
			}
		}
	})
}
