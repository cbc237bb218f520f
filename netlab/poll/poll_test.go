package poll

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestUntil(t *testing.T) {
	broken, left := errors.New("broken"), errors.New("the user left")
	never := func(context.Context, int) (bool, error) { return false, nil }
	for _, tt := range []struct {
		name  string
		done  func(ctx context.Context, looks int) (bool, error)
		ends  time.Duration // when ctx ends; 0 for never
		looks int
		ok    bool
		err   error
	}{
		{"at once", func(context.Context, int) (bool, error) { return true, nil }, 0, 1, true, nil},
		{"the third time", func(_ context.Context, looks int) (bool, error) { return looks == 3, nil }, 0, 3, true, nil},
		{"an error", func(context.Context, int) (bool, error) { return false, broken }, 0, 1, false, broken},
		{"never", never, 0, 10, false, nil},
		{"a look that hangs", func(ctx context.Context, _ int) (bool, error) {
			<-ctx.Done()
			return false, ctx.Err()
		}, 0, 1, false, nil},
		{"the caller's end", never, 2500 * time.Millisecond, 3, false, left},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, leave := context.WithCancelCause(t.Context())
				defer leave(nil)
				if tt.ends > 0 {
					time.AfterFunc(tt.ends, func() { leave(left) })
				}
				looks := 0
				ok, err := Until(ctx, 9500*time.Millisecond, time.Second, func(ctx context.Context) (bool, error) {
					looks++
					return tt.done(ctx, looks)
				})
				if ok != tt.ok || !errors.Is(err, tt.err) || looks != tt.looks {
					t.Errorf("got %t, %v after %d looks; want %t, %v after %d", ok, err, looks, tt.ok, tt.err, tt.looks)
				}
			})
		})
	}
}

func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		left := errors.New("the user left")
		ctx, leave := context.WithCancelCause(t.Context())
		began := time.Now()
		if err := Pause(ctx, time.Second); err != nil || time.Since(began) != time.Second {
			t.Errorf("got %v after %s, want a second", err, time.Since(began))
		}
		time.AfterFunc(time.Second, func() { leave(left) })
		if err := Pause(ctx, time.Hour); !errors.Is(err, left) || time.Since(began) != 2*time.Second {
			t.Errorf("got %v after %s, want that the user left", err, time.Since(began))
		}
	})
}
