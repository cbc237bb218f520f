package cli

// The labs of a class: which are built ahead, and when they go.

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"netlab/netlab/engine"
	"netlab/netlab/render"
	"netlab/netlab/result"
	"netlab/netlab/run"
	"netlab/netlab/safely"
	"netlab/netlab/scenario"
)

// A session is what a class needs of a [run.Session].
type session interface {
	Show(ctx context.Context, w run.Watcher) error
	Shell(ctx context.Context, name string, t engine.Terminal) error
	Settle(ctx context.Context)
	Lost() bool
	Close(ctx context.Context) error
	Began() bool
	Record() *result.Record
}

// A setup is a section that is built or being built.
type setup struct {
	part    int
	session session
	err     error // from closing the session
}

// isGone reports whether a closed section left nothing behind.
func (b *setup) isGone() bool { return b.err == nil && b.session.Record().Held == "" }

// calm waits until nothing on the engine disturbs the measurement.
func (c *class) calm(ctx context.Context) {
	c.Phase("removing the last lab")
	c.closing.Wait()
	if c.ahead != nil {
		c.ahead.session.Settle(ctx)
	}
}

// prepare starts building a section, unless that is under way.
func (c *class) prepare(ctx context.Context, at int) {
	if at >= len(c.plan.Parts) || c.ahead != nil && c.ahead.part == at {
		return
	}
	c.drop(ctx)
	c.ahead = &setup{part: at, session: c.build(ctx, at)}
}

// prepareNext starts building the next section while the class discusses this one.
func (c *class) prepareNext(ctx context.Context, at int) {
	if next := at + 1; next < len(c.plan.Parts) && c.lessons[next] == nil && !c.alone(at) && !c.alone(next) {
		c.prepare(ctx, next)
	}
}

// alone reports whether the section makes the engine a swarm. An engine that leaves a swarm forgets the names of all
// running containers, so it must not leave while another lab is up.
func (c *class) alone(at int) bool {
	return c.initSwarm && slices.ContainsFunc(c.plan.Parts[at].Scenarios, (*scenario.Scenario).HasOverlay)
}

// take returns the section, building it if it was not prepared.
func (c *class) take(ctx context.Context, at int) *setup {
	if b := c.ahead; b != nil && (b.session.Lost() || b.part != at && (c.alone(at) || c.alone(b.part))) {
		c.drop(ctx)
	}
	if c.ahead == nil || c.ahead.part != at {
		return &setup{part: at, session: c.build(ctx, at)}
	}
	b := c.ahead
	c.ahead = nil
	return b
}

// drop removes the section that was built ahead.
func (c *class) drop(ctx context.Context) {
	if c.ahead != nil {
		c.close(ctx, c.ahead)
		c.ahead = nil
	}
}

// close removes a section in the background. A section that made the engine a swarm is removed after all others, and
// before anything else is built.
func (c *class) close(ctx context.Context, b *setup) {
	if !slices.Contains(c.closed, b) {
		c.closed = append(c.closed, b)
	}
	if c.alone(b.part) {
		c.Phase("removing the last lab")
		c.closing.Wait()
		defer c.closing.Wait()
	}
	c.closing.Go(safely.Into(&b.err, func() error { return b.session.Close(ctx) }))
}

// finish removes what is up, retries what could not be removed, and reports how the class ended.
func (c *class) finish(ctx context.Context) error {
	c.drop(ctx)
	c.Phase("removing the lab, and asking the engine what is left")
	c.closing.Wait()
	for _, alone := range []bool{false, true} {
		for _, b := range c.closed { // the engine may be back, and what held a network or the swarm may be gone
			if c.alone(b.part) == alone && !b.isGone() {
				c.close(ctx, b)
			}
		}
	}
	c.closing.Wait()
	c.clear()
	for _, l := range c.lessons {
		if l != nil {
			c.record.Add(l.part, l.record)
		}
	}
	var errs []error
	var audits []*result.Record
	for _, b := range c.closed {
		errs = append(errs, b.err)
		if b.session.Began() {
			audits = append(audits, b.session.Record())
		}
	}
	c.record.AddAudits(audits...)
	c.record.TookUS = time.Since(c.record.Started).Microseconds()
	end := func(w io.Writer) error { return render.ClassEnd(w, c.record, c.options) }
	return errors.Join(append(errs, c.draw(end))...)
}
