package run

import (
	"context"
	"fmt"
	"sync"

	"netlab/netlab/lab"
	"netlab/netlab/result"
	"netlab/netlab/safely"
	"netlab/netlab/scenario"
)

// together asks in all labs at once. It reports nothing before all of them are done: the point is to see them side by
// side.
func (s *Session) together(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ctx = safely.With(ctx, func(err error) { cancel(err) })
	p := newProgress(s.watcher, s.scenarios, s.record.Scenarios)
	swarms := make([]*lab.Lab, len(s.scenarios))
	var wg sync.WaitGroup
	for i := range s.scenarios {
		out := &s.record.Scenarios[i]
		wg.Go(safely.In(ctx, func() {
			l, err := s.take(ctx, i)
			p.up(i, l != nil)
			if l != nil {
				err = safely.Do(func() error {
					if err := s.up(ctx, out, l); err != nil {
						return err
					}
					return steps(ctx, l, out, nil, p.answered, Options{})
				})
				if l.Swarm() {
					swarms[i] = l
				} else {
					s.removal.begin(ctx, l, out)
				}
			}
			if err != nil {
				cancel(err) // the first error counts; it also ends the other labs
			}
		}))
	}
	wg.Wait()
	s.leaveWorld(ctx)
	for i, l := range swarms {
		if l != nil {
			s.removal.begin(ctx, l, &s.record.Scenarios[i])
		}
	}
	return context.Cause(ctx)
}

// beginWorld starts building what the scenarios that this engine can run have in common.
func (s *Session) beginWorld(ctx context.Context) error {
	var able []*scenario.Scenario
	for i, sc := range s.scenarios {
		if s.record.Scenarios[i].Skipped == "" {
			able = append(able, sc)
		}
	}
	world := scenario.World(able)
	if world == nil {
		return nil
	}
	l, err := s.site.Plan(ctx, world, lab.Options{})
	if err != nil {
		return err
	}
	s.world = &coming{done: make(chan struct{}), lab: l}
	safely.Go(ctx, func() {
		defer close(s.world.done)
		s.world.err = safely.Do(func() error { return l.Build(ctx) })
	})
	return nil
}

// leaveWorld removes what the scenarios had in common, once the labs that used it are gone. Its objects count as the
// first lab's.
func (s *Session) leaveWorld(ctx context.Context) {
	if s.world == nil || s.world.lab == nil {
		return
	}
	<-s.world.done
	s.removal.running.Wait()
	l := s.world.lab
	s.world.lab = nil
	out := &s.record.Scenarios[0]
	for i := range s.record.Scenarios {
		if s.record.Scenarios[i].Skipped == "" {
			out = &s.record.Scenarios[i]
			break
		}
	}
	s.removal.begin(ctx, l, out)
}

// A progress reports to the watcher how far a comparison is, in all labs at once.
type progress struct {
	watcher Watcher

	mu           sync.Mutex // guards everything below, and the watcher
	asks         []int      // how many answers each lab will give
	ups, labs    int
	done, wanted int
}

func newProgress(w Watcher, scenarios []*scenario.Scenario, out []result.Scenario) *progress {
	p := &progress{watcher: w, asks: make([]int, len(scenarios))}
	for i, sc := range scenarios {
		if out[i].Skipped != "" {
			continue
		}
		p.labs++
		for _, st := range sc.Steps {
			if st.Do == nil {
				p.asks[i]++
			}
		}
		p.wanted += p.asks[i]
	}
	p.tell()
	return p
}

func (p *progress) tell() {
	p.watcher.Phase(fmt.Sprintf("%d of %d labs up, %d of %d answers", p.ups, p.labs, p.done, p.wanted))
}

// up records that the i-th lab is up, or that it will not be.
func (p *progress) up(i int, there bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case there:
		p.ups++
	case p.asks[i] > 0:
		p.labs--
		p.wanted -= p.asks[i]
	}
	p.tell()
}

// answered counts one more answer.
func (p *progress) answered() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	p.tell()
}
