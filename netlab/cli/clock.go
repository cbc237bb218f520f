package cli

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// A clock cancels its context when the time limit is up. Time spent waiting for a person does not count.
type clock struct {
	limit  time.Duration
	ctx    context.Context // the clock's product; it does not outlive the command
	cancel context.CancelCauseFunc

	mu    sync.Mutex
	left  time.Duration
	since time.Time
	timer *time.Timer
}

func newClock(parent context.Context, limit time.Duration) *clock {
	c := &clock{limit: limit, left: limit}
	c.ctx, c.cancel = context.WithCancelCause(parent)
	c.run()
	return c
}

func (c *clock) run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since = time.Now()
	c.timer = time.AfterFunc(c.left, func() { c.cancel(tooSlow{c.limit}) })
}

// tooSlow is the error of a command that took longer than --timeout.
type tooSlow struct{ limit time.Duration }

func (t tooSlow) Error() string {
	return fmt.Sprintf("this took longer than %s. Set a longer --timeout", t.limit)
}

// blame returns the error to show: tooSlow if the time limit caused err, otherwise err itself. An answer that was shown
// in time stays one, however long a person reads it in the pager.
func (c *clock) blame(err error) error {
	var slow tooSlow
	var answer verdict
	if err != nil && !errors.As(err, &answer) && errors.As(context.Cause(c.ctx), &slow) {
		return slow
	}
	return err
}

// hold stops the clock until resume is called.
func (c *clock) hold() (resume func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer.Stop()
	c.left -= time.Since(c.since)
	return c.run
}

func (c *clock) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer.Stop()
	c.cancel(nil)
}
