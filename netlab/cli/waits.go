package cli

import (
	"context"
	"fmt"
	"time"

	"netlab/netlab/engine"
	"netlab/netlab/render"
)

// clock starts the time that --timeout allows. When it is over, or the command is interrupted, a person is told what
// the engine still has to do.
func (s *shared) clock(ctx context.Context) *clock {
	c := newClock(ctx, s.timeout)
	c.ctx = engine.WithWaits(c.ctx, s.tellWait)
	return c
}

// tellWait says what a command waits for that is over. From here on Ctrl-C ends the process.
func (s *shared) tellWait(w engine.Wait) {
	if s.streams.LetGo != nil {
		s.streams.LetGo()
	}
	clear := ""
	if _, ok := terminal(s.streams.Err); ok {
		clear = "\r\x1b[K" // a status line may be there
	}
	fmt.Fprintf(s.streams.Err, "%snetlab: still waiting for the engine at %s to %s, after %s. "+
		"Ctrl-C gives up, and netlab clean then removes what is left.\n",
		clear, render.Plain(w.Host), render.Plain(w.To), w.For.Round(time.Second))
}
