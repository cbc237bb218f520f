package cli

import (
	"context"
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
	s.eraseStatus()
	s.say("%s", "netlab: still waiting for the engine at "+render.Plain(w.Host)+" to "+render.Plain(w.To)+
		", after "+w.For.Round(time.Second).String()+". Ctrl-C gives up, and netlab clean then removes what is left.")
}
