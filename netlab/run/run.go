// Package run carries a scenario's steps out over a lab, judges the answers and tells of it as it goes.
//
//	run.go     a lab's steps: barriers, questions at once and answers in order
//	session.go the labs around them: built, maybe ahead of time, shown, taken down, and the audit
//	together.go a comparison: what its modes have in common, and how far it is
//	judge.go   an outcome against an expectation
//	witness.go the packets of each question, where they are wanted
//	record.go  what becomes part of the result
//
// It knows labs and results, not how containers are made and not how anything is drawn.
package run

import (
	"context"
	"errors"
	"time"

	"netlab/netlab/engine"
	"netlab/netlab/lab"
	"netlab/netlab/result"
	"netlab/netlab/safely"
	"netlab/netlab/scenario"
)

// A Watcher is told of a run while it goes on. Its methods are called one at a time, in the order of the result; the
// pointers are into the result and may be read until the method returns.
type Watcher interface {
	// Phase says what is being done now, for a status line.
	Phase(text string)
	// Up is called when a lab is there and before anything of it is told.
	Up(r *result.Record, sc *result.Scenario) error
	// Question is called before a check's answer is told, and may wait: for a class to guess.
	Question(ctx context.Context, sc *result.Scenario, index int, st *result.Step) error
	// Answer is called when the step has been carried out and judged, and may enter what was predicted of it.
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

	// Use is done instead of the scenarios' steps, with all labs up at the same time, nil for one that this engine
	// cannot run; nil for the steps.
	Use func(ctx context.Context, r *result.Record, labs []*lab.Lab) error

	// Packets has the lab's frames captured, so that each step has its own. A run asks one question at a time then. A
	// comparison captures nothing.
	Packets bool
	Frames  Frames // of Packets; nil where the frames themselves are not wanted
}

// atOnce reports whether all labs are built at the same time.
func (o Options) atOnce() bool { return o.Kind == result.KindCompare || o.Use != nil }

// Run builds the scenarios' labs, asks their questions, takes everything down and asks the engine what is left: a
// [Session] from its beginning to its end. The record is complete as far as the run came, also where an error is
// returned.
func Run(ctx context.Context, eng *engine.Engine, scenarios []*scenario.Scenario, o Options, w Watcher) (
	*result.Record, error,
) {
	s := Prepare(ctx, eng, scenarios, o)
	err := safely.Do(func() error { return s.Show(ctx, w) })
	w.Phase("taking down, and asking the engine what is left")
	return s.Record(), errors.Join(err, s.Close(ctx))
}

// steps carries the lab's steps out. Neighbouring checks are asked at once and told in order; an action waits until
// all before it has been told, since it changes what they ask about.
func steps(ctx context.Context, l *lab.Lab, out *result.Scenario, w Watcher, o Options) (err error) {
	j := newJudge(l, out)
	if p, ok := w.(*progress); ok {
		j.answered = p.answered
	}
	if o.Packets {
		if j.witness, err = newWitness(ctx, l, out, o.Frames); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, j.witness.close(ctx)) }()
	}
	for from := 0; from < len(j.steps); {
		to := from + 1
		for to < len(j.steps) && !barrier(j.steps[from]) && !barrier(j.steps[to]) {
			to++
		}
		if err := block(ctx, j, out, from, to, w); err != nil {
			return err
		}
		enterPeers(out, l)
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
func barrier(st scenario.Step) bool { return st.Check == nil || st.Check.Probe.Changes() }

// block carries out the steps from up to, and without, to: checks, or a single action or measurement. The questions are
// under way while a class guesses at the first, and none is any more when it returns.
func block(ctx context.Context, j *judge, out *result.Scenario, from, to int, w Watcher) error {
	asking, stop := context.WithCancel(ctx)
	defer func() {
		stop()
		j.asking.Wait()
	}()
	finish := j.start(asking, from, to)
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
