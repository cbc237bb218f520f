package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"netlab/netlab/engine"
	"netlab/netlab/lab"
	"netlab/netlab/result"
	"netlab/netlab/safely"
	"netlab/netlab/scenario"
)

// auditLimit bounds the last questions to the engine, which are asked even when the command was cancelled.
const auditLimit = 30 * time.Second

// A Session is some scenarios on an engine, from the first lab to the audit. Its labs can be built before they are
// shown, while something else is: Prepare, then Show, then Close, once each. Only a Close that was not all may be
// repeated.
//
// A run shows one lab after the other, and prepares the first. A comparison prepares all, and asks everywhere at once;
// so does a session whose labs are used for something else than their steps.
type Session struct {
	engine    *engine.Engine
	scenarios []*scenario.Scenario
	options   Options
	watcher   Watcher // of Show
	stop      context.CancelFunc

	opened  chan struct{} // before the four below
	failed  error
	site    *lab.Site
	record  *result.Record
	coming  []*coming // in the order of the scenarios
	world   *coming   // what they have in common; nil for nothing
	present *lab.Lab  // the one that is shown just now

	start    time.Time // of Show
	looked   sync.Once
	removals sync.WaitGroup

	closed   bool
	mu       sync.Mutex // guards what removals write
	down     []shown    // for the audit
	failures []failure
}

// shown is a lab with its scenario's result.
type shown struct {
	lab *lab.Lab
	out *result.Scenario
}

// A failure is a lab that could not be taken down whole.
type failure struct {
	shown
	err error
}

// held reports whether something holds a part of the lab, which the audit finds: a student's own container on one of
// the networks. Otherwise the engine did not answer.
func (f failure) held() bool {
	var dead *engine.Unusable
	return !errors.As(f.err, &dead) && !errors.Is(f.err, context.DeadlineExceeded)
}

// A coming lab is one that is being built; nil where this engine cannot, which its scenario's result then says.
type coming struct {
	done chan struct{} // before the two below
	lab  *lab.Lab
	err  error
}

// Prepare begins to build, and returns at once. Whatever goes wrong, Show tells. The end of ctx is the end of the
// preparation, and it must live for as long as Show.
func Prepare(ctx context.Context, eng *engine.Engine, scenarios []*scenario.Scenario, o Options) *Session {
	ctx, stop := context.WithCancel(ctx)
	s := &Session{
		engine: eng, scenarios: scenarios, options: o, stop: stop, opened: make(chan struct{}),
		record: newRecord(eng, o, time.Now()), coming: make([]*coming, len(scenarios)), start: time.Now(),
	}
	safely.Go(ctx, func() {
		defer close(s.opened)
		s.failed = safely.Do(func() error { return s.prepare(ctx) })
	})
	return s
}

// prepare begins to build whatever need not wait for another lab.
func (s *Session) prepare(ctx context.Context) error {
	if err := s.open(ctx); err != nil {
		return err
	}
	if err := s.beginWorld(ctx); err != nil {
		return err
	}
	for i := range s.scenarios {
		if i == 0 || s.options.atOnce() {
			s.begin(ctx, i)
		}
	}
	return nil
}

// open removes what killed netlabs left, and looks at the engine.
func (s *Session) open(ctx context.Context) error {
	if err := sweep(ctx, s.record, s.options.Second, s.engine); err != nil {
		return err
	}
	site, err := lab.Open(ctx, s.engine)
	if err != nil {
		return err
	}
	s.site = site
	s.describe(s.scenarios)
	return nil
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

// begin begins to build the lab of the i-th scenario.
func (s *Session) begin(ctx context.Context, i int) {
	c := &coming{done: make(chan struct{})}
	s.coming[i] = c
	safely.Go(ctx, func() {
		defer close(c.done)
		c.err = safely.Do(func() (err error) {
			c.lab, err = s.build(ctx, s.scenarios[i], &s.record.Scenarios[i])
			return err
		})
	})
}

// build builds the lab; nil where this engine cannot, which out then says.
func (s *Session) build(ctx context.Context, sc *scenario.Scenario, out *result.Scenario) (*lab.Lab, error) {
	if out.Skipped != "" {
		return nil, nil //nolint:nilnil // no lab is an answer
	}
	o := s.labOptions()
	if s.world != nil {
		o.World = s.world.lab
	}
	l, err := s.site.Build(ctx, sc, o)
	if err == nil && s.world != nil {
		<-s.world.done // nothing is asked before all of it is there
		err = s.world.err
	}
	var impossible lab.Impossible
	if errors.As(err, &impossible) {
		out.Skipped = impossible.Reason
		return nil, nil //nolint:nilnil // no lab is an answer
	}
	return l, err
}

func (s *Session) labOptions() lab.Options {
	return lab.Options{
		Name: s.options.Name, KeepUntil: s.options.KeepUntil, InitSwarm: s.options.InitSwarm, Second: s.options.Second,
	}
}

// take waits for the lab of the i-th scenario, and hands it over to whoever takes it down.
func (s *Session) take(ctx context.Context, i int) (*lab.Lab, error) {
	if s.coming[i] == nil {
		s.begin(ctx, i)
	}
	c := s.coming[i]
	select {
	case <-c.done:
	case <-ctx.Done():
		return nil, context.Cause(ctx) // Close waits for what is under way
	}
	if c.err != nil {
		return nil, c.err // where there is a lab, Close takes it down
	}
	l := c.lab
	c.lab = nil
	return l, nil
}

// Settle waits until nothing is built ahead of Show any more, so that a measurement elsewhere is not disturbed.
func (s *Session) Settle(ctx context.Context) {
	settled := make(chan struct{})
	safely.Go(ctx, func() {
		s.settled()
		close(settled)
	})
	select {
	case <-settled:
	case <-ctx.Done():
	}
}

func (s *Session) settled() {
	<-s.opened
	for _, c := range append(slices.Clone(s.coming), s.world) {
		if c != nil {
			<-c.done
		}
	}
}

// Lost reports whether a lab that was built ahead is gone again, with its engine or by somebody's hand.
func (s *Session) Lost() bool {
	select {
	case <-s.opened:
	default:
		return false // there is none yet
	}
	return slices.ContainsFunc(append(slices.Clone(s.coming), s.world), func(c *coming) bool {
		select {
		case <-c.ready():
			return c.lab != nil && c.lab.Lost()
		default:
			return false
		}
	})
}

// ready is closed when the lab is there; nil for one that is not begun.
func (c *coming) ready() <-chan struct{} {
	if c == nil {
		return nil
	}
	return c.done
}

// Show asks the questions and tells w of the answers.
func (s *Session) Show(ctx context.Context, w Watcher) error {
	s.watcher, s.start = w, time.Now()
	s.record.Started = s.start.UTC().Truncate(time.Second)
	w.Phase("looking at the engine")
	select {
	case <-s.opened:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	switch {
	case s.failed != nil:
		return s.failed
	case s.options.Use != nil:
		return errors.Join(s.use(ctx), s.look(ctx))
	case s.options.Kind == result.KindCompare:
		return errors.Join(s.together(ctx), s.look(ctx))
	}
	return errors.Join(s.inTurn(ctx), s.look(ctx)) // where no lab was built, nobody has looked
}

// inTurn shows one lab after the other. Taking one down goes on while the next is built.
func (s *Session) inTurn(ctx context.Context) error {
	for i, sc := range s.scenarios {
		out := &s.record.Scenarios[i]
		s.watcher.Phase("building the lab " + sc.Name)
		l, err := s.take(ctx, i)
		if err != nil {
			return err
		}
		if l == nil { // it cannot be built here, which is told instead of it
			if err := s.watcher.Up(s.record, out); err != nil {
				return err
			}
			continue
		}
		err = safely.Do(func() error { return s.show(ctx, l, out) })
		if err == nil && out.Kept {
			if err = l.Keep(ctx); err == nil {
				continue
			}
		}
		s.watcher.Phase("taking the lab down")
		s.takeDown(ctx, l, out)
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Session) show(ctx context.Context, l *lab.Lab, out *result.Scenario) error {
	s.present = l
	defer func() { s.present = nil }()
	if err := s.up(ctx, out, l); err != nil {
		return err
	}
	if err := s.watcher.Up(s.record, out); err != nil {
		return err
	}
	if err := steps(ctx, l, out, s.watcher, s.options); err != nil {
		return err
	}
	out.Kept = !s.options.KeepUntil.IsZero()
	return s.watcher.Done(ctx, s.record, out)
}

// use hands all labs to who wants them up at the same time, and takes them down then.
func (s *Session) use(ctx context.Context) error {
	building, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	building = safely.With(building, func(err error) { cancel(err) })
	s.watcher.Phase(fmt.Sprintf("building %d labs", len(s.scenarios)))
	labs := make([]*lab.Lab, len(s.scenarios))
	var wg sync.WaitGroup
	for i := range s.scenarios {
		wg.Go(safely.In(building, func() {
			l, err := s.take(building, i)
			labs[i] = l
			if l != nil && err == nil {
				err = s.up(building, &s.record.Scenarios[i], l)
			}
			if err != nil {
				cancel(err)
			}
		}))
	}
	wg.Wait()
	err := context.Cause(building)
	if err == nil {
		err = safely.Do(func() error { return s.options.Use(ctx, s.record, labs) })
	}
	s.watcher.Phase("taking the labs down")
	for _, swarm := range []bool{false, true} {
		for i, l := range labs {
			if l != nil && l.Swarm() == swarm {
				s.takeDown(ctx, l, &s.record.Scenarios[i])
			}
		}
	}
	return err
}

// takeDown removes the lab in the background. One that made the engine a swarm comes after all others, and is waited
// for: an engine that leaves a swarm forgets the names of whatever runs on it.
func (s *Session) takeDown(ctx context.Context, l *lab.Lab, out *result.Scenario) {
	if !l.Swarm() {
		s.removals.Go(safely.In(ctx, func() { s.remove(ctx, l, out) }))
		return
	}
	s.removals.Wait()
	s.remove(ctx, l, out)
}

func (s *Session) remove(ctx context.Context, l *lab.Lab, out *result.Scenario) {
	var removed engine.Removed
	err := safely.Do(func() (err error) {
		removed, err = l.Close(ctx)
		return err
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = append(s.down, shown{l, out})
	out.Removed.Wires = 0
	for _, d := range s.down {
		if d.out == out {
			out.Removed.Wires += d.lab.OwnWires()
		}
	}
	out.Removed.Containers += removed.Containers
	out.Removed.Networks += removed.Networks
	out.Removed.Volumes += removed.Volumes
	out.Removed.Images += removed.Images
	out.Removed.Services += removed.Services
	out.Removed.Swarms += removed.Swarms
	if err != nil {
		s.failures = append(s.failures, failure{shown{l, out}, err})
	}
}

// Began reports, after Close, whether anything was made on the engine.
func (s *Session) Began() bool { return s.site != nil }

// Record is what the session has found so far; it is complete after Close.
func (s *Session) Record() *result.Record { return s.record }

// Close takes down what is up, or was prepared and never shown, and asks the engine what is left. It runs to its end
// even when ctx is cancelled. Where the engine did not answer, it may be called again when it does; and where something
// was held, as the record says then, when that may be free.
func (s *Session) Close(ctx context.Context) error {
	s.stop()
	s.settled()
	if s.closed {
		s.takeDownAgain(ctx)
	}
	s.closed = true
	var err error
	if s.site != nil {
		err = s.closeSite(ctx)
	}
	s.record.TookUS = time.Since(s.start).Microseconds()
	s.record.Count()
	return err
}

// takeDownAgain tries what could not be done before.
func (s *Session) takeDownAgain(ctx context.Context) {
	failures := s.failures
	s.failures = nil
	s.down = slices.DeleteFunc(s.down, func(d shown) bool {
		return slices.ContainsFunc(failures, func(f failure) bool { return f.lab == d.lab })
	})
	for _, f := range failures {
		s.takeDown(ctx, f.lab, f.out)
	}
}

// closeSite removes what was prepared and not taken, and the helper, and asks the engine what is left of all.
func (s *Session) closeSite(ctx context.Context) error {
	for _, swarm := range []bool{false, true} { // a swarm may only be left when no other lab is up
		for i, c := range s.coming {
			if c != nil && c.lab != nil && c.lab.Swarm() == swarm {
				s.takeDown(ctx, c.lab, &s.record.Scenarios[i])
				c.lab = nil
			}
		}
		if !swarm {
			s.leaveWorld(ctx)
		}
	}
	s.removals.Wait()
	_, closing := s.site.Close(ctx)
	all := []error{closing}
	for _, f := range s.failures {
		if !f.held() {
			all = append(all, fmt.Errorf("taking lab %s down: %w", f.out.Name, f.err))
		}
	}
	return errors.Join(append(all, s.audit(ctx))...)
}

// audit enters what the engine still has of this session.
func (s *Session) audit(ctx context.Context) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), auditLimit)
	defer stop()
	objects, failed := s.site.Leftovers(ctx)
	for _, d := range s.down {
		more, also := d.lab.Leftovers(ctx)
		objects, failed = append(objects, more...), errors.Join(failed, also)
	}
	var also error
	s.record.AgentBytes, also = s.engine.ImageSize(ctx)
	failed = errors.Join(failed, also)
	s.record.Audited = failed == nil
	s.record.Leftovers = []result.Leftover{}
	for _, o := range objects {
		s.record.Leftovers = append(s.record.Leftovers, result.Leftover{Type: o.Type, Name: o.Name})
	}
	var held []string
	for _, f := range s.failures {
		if f.held() {
			held = append(held, f.err.Error())
		}
	}
	s.record.Held = strings.Join(held, "\n")
	return failed
}

// Shell opens a small prompt in a container of the lab that is shown just now: of a Watcher's Done.
func (s *Session) Shell(ctx context.Context, name string, t engine.Terminal) error {
	if s.present == nil {
		return errors.New("no lab is up")
	}
	return s.present.Shell(ctx, name, t)
}
