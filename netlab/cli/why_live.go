package cli

import (
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
func (o *whyOptions) takeLive(args []string) error {
	switch {
	case len(args) == 0:
		return usagef("whose failures? For example: netlab why web --live")
	case strings.ContainsAny(args[0], " \t\n") || args[0] == "-":
		return usagef("--live waits for a failure of a container, so it takes no error line. Write netlab why FROM --live")
	case args[0] == survey.OutsideWord:
		return usagef("--live needs programs to wait for, and outside has none. Write a container or host")
	}
	o.from = args[0]
	if len(args) == 1 {
		return nil
	}
	o.to = args[1]
	if _, err := time.ParseDuration(o.to); err == nil {
		return usagef("to wait for %s, write --live=%s", o.to, o.to)
	}
	_, err := why.ParseTarget(o.to)
	return err
}

// waitForFailure waits until something fails, and then asks why. --timeout limits only what follows.
func waitForFailure(clock *clock, s *shared, reader *why.Reader, o whyOptions) error {
	started, ctx := time.Now(), clock.ctx
	live := func(draw func(io.Writer) error) {
		if o.output == formatTable {
			_ = write(s.streams.Out, draw) // what follows fails too, and says so
		}
	}
	wait := why.Wait{From: o.from, To: o.to, For: o.liveFor}
	live(func(w io.Writer) error { return render.LiveHead(w, wait.From, wait.To, wait.For, s.page()) })
	resume := clock.hold()
	heard, err := reader.Listen(ctx, wait, func(m result.Moment) {
		live(func(w io.Writer) error { return render.Moment(w, m, s.page()) })
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
	r.TookUS = time.Since(started).Microseconds()
	err = write(s.streams.Out, func(w io.Writer) error {
		if o.output == formatJSON {
			return render.WhyJSON(w, r)
		}
		return render.Live(w, r, s.page())
	})
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return whyCode(r)
}
