// Package run carries out a scenario's steps in a lab, judges the answers and reports progress.
//
//	run.go      a lab's steps, and the barriers between them
//	round.go    questions that are asked at once, and their answers in order
//	session.go  the labs around them: showing them, and the audit
//	coming.go   building labs ahead of time
//	removal.go  removing them in the background
//	together.go a comparison: what its modes share, and its progress
//	judge.go    an outcome against an expectation
//	again.go    asking again where chance can explain an answer
//	witness.go  the packets of each question, if they are wanted
//	record.go   what becomes part of the result
//
// It knows labs and results, but not how containers are created or how anything is drawn.
package run

import (
	"context"
	"errors"
	"slices"
	"time"

	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/lab"
	"netlab/netlab/result"
	"netlab/netlab/safely"
	"netlab/netlab/scenario"
)

// A Watcher follows a run. Its methods are called one at a time, in the order of the result. The pointers point into
// the result and may be read until the method returns.
type Watcher interface {
	// Phase reports what is happening now, for a status line.
	Phase(text string)
	// Up is called when a lab is ready, before anything else about it.
	Up(r *result.Record, sc *result.Scenario) error
	// Question is called before a check's answer is reported, and may wait so that a class can guess.
	Question(ctx context.Context, sc *result.Scenario, st *result.Step) error
	// Answer is called when the step has been carried out and judged, and may record what was predicted for it.
	Answer(sc *result.Scenario, st *result.Step) error
	// Done is called after a lab's last step while the lab still runs, and may wait so that a student can try things.
	Done(ctx context.Context, r *result.Record, sc *result.Scenario) error
}

// Options say how a command runs its scenarios.
type Options struct {
	Kind      string    // result.KindRun or result.KindCompare
	Version   string    // netlab's
	Name      string    // of the lab, for a single scenario
	KeepUntil time.Time // for a lab to keep; zero for one that ends with the command
	InitSwarm bool      // whether overlay may make the engine a one-node swarm for the lifetime of its lab

	// Brief means that nothing uses a lab after its last question, so that each container can be removed as soon as no
	// question needs it any more.
	Brief bool

	// Second is another engine of the same swarm, where the container bob of an overlay lab runs, or nil.
	Second *engine.Engine

	// Use, if not nil, runs instead of the scenarios' steps, with all labs up at the same time. A lab is nil if this
	// engine cannot run it.
	Use func(ctx context.Context, r *result.Record, labs []*lab.Lab) error

	Kernel bool // whether to ask the kernel which packets of the questions it drops

	// Packets captures the lab's frames, so that each step has its own. A run then asks one question at a time. A
	// comparison does not capture.
	Packets bool
	Frames  Frames // receives them; nil if the frames themselves are not needed
}

// atOnce reports whether all labs are built at the same time.
func (o Options) atOnce() bool { return o.Kind == result.KindCompare || o.Use != nil }

// An Unremoved error means that every question was answered, but removing the labs or the last look at the engine
// failed.
type Unremoved struct{ Err error }

// Error returns what went wrong.
func (u *Unremoved) Error() string { return u.Err.Error() }

// Unwrap returns the error of the removal.
func (u *Unremoved) Unwrap() error { return u.Err }

// Run builds the scenarios' labs, asks their questions, removes everything and asks the engine what is left: a
// [Session] from beginning to end. The record is complete up to the point that the run reached, even if Run returns
// an error. The error is an [*Unremoved] if the record is complete.
func Run(ctx context.Context, eng *engine.Engine, scenarios []*scenario.Scenario, o Options, w Watcher) (
	*result.Record, error,
) {
	s := Prepare(ctx, eng, scenarios, o)
	err := safely.Do(func() error { return s.Show(ctx, w) })
	w.Phase("removing the lab, and asking the engine what is left")
	closing := s.Close(ctx)
	if err == nil && closing != nil {
		return s.Record(), &Unremoved{closing}
	}
	return s.Record(), errors.Join(err, closing)
}

// steps carries out the lab's steps. Neighboring checks are asked at once and reported in order. An action waits
// until everything before it has been reported, because it changes what those checks ask about. w is nil if nothing is
// reported before all labs are done; answered is called for each answer as it arrives, or nil.
func steps(ctx context.Context, l *lab.Lab, out *result.Scenario, w Watcher, answered func(), o Options) (err error) {
	j := newJudge(l, out)
	j.brief = o.Brief && !o.Packets && o.KeepUntil.IsZero()
	j.answered = answered
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
		enterKernel(out, l)
		from = to
	}
	for i := len(j.steps); w != nil && i < len(out.Steps); i++ { // what was skipped, with the reason
		if err := w.Answer(out, &out.Steps[i]); err != nil {
			return err
		}
	}
	return nil
}

// barrier reports whether a step changes the lab or needs it to itself. Such a step is a block of its own.
func barrier(st scenario.Step) bool { return st.Check == nil || st.Check.Asks.Kind().Changes }

// block carries out the steps with from <= index < to: checks, or a single action or measurement. The questions are
// already being asked while a class guesses the first answer, each answer is told as soon as it and those before it are
// known, and all are over when block returns.
func block(ctx context.Context, j *judge, out *result.Scenario, from, to int, w Watcher) error {
	asking, stop := context.WithCancel(ctx)
	r := j.start(asking, from, to)
	defer func() {
		stop()
		r.asking.Wait()
	}()
	for i := from; i < to; i++ {
		st := &out.Steps[i]
		if w != nil && st.Check != "" {
			if err := w.Question(ctx, out, st); err != nil {
				return err
			}
		}
		if err := r.finish(ctx, i); err != nil {
			return err
		}
		if w != nil {
			if err := w.Answer(out, st); err != nil {
				return err
			}
		}
		if j.brief && to == len(j.steps) && r.waits(i+1) { // otherwise the whole lab is removed in a moment
			names := scenario.Needed(j.steps[i+1:])
			j.lab.Release(ctx, func(name string) bool { return slices.Contains(names, name) })
		}
	}
	return nil
}

// rootlessPorts is why a question about a port on a link is skipped. A rootless engine's proxy listens in RootlessKit's
// namespace, which has the link, and RootlessKit listens for it on the computer itself, which does not.
const rootlessPorts = "a rootless engine cannot publish on the simulated link: RootlessKit listens on the computer, " +
	"where that address does not exist"

// askable returns the scenarios without what this engine cannot do.
func askable(scenarios []*scenario.Scenario, eng fact.Engine) []*scenario.Scenario {
	if !eng.Rootless {
		return scenarios
	}
	left := make([]*scenario.Scenario, len(scenarios))
	for i, sc := range scenarios {
		left[i] = sc.WithoutPortsOnWires(rootlessPorts)
	}
	return left
}
