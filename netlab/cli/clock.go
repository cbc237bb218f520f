package cli

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// A clock ends its context after a time in which nobody was waited for: a class may guess for as long as it likes.
type clock struct {
	ctx    context.Context //nolint:containedctx // it is what the clock makes; it does not outlive the command
	cancel context.CancelCauseFunc

	mu    sync.Mutex
	left  time.Duration
	since time.Time
	timer *time.Timer
}

func newClock(parent context.Context, limit time.Duration) *clock {
	c := &clock{left: limit}
	c.ctx, c.cancel = context.WithCancelCause(parent)
	c.run()
	return c
}

func (c *clock) run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since = time.Now()
	c.timer = time.AfterFunc(c.left, func() {
		c.cancel(fmt.Errorf("the command took too long: %w", context.DeadlineExceeded))
	})
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
