package cli

import (
	"cmp"
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"netlab/netlab/render"
	"netlab/netlab/result"
	"netlab/netlab/survey"
	"netlab/netlab/why"
)

// liveForever is the value of --live without a time.
const liveForever = "forever"

// A liveTime is the value of --live: how long to wait, or 0 for no limit.
type liveTime time.Duration

func (t *liveTime) Set(text string) error {
	*t = 0
	if text == liveForever {
		return nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < time.Second || d > watchMost {
		return errors.New("write --live, or --live=TIME with a time from 1s to 24h")
	}
	*t = liveTime(d)
	return nil
}

func (t *liveTime) String() string { return "" }

// Type is what help and completion call it.
func (t *liveTime) Type() string { return "time" }

// takeLive takes FROM and perhaps TO from the arguments.
func (e *twoEnds) takeLive(args []string) error {
	switch {
	case len(args) == 0:
		return usagef("whose failures? For example: netlab why web --live")
	case strings.ContainsAny(args[0], " \t\n") || args[0] == "-":
		return usagef("--live waits for a failure of a container, so it takes no error line. Write netlab why FROM --live")
	case args[0] == survey.OutsideWord:
		return usagef("--live needs programs to wait for, and outside has none. Write a container or host")
	}
	e.from = args[0]
	if len(args) == 1 {
		return nil
	}
	e.to = args[1]
	if _, err := time.ParseDuration(e.to); err == nil {
		return usagef("to wait for %s, write --live=%s", e.to, e.to)
	}
	_, err := why.ParseTarget(e.to)
	return err
}

// waitForFailure waits until something fails, and then asks why. --timeout limits only what follows.
func waitForFailure(clock *clock, s *shared, reader *why.Reader, o whyOptions, e twoEnds) error {
	started, ctx := time.Now(), clock.ctx
	wait := why.Wait{From: e.from, To: e.to, For: o.liveFor}
	o.meanwhile(s, func(w io.Writer) error { return render.LiveHead(w, wait.From, wait.To, wait.For, s.page()) })
	resume := clock.hold()
	heard, err := reader.Listen(ctx, wait, func(m result.Moment) {
		o.meanwhile(s, func(w io.Writer) error { return render.Moment(w, m, s.page()) })
	})
	resume()
	if err != nil {
		return err
	}
	r := heard.Quiet()
	if heard.Failure != nil {
		if r, err = reader.Explain(ctx, heard); err != nil {
			return err
		}
	}
	return cmp.Or(o.answer(s, r, started, render.Live), context.Cause(ctx))
}
