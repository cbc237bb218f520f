package cli

// A class: which section is shown when, what is built ahead, and how it ends. A narrator, as of every other command,
// draws each section. teach_keys.go has the keys, teach_labs.go the labs, teach_notes.go the teacher's own screen.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"netlab/netlab/engine"
	"netlab/netlab/render"
	"netlab/netlab/result"
	"netlab/netlab/run"
	"netlab/netlab/safely"
	"netlab/netlab/scenario"
)

// A class shows the sections of a plan one at a time, as the keys say. Each section is a run.Session of its own, so one
// can be built while another is shown, and an engine failure costs one section.
type class struct {
	*console
	shared    *shared
	options   render.Options
	build     func(ctx context.Context, at int) session // starts building a section
	plan      *scenario.Plan
	initSwarm bool      // an overlay makes the engine a swarm
	guess     bool      // in all sections, each answer waits for a key
	foretold  bool      // in all sections, the class predicts
	first     int       // the section to start with
	notes     io.Writer // the teacher's own screen; nil for none
	noted     bool      // it has a section's note
	started   time.Time

	lessons []*lesson // by section; nil if it did not finish
	ahead   *setup    // the section being built while another is shown; nil for none
	record  *result.Record

	closing sync.WaitGroup // sessions closing in the background
	closed  []*setup       // or about to be closed
}

// A lesson is a section that was shown.
type lesson struct {
	part   result.Part
	record *result.Record
	number int // of the section, from 0
	at     time.Time
}

// A move says where a class goes after a section.
type move int

const (
	moveOn move = iota
	moveBack
	moveSkip
	moveAgain
	moveEnd
)

// run shows the sections starting at from, and always cleans up.
func (c *class) run(ctx context.Context, from int) error {
	c.first, c.started = from, time.Now()
	err := safely.Do(func() error { return c.teach(ctx, from) })
	if errors.Is(err, errNoKeyboard) { // without a terminal the class is over
		err = nil
	}
	c.clear()
	if err := errors.Join(err, c.finish(ctx)); err != nil {
		return err
	}
	return c.judged()
}

func (c *class) teach(ctx context.Context, from int) error {
	if err := c.agenda(from); err != nil {
		return err
	}
	again := false
	for at := from; at < len(c.plan.Parts); {
		move, err := c.part(ctx, at, again)
		if err != nil {
			return err
		}
		again = move == moveAgain
		switch move {
		case moveOn:
			at++
		case moveSkip:
			at += 2 // the skip is asked for after a section, about the next one
		case moveBack:
			at = max(at-1, 0)
		case moveEnd:
			return nil
		}
	}
	return nil
}

// part shows one section: its earlier result, or live.
func (c *class) part(ctx context.Context, at int, again bool) (move, error) {
	part := &c.plan.Parts[at]
	heading := func(w io.Writer) error {
		return render.ClassPart(w, at+1, len(c.plan.Parts), part.Name(), part.Minutes, c.options)
	}
	if err := c.draw(heading); err != nil {
		return 0, err
	}
	if was := c.lessons[at]; was != nil && !again {
		return c.review(ctx, was)
	}
	if again {
		return c.show(ctx, at)
	}
	c.prepare(ctx, at)
	if err := c.note(at); err != nil {
		return 0, err
	}
	if part.Note != "" || at == c.first {
		how := "Enter starts"
		if c.predicts(part) {
			how = "Enter starts. Then guess each answer with a key"
		} else if part.Step || c.guess {
			how = "Enter starts, then shows each answer"
		}
		move, err := c.ask(ctx, how, nil, part.Note)
		if move == moveSkip {
			move = moveOn
		}
		if err != nil || move != moveOn {
			return move, err
		}
	}
	return c.show(ctx, at)
}

// review shows a section's earlier result again.
func (c *class) review(ctx context.Context, l *lesson) (move, error) {
	c.closing.Wait() // the record is complete once its session is closed
	err := c.draw(func(w io.Writer) error { return render.ClassAnswers(w, &l.part, l.record, c.options) })
	if err != nil {
		return 0, err
	}
	c.words("", fmt.Sprintf("As measured at %s. Press r to measure it again.", l.at.Format("15:04")))
	return c.ask(ctx, c.next(l.number), nil, "")
}

// next says what Enter does after the section.
func (c *class) next(at int) string {
	if at+1 == len(c.plan.Parts) {
		return "That was the last section. Enter ends the class"
	}
	return fmt.Sprintf("Enter continues with %d of %d, %s", at+2, len(c.plan.Parts), c.plan.Parts[at+1].Short())
}

// errMoved ends a section early, because the class moves on.
var errMoved = errors.New("the class moved on")

// show shows a section live. If it does not finish, the class is told so and goes on.
func (c *class) show(ctx context.Context, at int) (move, error) {
	b := c.take(ctx, at)
	c.calm(ctx)
	w, err := c.watch(ctx, at, b.session)
	c.close(ctx, b)
	l := &lesson{
		part:   result.Part{Title: c.plan.Parts[at].Name(), All: w.options.All},
		record: b.session.Record(), number: at, at: time.Now(),
	}
	if w.asked { // even if the class ends during the discussion
		c.lessons[at] = l
	}
	var output outputError
	switch {
	case ctx.Err() != nil:
		return 0, context.Cause(ctx)
	case errors.As(err, &output): // the output cannot be shown
		return 0, err
	case errors.Is(err, errMoved), w.asked && err == nil:
		return w.move, nil
	case errors.Is(err, errNoKeyboard):
		return 0, errNoKeyboard
	}
	l.part.Failed = failure(err)
	if was := c.lessons[at]; l.part.Failed == "" || was == nil || was.part.Failed != "" {
		c.lessons[at] = l
	}
	return c.over(ctx, l, w)
}

// watch shows a session within --timeout. Waiting for a person does not count.
func (c *class) watch(ctx context.Context, at int, s session) (*lessonWatcher, error) {
	clock := c.shared.clock(ctx, c.shared.timeout)
	defer clock.stop()
	part := &c.plan.Parts[at]
	w := &lessonWatcher{class: c, at: at, session: s, prepare: func() { c.prepareNext(ctx, at) }}
	w.narrator = c.narrator(part, !part.Compare, clock, w.pressed)
	err := clock.blame(s.Show(clock.ctx, w))
	c.clear()
	return w, err
}

// narrator returns what draws the section.
func (c *class) narrator(
	part *scenario.Part, live bool, clock *clock, pressed func(context.Context) error,
) *narrator {
	predict := c.predicts(part)
	n := &narrator{
		console: c.console, options: c.options, clock: clock, pressed: pressed,
		live: live, step: !predict && (part.Step || c.guess), predict: predict,
	}
	n.options.All = part.All || part.Only != nil
	return n
}

// over ends a section: it shows the table of a comparison, or why the section failed, and asks what to do next.
func (c *class) over(ctx context.Context, l *lesson, w *lessonWatcher) (move, error) {
	if c.plan.Parts[l.number].Compare || l.part.Failed != "" {
		c.closing.Wait() // then the record is complete
	}
	switch {
	case l.part.Failed != "":
		c.drop(ctx) // its lab is lost too
		if err := c.draw(func(w io.Writer) error { return render.ClassFailed(w, l.part.Failed, c.options) }); err != nil {
			return 0, err
		}
		return c.ask(ctx, "Press r to try it again. "+c.next(l.number), nil, "")
	case c.plan.Parts[l.number].Compare:
		if err := c.table(ctx, c.narrator(&c.plan.Parts[l.number], true, nil, nil), l.record); err != nil {
			return 0, err
		}
	}
	w.prepare()
	return c.talk(ctx, l.number, nil)
}

// table shows a comparison after the class guessed.
func (c *class) table(ctx context.Context, n *narrator, r *result.Record) error {
	switch {
	case n.predict:
		if err := n.foretellTable(ctx, r); err != nil {
			return err
		}
	case n.step:
		c.words("", "Enter shows the table.")
		if err := c.keys.enter(ctx); err != nil {
			return err
		}
	}
	return c.draw(func(w io.Writer) error {
		return errors.Join(render.Compare(w, r, n.options), render.Predictions(w, r, n.options))
	})
}

// predicts reports whether the class predicts each answer of the section.
func (c *class) predicts(part *scenario.Part) bool { return part.Predict || c.foretold }

// failure returns in one line why a section did not finish; "" if it did.
func failure(err error) string {
	if err == nil {
		return ""
	}
	var dead *engine.Unusable
	if errors.As(err, &dead) {
		return dead.Error() + "; " + dead.Hint
	}
	return oneLine(err)
}

// talk lets the class discuss the section, without a time limit.
func (c *class) talk(ctx context.Context, at int, lab *standing) (move, error) {
	if pause := c.plan.Parts[at].Pause; pause != "" {
		c.clear()
		if err := c.draw(func(w io.Writer) error { return render.ClassPause(w, pause, c.options) }); err != nil {
			return 0, err
		}
	}
	return c.ask(ctx, c.next(at), lab, c.plan.Parts[at].Note)
}

// scenarios returns the section's scenarios, reduced to the questions it asks.
func (c *class) scenarios(at int) []*scenario.Scenario {
	part := &c.plan.Parts[at]
	keep := func(_ *scenario.Scenario, st scenario.Step) bool { return part.All || isLesson(st) }
	switch {
	case part.Only != nil:
		keep = func(_ *scenario.Scenario, st scenario.Step) bool { return slices.Contains(part.Only, st.ID()) }
	case part.Compare:
		keep = inCommon(part.Scenarios)
	}
	return selectSteps(part.Scenarios, keep)
}

func (c *class) runOptions(at int) run.Options {
	o := run.Options{Kind: result.KindRun, Version: c.shared.version, InitSwarm: c.initSwarm}
	if c.plan.Parts[at].Compare {
		o.Kind = result.KindCompare
	}
	return o
}

// judged returns the exit code for what was shown. Nothing shown is not a failure: a teacher may look in and leave.
func (c *class) judged() error {
	failed := func(p result.Part) bool { return p.Failed != "" }
	switch {
	case len(c.record.Parts) == 0:
		return nil
	case slices.ContainsFunc(c.record.Parts, failed):
		return verdict(exitSurprise)
	}
	return judged(c.record)
}

// A lessonWatcher draws a section as the narrator does. While the lab is up, it asks what to do next.
type lessonWatcher struct {
	*narrator
	class   *class
	at      int
	session session
	prepare func() // starts building the next section

	asked bool
	move  move
}

// Done ends the lab's output and lets the class discuss it while the next lab is built.
func (w *lessonWatcher) Done(ctx context.Context, r *result.Record, sc *result.Scenario) error {
	if err := w.narrator.Done(ctx, r, sc); err != nil {
		return err
	}
	if err := w.draw(func(out io.Writer) error { return render.Predictions(out, r, w.options) }); err != nil {
		return err
	}
	w.prepare()
	w.asked = true
	resume := w.waiting()
	defer resume()
	var err error
	w.move, err = w.class.talk(ctx, w.at, &standing{session: w.session, scenario: sc})
	return err
}

// pressed waits for Enter before an answer, or for a key that ends the section.
func (w *lessonWatcher) pressed(ctx context.Context) error {
	for {
		k, err := w.keyBehind(ctx, stepHint)
		switch {
		case err != nil:
			return err
		case goesOn(k):
			return nil
		case k == '?':
			fmt.Fprint(w.streams.Err, "\n"+stepKeys)
			if err := w.draw(w.question); err != nil { // the answer goes next to it
				return err
			}
		case k == 's':
			w.move = moveOn
			return errMoved
		case k == 'b' || k == keyLeft:
			w.move = moveBack
			return errMoved
		case k == 'q' || k == keyEnd:
			w.move = moveEnd
			return errMoved
		}
	}
}
