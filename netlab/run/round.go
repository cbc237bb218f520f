package run

import (
	"context"
	"slices"
	"sync"

	"netlab/netlab/ask"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/safely"
	"netlab/netlab/scenario"
)

// A round is what is carried out together: checks, which are asked at once, or a single action or measurement.
type round struct {
	judge    *judge
	from, to int // the steps with from <= index < to

	asking  sync.WaitGroup
	answers []answer
	there   []chan struct{} // each closed once that answer is valid
	done    chan struct{}   // closed once asked is valid
	asked   error           // why not all were asked, or nil
	judged  []bool
}

// start starts the steps with from <= index < to. Their results are entered by finish, not before.
func (j *judge) start(ctx context.Context, from, to int) *round {
	r := &round{judge: j, from: from, to: to, done: make(chan struct{})}
	if j.steps[from].Check == nil {
		return r
	}
	r.answers, r.judged = make([]answer, to-from), make([]bool, to-from)
	for range r.answers {
		r.there = append(r.there, make(chan struct{}))
	}
	r.asking.Go(safely.In(ctx, func() {
		defer close(r.done)
		r.asked = safely.Do(func() error { return r.ask(ctx) })
	}))
	return r
}

// finish waits for the result of a step and enters it. Call it once for each step, in order. An error means that the
// engine failed or ctx ended. It is never an answer.
func (r *round) finish(ctx context.Context, i int) error {
	j := r.judge
	step, st := j.steps[i], &j.out[i]
	switch {
	case step.Do != nil:
		return j.do(ctx, *step.Do, st)
	case step.Measure != nil:
		j.measure(ctx, *step.Measure, st)
		j.count()
		return j.ended(ctx, i)
	}
	if j.witness != nil { // asking again, while others are still being asked, would mix up the packets
		if <-r.done; r.asked != nil {
			return r.asked
		}
		j.witness.enter()
	}
	for k := r.from; k < r.to; k++ {
		if k == i || slices.Contains(step.Check.Control, j.out[k].Check) {
			if err := r.enter(ctx, k); err != nil {
				return err
			}
		}
	}
	j.control(*step.Check, st)
	if j.wantsDropper(*step.Check, st) {
		if <-r.done; r.asked != nil { // other questions' packets would be counted too
			return r.asked
		}
		if err := j.dropper(ctx, i); err != nil {
			return err
		}
	}
	return j.ended(ctx, i)
}

// waits reports whether an answer to a check from this one on is not there yet.
func (r *round) waits(from int) bool {
	for i := from; i < r.to; i++ {
		select {
		case <-r.there[i-r.from]:
		default:
			return true
		}
	}
	return false
}

// enter judges the answer to a check, apart from its controls.
func (r *round) enter(ctx context.Context, i int) error {
	if r.judged[i-r.from] {
		return nil
	}
	select {
	case <-r.there[i-r.from]:
	case <-r.done:
		if r.asked != nil {
			return r.asked
		}
	}
	r.judged[i-r.from] = true
	j, a := r.judge, r.answers[i-r.from]
	c, st := *j.steps[i].Check, &j.out[i]
	if why := j.lacks(c); why != "" {
		st.Verdict, st.Why = result.Skipped, why
		return nil
	}
	st.Packets, st.Unlisted = a.packets, a.unlisted
	came := a.Reason.Positive() || a.Reason == probe.Accepted // in such a gap, a socket of the engine itself may accept
	if start, ok := c.Asks.(ask.Start); ok && a.Reason.Positive() {
		st.Changed = changed(j.lab, ask.Action{Verb: ask.VerbStart, Peer: start.Container})
	}
	var askAgain func(context.Context, scenario.Check, answer) (answer, error)
	wanted := j.check(ctx, c, a.Outcome, st)
	_, awaits := c.Asks.(ask.Await)
	switch {
	case wanted == probe.Timeout && came:
		askAgain = j.untilSilent
	case st.Verdict == result.Surprise && (silent(a.Reason) || a.Reason == probe.Accepted) && !awaits:
		askAgain = j.onceMore
	default:
		return nil
	}
	a, err := askAgain(ctx, c, a)
	if err != nil {
		return err
	}
	st.Packets, st.Unlisted = a.packets, a.unlisted
	j.check(ctx, c, a.Outcome, st)
	return nil
}

// ask asks the questions at once: most of them wait, and a command should take no longer than the longest wait.
// Questions that would see the others come first, each alone. If packets are captured, it asks one question after the
// other. An error means that the capture failed or ctx ended.
func (r *round) ask(ctx context.Context) error {
	j := r.judge
	if j.witness == nil {
		ask := func(i int) {
			defer close(r.there[i])
			if c := j.steps[r.from+i].Check; j.lacks(*c) == "" {
				r.answers[i].Outcome = j.question(ctx, *c)
				j.count()
			}
		}
		alone := func(i int) bool { return j.steps[r.from+i].Check.Asks.Kind().Others }
		for i := range r.answers {
			if alone(i) {
				ask(i)
			}
		}
		var wg sync.WaitGroup
		for i := range r.answers {
			if !alone(i) {
				wg.Go(safely.In(ctx, func() { ask(i) }))
			}
		}
		wg.Wait()
		return nil
	}
	for i := range r.answers {
		if j.lacks(*j.steps[r.from+i].Check) != "" {
			continue
		}
		var err error
		if r.answers[i], err = j.askOne(ctx, *j.steps[r.from+i].Check); err != nil {
			return err
		}
	}
	return nil
}

// ended returns ctx's error, or the engine's error if that explains a broken step: an engine that is gone breaks every
// question, while one broken question is a result.
func (j *judge) ended(ctx context.Context, i int) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if j.out[i].Verdict == result.Broken {
		return j.alive(ctx)
	}
	return nil
}
