package lab

import (
	"context"
	"fmt"
	"sync"
	"time"

	"netlab/netlab/probe"
	"netlab/netlab/scenario"
)

// awaitLimit is how long a change of health is waited for. Checks are half a second apart, and a busy engine may take
// seconds for one.
const awaitLimit = 10 * time.Second

// A health is what the engine has said of a container's HEALTHCHECK since the container was started or what it checks
// was last changed, each change with its time since then.
type health struct {
	mu      sync.Mutex // guards all below
	since   time.Time
	changes []probe.Stage
	changed chan struct{} // closed and replaced at each change
}

func newHealth() *health { return &health{changed: make(chan struct{})} }

// begin counts from now on; the state is what it is at that moment.
func (h *health) begin(state string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.since = time.Now()
	if state == "" && len(h.changes) > 0 {
		state = h.changes[len(h.changes)-1].State
	}
	h.changes = []probe.Stage{{State: state}}
	h.tell()
}

func (h *health) note(state string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.changes = append(h.changes, probe.Stage{State: state, TookUS: time.Since(h.since).Microseconds()})
	h.tell()
}

func (h *health) tell() {
	close(h.changed)
	h.changed = make(chan struct{})
}

// now returns all changes, and what is closed at the next one.
func (h *health) now() (changes []probe.Stage, next <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]probe.Stage{}, h.changes...), h.changed
}

// changed notes that what p's HEALTHCHECK asks has just changed.
func (p *peer) changed() {
	if p.health != nil {
		p.health.begin("")
	}
}

// watchHealth follows what the engine says of p's HEALTHCHECK until the lab ends, where a step waits for it.
func (l *Lab) watchHealth(ctx context.Context, p *peer) error {
	if !l.awaits(p) || p.health != nil {
		return nil
	}
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	words, err := p.container.Health(watching)
	if err != nil {
		stop()
		return err
	}
	p.health, p.unwatch = newHealth(), stop
	go func() {
		for word := range words {
			if word == "" { // it was started
				p.health.begin(scenario.Starting)
				continue
			}
			p.health.note(word)
		}
	}()
	return nil
}

func (l *Lab) awaits(p *peer) bool {
	for _, st := range l.scenario.Steps {
		if st.Check != nil && st.Check.Probe.Kind == scenario.Await && st.Check.From == p.name {
			return true
		}
	}
	return false
}

// await waits until the engine says that of p's HEALTHCHECK. The time is that of the change.
func (l *Lab) await(ctx context.Context, p *peer, status string) probe.Outcome {
	if p.health == nil {
		return broken(fmt.Errorf("%s was not started", p.name))
	}
	limit := time.After(awaitLimit)
	for {
		changes, next := p.health.now()
		var last probe.Stage
		if len(changes) > 0 {
			last = changes[len(changes)-1]
		}
		if last.State == status {
			return probe.Outcome{Reason: probe.OK, Value: status, TookUS: last.TookUS, Stages: changes}
		}
		select {
		case <-next:
		case <-limit:
			return l.noHealth(ctx, p, changes)
		case <-ctx.Done():
			return broken(context.Cause(ctx))
		}
	}
}

// noHealth is the outcome where the awaited word did not come: an engine that runs no HEALTHCHECK says nothing, ever.
func (l *Lab) noHealth(ctx context.Context, p *peer, changes []probe.Stage) probe.Outcome {
	now, err := p.container.Inspect(ctx)
	switch {
	case err != nil:
		return broken(err)
	case now.Health == "", len(changes) < 2 && now.Health == scenario.Starting:
		return probe.Outcome{Reason: probe.Denied, Detail: "this engine ran no health check"}
	}
	return probe.Outcome{Reason: probe.Timeout, Value: now.Health, Stages: changes}
}
