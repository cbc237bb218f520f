package cli

import (
	"context"
	"fmt"
	"time"

	"netlab/netlab/engine"
	"netlab/netlab/render"
)

// clock starts the time that --timeout allows. After it is over, or after an interruption, netlab tells the user what
// the engine still has to do.
func (s *shared) clock(ctx context.Context) *clock {
	c := newClock(ctx, s.timeout)
	c.ctx = engine.WithWaits(c.ctx, s.tellWait)
	return c
}

// tellWait says what a finished command is still waiting for. From here on, Ctrl-C ends the process.
func (s *shared) tellWait(w engine.Wait) {
	if s.streams.LetGo != nil {
		s.streams.LetGo()
	}
	erase := ""
	if _, ok := terminal(s.streams.Err); ok {
		erase = "\r\x1b[K" // a status line may be there
	}
	fmt.Fprintf(s.streams.Err, "%snetlab: still waiting for the engine at %s to %s, after %s. "+
		"Ctrl-C gives up, and netlab clean then removes what is left.\n",
		erase, render.Plain(w.Host), render.Plain(w.To), w.For.Round(time.Second))
}
