// Package run carries a scenario's steps out over a lab, judges the answers and tells of it as it goes.
//
//	run.go     the order of things: labs, barriers, questions at once and answers in order, clean-up, audit
//	judge.go   an outcome against an expectation
//	record.go  what becomes part of the result
//
// It knows labs and results, not how containers are made and not how anything is drawn.
package run

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"netlab/netlab/engine"
	"netlab/netlab/lab"
	"netlab/netlab/result"
	"netlab/netlab/scenario"
)

// auditLimit bounds the last questions to the engine, which are asked even when the command was cancelled.
const auditLimit = 30 * time.Second

// A Watcher is told of a run while it goes on. Its methods are called one at a time, in the order of the result; the
// pointers are into the result and may be read until the method returns.
type Watcher interface {
	// Phase says what is being done now, for a status line.
	Phase(text string)
	// Up is called when a lab is there and before anything of it is told.
	Up(r *result.Record, sc *result.Scenario) error
	// Question is called before a check's answer is told, and may wait: for a class to guess.
	Question(ctx context.Context, sc *result.Scenario, index int, st *result.Step) error
	// Answer is called when the step has been carried out and judged.
	Answer(sc *result.Scenario, index int, st *result.Step) error
	// Done is called after a lab's last step, while it is still up, and may wait: for a student to try things.
	Done(ctx context.Context, r *result.Record, sc *result.Scenario) error
}

// Options say how a command runs its scenarios.
type Options struct {
	Kind      string    // result.KindRun or result.KindCompare
	Version   string    // netlab's
	Name      string    // of the lab, for a single scenario
	KeepUntil time.Time // for a lab that is to be kept; zero for one that dies with the command
	InitSwarm bool      // overlay may make the engine a one-node swarm for the time of its lab

	// Second is another engine of the same swarm, on which the container bob of an overlay lab stands; nil for none.
	Second *engine.Engine
}

// Run builds the scenarios' labs, asks their questions, takes everything down and asks the engine what is left.
//
// A run shows one lab after the other. A comparison builds all labs at the same time and asks everywhere at once. The
// record is complete as far as the run came, also where an error is returned.
func Run(ctx context.Context, eng *engine.Engine, scenarios []*scenario.Scenario, o Options, w Watcher) (
	*result.Record, error,
) {
	start := time.Now()
	record := newRecord(eng, o, start)
	w.Phase("looking at the engine")
	if err := sweep(ctx, record, o.Second, eng); err != nil {
		return record, err
	}
	site, err := lab.Open(ctx, eng)
	if err != nil {
		return record, err
	}
	r := &runner{site: site, options: o, record: record, watcher: w}
	r.describe(scenarios)
	if o.Kind == result.KindCompare {
		err = r.together(ctx, scenarios)
	} else {
		err = r.inTurn(ctx, scenarios)
	}
	err = errors.Join(err, r.finish(ctx))
	record.TookUS = time.Since(start).Microseconds()
	record.Count()
	return record, err
}

// sweep removes what killed netlabs left on the engines, of which the second one, whose containers hold the first one's
// networks, comes first; it may be nil.
func sweep(ctx context.Context, record *result.Record, engines ...*engine.Engine) error {
	for _, eng := range engines {
		if eng == nil {
			continue
		}
		swept, _, err := eng.Sweep(ctx, false, false)
		if err != nil {
			return err
		}
		for _, s := range swept {
			record.Swept = append(record.Swept, result.Leftover{Type: s.Type, Name: s.Name})
		}
	}
	return nil
}

type runner struct {
	site    *lab.Site
	options Options
	record  *result.Record
	watcher Watcher

	looked   sync.Once
	removals sync.WaitGroup

	mu       sync.Mutex // guards what removals write
	labs     []*lab.Lab // taken down, for the audit
	failures []error
	held     []error // why something of a lab could not be removed
}

// inTurn shows one lab after the other. Taking one down goes on while the next is built.
func (r *runner) inTurn(ctx context.Context, scenarios []*scenario.Scenario) error {
	for i, sc := range scenarios {
		out := &r.record.Scenarios[i]
		r.watcher.Phase("building the lab " + sc.Name)
		l, err := r.build(ctx, sc, out)
		if err != nil {
			return err
		}
		if l == nil { // it cannot be built here, which is told instead of it
			if err := r.watcher.Up(r.record, out); err != nil {
				return err
			}
			continue
		}
		err = r.show(ctx, l, out)
		if err == nil && out.Kept {
			if err = l.Keep(ctx); err == nil {
				continue
			}
		}
		r.watcher.Phase("taking the lab down")
		r.takeDown(ctx, l, out)
		if err != nil {
			return err
		}
	}
	return nil
}

// build builds the lab; nil where this engine cannot, which out then says.
func (r *runner) build(ctx context.Context, sc *scenario.Scenario, out *result.Scenario) (*lab.Lab, error) {
	if out.Skipped != "" {
		return nil, nil //nolint:nilnil // no lab is an answer
	}
	l, err := r.site.Build(ctx, sc, r.labOptions())
	var impossible lab.Impossible
	if errors.As(err, &impossible) {
		out.Skipped = impossible.Reason
		return nil, nil //nolint:nilnil // no lab is an answer
	}
	return l, err
}

func (r *runner) labOptions() lab.Options {
	return lab.Options{
		Name: r.options.Name, KeepUntil: r.options.KeepUntil, InitSwarm: r.options.InitSwarm, Second: r.options.Second,
	}
}

func (r *runner) show(ctx context.Context, l *lab.Lab, out *result.Scenario) error {
	if err := r.up(ctx, out, l); err != nil {
		return err
	}
	if err := r.watcher.Up(r.record, out); err != nil {
		return err
	}
	if err := steps(ctx, l, out, r.watcher); err != nil {
		return err
	}
	out.Kept = !r.options.KeepUntil.IsZero()
	return r.watcher.Done(ctx, r.record, out)
}

// together builds all labs at the same time. Nothing is told before all are done: side by side is the point.
func (r *runner) together(ctx context.Context, scenarios []*scenario.Scenario) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r.watcher.Phase(fmt.Sprintf("building %d labs and asking", len(scenarios)))
	labs := make([]*lab.Lab, len(scenarios))
	var wg sync.WaitGroup
	for i, sc := range scenarios {
		out := &r.record.Scenarios[i]
		wg.Go(func() {
			l, err := r.build(ctx, sc, out)
			labs[i] = l
			if l != nil {
				if err = r.up(ctx, out, l); err == nil {
					err = steps(ctx, l, out, silent{})
				}
				if !l.Swarm() {
					r.takeDown(ctx, l, out)
				}
			}
			if err != nil {
				cancel(err) // the first error counts; the other labs end because of it
			}
		})
	}
	wg.Wait()
	for i, l := range labs {
		if l != nil && l.Swarm() {
			r.takeDown(ctx, l, &r.record.Scenarios[i])
		}
	}
	return context.Cause(ctx)
}

// takeDown removes the lab in the background. One that made the engine a swarm comes after all others, and is waited
// for: an engine that leaves a swarm forgets the names of whatever runs on it.
func (r *runner) takeDown(ctx context.Context, l *lab.Lab, out *result.Scenario) {
	if !l.Swarm() {
		r.removals.Go(func() { r.remove(ctx, l, out) })
		return
	}
	r.removals.Wait()
	r.remove(ctx, l, out)
}

func (r *runner) remove(ctx context.Context, l *lab.Lab, out *result.Scenario) {
	removed, err := l.Close(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.labs = append(r.labs, l)
	out.Removed = result.Objects{
		Containers: removed.Containers, Networks: removed.Networks, Wires: len(out.Wires), Volumes: removed.Volumes,
		Swarms: removed.Swarms,
	}
	var dead *engine.Unusable
	switch {
	case err == nil:
	case errors.As(err, &dead), errors.Is(err, context.DeadlineExceeded):
		r.failures = append(r.failures, fmt.Errorf("taking lab %s down: %w", out.Name, err))
	default: // something holds a part of it, which the audit finds: a student's own container on one of the networks
		r.held = append(r.held, err)
	}
}

// finish removes the helper, waits until all is removed and asks the engine what is left of this command.
func (r *runner) finish(ctx context.Context) error {
	err := r.look(context.WithoutCancel(ctx)) // where no lab was built, nobody has
	r.removals.Wait()                         // a swarm may only be left when no other lab is up
	_, closing := r.site.Close(ctx)
	err = errors.Join(err, closing)
	r.watcher.Phase("asking the engine what is left")
	err = errors.Join(append(r.failures, err)...)
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), auditLimit)
	defer stop()
	objects, failed := r.site.Leftovers(ctx)
	for _, l := range r.labs {
		more, also := l.Leftovers(ctx)
		objects, failed = append(objects, more...), errors.Join(failed, also)
	}
	r.record.Audited = failed == nil
	for _, o := range objects {
		r.record.Leftovers = append(r.record.Leftovers, result.Leftover{Type: o.Type, Name: o.Name})
	}
	if why := errors.Join(r.held...); why != nil {
		r.record.Held = why.Error()
	}
	return errors.Join(err, failed)
}

// steps carries the lab's steps out. Neighbouring checks are asked at once and told in order; an action waits until
// all before it has been told, since it changes what they ask about.
func steps(ctx context.Context, l *lab.Lab, out *result.Scenario, w Watcher) error {
	j := newJudge(l, out)
	for from := 0; from < len(j.steps); {
		to := from + 1
		for to < len(j.steps) && !barrier(j.steps[from]) && !barrier(j.steps[to]) {
			to++
		}
		if err := block(ctx, j, out, from, to, w); err != nil {
			return err
		}
		from = to
	}
	for i := len(j.steps); i < len(out.Steps); i++ { // what was not asked, with the reason
		if err := w.Answer(out, i, &out.Steps[i]); err != nil {
			return err
		}
	}
	return nil
}

// barrier reports whether a step changes the lab, or wants it to itself: a block of its own.
func barrier(st scenario.Step) bool { return st.Check == nil || st.Check.Probe.Kind == scenario.Start }

// block carries out the steps from up to, and without, to: checks, or a single action or measurement. The questions are
// under way while a class guesses at the first.
func block(ctx context.Context, j *judge, out *result.Scenario, from, to int, w Watcher) error {
	finish := j.start(ctx, from, to)
	for i := from; i < to; i++ {
		st := &out.Steps[i]
		if st.Check != "" {
			if err := w.Question(ctx, out, i, st); err != nil {
				return err
			}
		}
		if i == from {
			if err := finish(ctx); err != nil {
				return err
			}
		}
		if err := w.Answer(out, i, st); err != nil {
			return err
		}
	}
	return nil
}

// silent watches nothing.
type silent struct{}

func (silent) Phase(string)                                                        {}
func (silent) Up(*result.Record, *result.Scenario) error                           { return nil }
func (silent) Question(context.Context, *result.Scenario, int, *result.Step) error { return nil }
func (silent) Answer(*result.Scenario, int, *result.Step) error                    { return nil }
func (silent) Done(context.Context, *result.Record, *result.Scenario) error        { return nil }
