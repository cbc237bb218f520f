package lab

import (
	"context"
	"fmt"
	"slices"
	"time"

	"netlab/netlab/ask"
	"netlab/netlab/probe"
	"netlab/netlab/safely"
	"netlab/netlab/scenario"
)

// A health is what the engine has reported about a container's HEALTHCHECK since the container was started or since
// the subject of the check last changed. Each change has its time since then.
type health struct {
	mu      changing // guards everything below
	since   time.Time
	changes []probe.Stage
	err     error // why no more changes will be reported
}

// begin starts the clock. The state is the one at that moment.
func (h *health) begin(state string) {
	h.mu.change(func() {
		h.since = time.Now()
		if state == "" && len(h.changes) > 0 {
			state = h.changes[len(h.changes)-1].State
		}
		h.changes = []probe.Stage{{State: state}}
	})
}

func (h *health) note(state string) {
	h.mu.change(func() {
		h.changes = append(h.changes, probe.Stage{State: state, TookUS: time.Since(h.since).Microseconds()})
	})
}

// fail records that no more changes will be reported.
func (h *health) fail(err error) { h.mu.change(func() { h.err = err }) }

// watched returns what is known about p's HEALTHCHECK, or nil if no step waits for it or p does not run.
func (p *peer) watched() *health {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.health
}

// changed records that the subject of p's HEALTHCHECK has just changed.
func (p *peer) changed() {
	if h := p.watched(); h != nil {
		h.begin("")
	}
}

// watchHealth follows what the engine reports about p's HEALTHCHECK until p is closed, if a step waits for it.
func (b builder) watchHealth(ctx context.Context, p *peer) error {
	if !awaits(b.lab.scenario, p) {
		return nil
	}
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	unhook := context.AfterFunc(ctx, stop) // until the engine has agreed to report
	words, failed, err := p.container.Health(watching)
	unhook()
	if err != nil {
		stop()
		return err
	}
	h := &health{}
	p.mu.Lock()
	if p.unwatch != nil {
		p.unwatch()
	}
	p.health, p.unwatch = h, stop
	p.mu.Unlock()
	safely.Go(safely.With(ctx, h.fail), func() { h.follow(words, failed) })
	return nil
}

// follow records what the engine reports until it stops reporting.
func (h *health) follow(words <-chan string, failed <-chan error) {
	for word := range words {
		if word == "" { // the container was started
			h.begin(ask.Starting)
			continue
		}
		h.note(word)
	}
	select {
	case err := <-failed:
		h.fail(err)
	default: // no longer watched
	}
}

func awaits(sc *scenario.Scenario, p *peer) bool {
	for _, st := range sc.Steps {
		if st.Check == nil || st.Check.From != p.name {
			continue
		}
		if _, awaits := st.Check.Asks.(ask.Await); awaits {
			return true
		}
	}
	return false
}

// Await waits until the engine reports this status for the asker's HEALTHCHECK. The time is that of the change.
func (a asking) Await(ctx context.Context, q ask.Await) probe.Outcome {
	h := a.asker.watched()
	if h == nil {
		return broken(fmt.Errorf("%s is not running", a.asker.name))
	}
	limited, stop := context.WithTimeout(ctx, scenario.AwaitLimit)
	defer stop()
	var changes []probe.Stage
	var last probe.Stage
	var failed error
	late := h.mu.wait(limited, func() bool {
		changes, failed = slices.Clone(h.changes), h.err
		if len(changes) > 0 {
			last = changes[len(changes)-1]
		}
		return failed != nil || last.State == q.Status
	})
	switch {
	case failed != nil:
		return broken(failed)
	case late == nil:
		return probe.Outcome{Reason: probe.OK, Value: q.Status, TookUS: last.TookUS, Stages: changes}
	case ctx.Err() != nil:
		return broken(context.Cause(ctx))
	}
	return a.noHealth(ctx, changes)
}

// noHealth is the outcome if the awaited status did not arrive: an engine that does not run HEALTHCHECKs never
// reports one.
func (a asking) noHealth(ctx context.Context, changes []probe.Stage) probe.Outcome {
	now, err := a.asker.container.Inspect(ctx)
	if err != nil {
		return broken(err)
	}
	return unheard(now.Health, changes)
}

// unheard is the outcome for a status that is not the awaited one.
func unheard(now string, changes []probe.Stage) probe.Outcome {
	if now == "" || len(changes) < 2 && now == ask.Starting {
		return probe.Outcome{
			Reason: probe.Denied, Detail: fmt.Sprintf("the engine reported no health check within %s", scenario.AwaitLimit),
		}
	}
	return probe.Outcome{Reason: probe.Timeout, Value: now, Stages: changes}
}
