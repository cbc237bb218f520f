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

// auditLimit bounds the last questions to the engine, which are asked even if the command was canceled.
const auditLimit = 30 * time.Second

// A Session runs some scenarios on an engine, from the first lab to the audit. Its labs can be built before they are
// shown, while something else is shown: call Prepare, then Show, then Close, once each. Only a Close that did not
// finish may be repeated.
//
// A run shows one lab after the other, and prepares the first. A comparison prepares all labs and asks in all of them
// at once. So does a session whose labs are used for something other than their steps.
type Session struct {
	engine    *engine.Engine
	scenarios []*scenario.Scenario
	options   Options
	watcher   Watcher // of Show
	stop      context.CancelFunc

	opened  chan struct{} // closed once the four fields below are valid
	failed  error
	site    *lab.Site
	record  *result.Record
	coming  []*coming // in the order of the scenarios
	world   *coming   // what they share, or nil
	present *lab.Lab  // the one being shown

	start  time.Time // of Show
	looked sync.Once

	removal removal
	closed  bool
}

// Prepare starts building and returns at once. Show reports anything that goes wrong. The preparation ends with ctx,
// which must live as long as Show.
func Prepare(ctx context.Context, eng *engine.Engine, scenarios []*scenario.Scenario, o Options) *Session {
	ctx, stop := context.WithCancel(ctx)
	scenarios = askable(scenarios, eng.Fact())
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

// prepare starts building every lab that does not have to wait for another.
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

// open removes what killed netlabs left behind, and reads the engine.
func (s *Session) open(ctx context.Context) error {
	if err := sweep(ctx, s.record, s.options.Second, s.engine); err != nil {
		return err
	}
	wires := slices.ContainsFunc(s.scenarios, func(sc *scenario.Scenario) bool { return len(sc.Wires) > 0 })
	site, err := lab.Open(ctx, s.engine, wires && s.options.KeepUntil.IsZero())
	if err != nil {
		return err
	}
	s.site = site
	s.describe(s.scenarios)
	return nil
}

// sweep removes what killed netlabs left on the engines. It starts with the second engine, which may be nil, because
// its containers use the first one's networks.
func sweep(ctx context.Context, record *result.Record, engines ...*engine.Engine) error {
	for _, eng := range engines {
		if eng == nil {
			continue
		}
		swept, left, err := eng.Sweep(ctx, false, false)
		if err != nil {
			return err
		}
		for _, s := range left {
			if s.Failed {
				record.Stuck = append(record.Stuck, fmt.Sprintf("%s %s: %s", s.Type, s.Name, s.Why))
			}
		}
		for _, s := range swept {
			record.Swept = append(record.Swept, result.Leftover{Type: s.Type, Name: s.Name})
		}
	}
	return nil
}

// Show asks the questions and reports the answers to w.
func (s *Session) Show(ctx context.Context, w Watcher) error {
	s.watcher, s.start = w, time.Now()
	s.record.Started = s.start.UTC().Truncate(time.Second)
	w.Phase("checking the engine")
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
	return errors.Join(s.inTurn(ctx), s.look(ctx)) // if no lab was built, the host has not been read yet
}

// inTurn shows one lab after the other. It removes one while it builds the next.
func (s *Session) inTurn(ctx context.Context) error {
	for i, sc := range s.scenarios {
		out := &s.record.Scenarios[i]
		s.watcher.Phase("building the lab " + sc.Name)
		l, err := s.take(ctx, i)
		if err != nil {
			return err
		}
		if l == nil { // it cannot be built here, which is reported instead
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
		s.watcher.Phase("removing the lab")
		s.removal.begin(ctx, l, out)
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
	if err := steps(ctx, l, out, s.watcher, nil, s.options); err != nil {
		return err
	}
	out.Kept = !s.options.KeepUntil.IsZero()
	return s.watcher.Done(ctx, s.record, out)
}

// use passes all labs to Options.Use while they are up at the same time, and then removes them.
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
	s.watcher.Phase("removing the labs")
	for _, swarm := range []bool{false, true} {
		for i, l := range labs {
			if l != nil && l.Swarm() == swarm {
				s.removal.begin(ctx, l, &s.record.Scenarios[i])
			}
		}
	}
	return err
}

// Began reports, after Close, whether the session made anything on the engine.
func (s *Session) Began() bool { return s.site != nil }

// Record is what the session has found so far. It is complete after Close.
func (s *Session) Record() *result.Record { return s.record }

// Close removes the labs that are up, or were prepared and never shown, and asks the engine what is left. It finishes
// even if ctx is canceled. If the engine did not answer, Close may be called again once it does. If something was
// held, as the record then says, it may be called again once that is free.
func (s *Session) Close(ctx context.Context) error {
	s.stop()
	s.settled()
	if s.closed {
		s.removal.again(ctx)
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

// closeSite removes the helper and what was prepared but not taken, and asks the engine what is left of everything.
func (s *Session) closeSite(ctx context.Context) error {
	for _, swarm := range []bool{false, true} { // the engine may only leave a swarm when no other lab is up
		for i, c := range s.coming {
			if c != nil && c.lab != nil && c.lab.Swarm() == swarm {
				s.removal.begin(ctx, c.lab, &s.record.Scenarios[i])
				c.lab = nil
			}
		}
		if !swarm {
			s.leaveWorld(ctx)
		}
	}
	var closing error
	s.removal.running.Go(safely.Into(&closing, func() (err error) {
		_, err = s.site.Close(ctx)
		return err
	}))
	s.removal.running.Wait()
	errs := []error{closing}
	for _, f := range s.removal.failures {
		if !f.held() {
			errs = append(errs, fmt.Errorf("removing lab %s: %w", f.out.Name, f.err))
		}
	}
	return errors.Join(append(errs, s.audit(ctx))...)
}

// audit records what the engine still has of this session.
func (s *Session) audit(ctx context.Context) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), auditLimit)
	defer stop()
	objects, failed := s.site.Leftovers(ctx)
	for _, d := range s.removal.down {
		more, err := d.lab.Leftovers(ctx)
		objects, failed = append(objects, more...), errors.Join(failed, err)
	}
	var err error
	s.record.AgentBytes, err = s.engine.ImageSize(ctx)
	failed = errors.Join(failed, err)
	s.record.Audited = failed == nil
	s.record.Leftovers = []result.Leftover{}
	for i, o := range objects {
		if slices.ContainsFunc(objects[:i], func(p engine.Object) bool { return p.ID == o.ID && p.Type == o.Type }) {
			continue // the site also lists labs that could not be built
		}
		s.record.Leftovers = append(s.record.Leftovers, result.Leftover{Type: o.Type, Name: o.Name})
	}
	var held []string
	for _, f := range s.removal.failures {
		if f.held() {
			held = append(held, f.err.Error())
		}
	}
	s.record.Held = strings.Join(held, "\n")
	return failed
}

// Shell opens a small prompt in a container of the lab that is being shown, for use in a Watcher's Done.
func (s *Session) Shell(ctx context.Context, name string, t engine.Terminal) error {
	if s.present == nil {
		return errors.New("no lab is up")
	}
	return s.present.Shell(ctx, name, t)
}
