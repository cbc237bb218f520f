package cli

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// A class may take as long as it likes to guess. Only the engine's time counts.
func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock(t.Context(), time.Minute)
		time.Sleep(40 * time.Second)
		resume := c.hold()
		time.Sleep(time.Hour)
		resume()
		time.Sleep(19 * time.Second)
		if err := c.ctx.Err(); err != nil {
			t.Fatalf("after 59 s of its minute: %v", err)
		}
		time.Sleep(2 * time.Second)
		if c.ctx.Err() == nil {
			t.Fatal("after 61 s of its minute it has not ended")
		}
		got := c.blame(context.Canceled)
		if want := "this took longer than 1m0s. Set a longer --timeout"; got.Error() != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if err := c.blame(nil); err != nil {
			t.Errorf("a command that came to its end just then: got %v", err)
		}
		if err := c.blame(verdict(exitSurprise)); !errors.Is(err, verdict(exitSurprise)) {
			t.Errorf("an answer that someone still reads: got %v", err)
		}
		c.stop()
	})
	synctest.Test(t, func(t *testing.T) {
		c := newClock(t.Context(), time.Minute)
		c.stop()
		time.Sleep(time.Hour)
		if got := c.blame(context.Canceled); !errors.Is(got, context.Canceled) {
			t.Errorf("a clock that was stopped blames itself: %v", got)
		}
	})
}

func TestOneLine(t *testing.T) {
	tests := []struct {
		err  error
		want string
	}{
		{errors.New("one"), "one"},
		{errors.Join(errors.New("one"), errors.New("two"), errors.New("one")), "one; two"},
		{
			fmt.Errorf("removing: %w", errors.New("first line\r\n\n  second\x1b[31m line")),
			`removing: first line; second\x1b[31m line`,
		},
	}
	for _, tt := range tests {
		if got := oneLine(tt.err); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
