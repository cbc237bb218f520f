package lab

import (
	"context"
	"sync"
)

// A changing is a mutex that guards what goroutines wait for.
type changing struct {
	sync.Mutex
	next chan struct{} // closed at the next change; nil if nothing waits for it
}

// change runs f with the mutex held, and wakes everything that waits.
func (c *changing) change(f func()) {
	c.Lock()
	defer c.Unlock()
	f()
	if c.next != nil {
		close(c.next)
		c.next = nil
	}
}

// wait blocks until done, which it calls with the mutex held, returns true. The error is the cause of ctx's end.
func (c *changing) wait(ctx context.Context, done func() bool) error {
	for {
		next := c.look(done)
		if next == nil {
			return nil
		}
		select {
		case <-next:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// look returns a channel that is closed at the next change, or nil if done returns true.
func (c *changing) look(done func() bool) <-chan struct{} {
	c.Lock()
	defer c.Unlock()
	if done() {
		return nil
	}
	if c.next == nil {
		c.next = make(chan struct{})
	}
	return c.next
}
