package run

import (
	"context"
	"errors"
	"slices"
	"sync"

	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/lab"
	"netlab/netlab/result"
	"netlab/netlab/safely"
)

// A removal takes labs down in the background, and remembers them for the audit.
type removal struct {
	running sync.WaitGroup

	mu       sync.Mutex // guards the fields below while labs are being removed
	down     []shown
	failures []failure
}

// shown is a lab with its scenario's result.
type shown struct {
	lab *lab.Lab
	out *result.Scenario
}

// A failure is a lab that could not be removed completely.
type failure struct {
	shown
	err error
}

// held reports whether something uses a part of the lab, which the audit finds: for example a student's own container
// on one of the networks. Otherwise the engine did not answer.
func (f failure) held() bool {
	var dead *engine.Unusable
	return !errors.As(f.err, &dead) && !errors.Is(f.err, context.DeadlineExceeded)
}

// begin removes the lab in the background. If it made the engine a swarm, it is removed after all others and begin
// waits for it: an engine that leaves a swarm forgets the names of everything running on it.
func (r *removal) begin(ctx context.Context, l *lab.Lab, out *result.Scenario) {
	if !l.Swarm() {
		r.running.Go(safely.In(ctx, func() { r.remove(ctx, l, out) }))
		return
	}
	r.running.Wait()
	r.remove(ctx, l, out)
}

func (r *removal) remove(ctx context.Context, l *lab.Lab, out *result.Scenario) {
	var removed fact.Objects
	err := safely.Do(func() (err error) {
		removed, err = l.Close(ctx)
		return err
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = append(r.down, shown{l, out})
	out.Removed.Wires = 0
	for _, d := range r.down {
		if d.out == out {
			out.Removed.Wires += d.lab.OwnWires()
		}
	}
	out.Removed.Add(removed)
	if err != nil {
		r.failures = append(r.failures, failure{shown{l, out}, err})
	}
}

// again retries what could not be removed before.
func (r *removal) again(ctx context.Context) {
	failures := r.failures
	r.failures = nil
	r.down = slices.DeleteFunc(r.down, func(d shown) bool {
		return slices.ContainsFunc(failures, func(f failure) bool { return f.lab == d.lab })
	})
	for _, f := range failures {
		r.begin(ctx, f.lab, f.out)
	}
}
