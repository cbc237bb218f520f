// Package poll waits: for a time, or for what no event reports, at which it looks again and again.
package poll

import (
	"context"
	"time"
)

// Pause waits that long. It returns the cause of ctx's end if that comes first.
func Pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Until calls done every so often, and reports whether it returned true before the limit. It returns done's error, or
// the cause of ctx's end. done's context ends at the limit, and an error after that is not one.
func Until(ctx context.Context, limit, every time.Duration, done func(context.Context) (bool, error)) (bool, error) {
	limited, stop := context.WithTimeout(ctx, limit)
	defer stop()
	look := time.NewTicker(every)
	defer look.Stop()
	for limited.Err() == nil {
		ok, err := done(limited)
		if ok || err != nil && limited.Err() == nil {
			return ok, err
		}
		select {
		case <-look.C:
		case <-limited.Done():
		}
	}
	return false, context.Cause(ctx)
}
