package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/docker/docker/api/types"

	"netlab/netlab/safely"
)

const (
	// The user is told about a wait when one call has taken tellAfter since the command's end, or all calls together
	// tellInAll. There is at most one message per tellAgain, and none about a call that has only just started.
	tellAfter = 5 * time.Second
	tellInAll = 8 * time.Second
	tellAgain = 15 * time.Second
	tellYoung = 500 * time.Millisecond

	// callLimit limits a call whose context has no end of its own.
	callLimit = 2 * time.Minute
)

// A Wait is a call that an engine has not answered yet.
type Wait struct {
	Host string        // the engine's
	To   string        // what the engine was asked to do: "start container netlab-1234-alice"
	For  time.Duration // since it was asked
}

// waits records what a command is waiting for on its engines. Every call to an engine finds it in its context, even
// in a context that outlives the command: calls that create something run to their end, and a clean-up is not
// canceled. So a command can be over and still wait, and then it must say what for.
type waits struct {
	over context.Context // it is the command's; its end is what calls are held against
	tell func(Wait)

	mu     sync.Mutex // guards the fields below, and the open calls
	ended  time.Time  // when the command ended; zero before
	toldAt time.Time  // the last time
}

type waitsKey struct{}

// WithWaits returns a context that records the command's calls. If ctx has ended and an engine still does not answer
// one of them, tell is called: once for calls that hang at the same time, and again if it continues.
func WithWaits(ctx context.Context, tell func(Wait)) context.Context {
	return context.WithValue(ctx, waitsKey{}, &waits{over: ctx, tell: tell})
}

// An openCall is a call without an answer yet.
type openCall struct {
	Wait
	of    *waits
	since time.Time

	ended bool        // guarded by of.mu, like the field below
	timer *time.Timer // until it is told; nil while the command runs
}

// begin records a call. end can be called more than once.
func begin(ctx context.Context, host, to string) (end func()) {
	of, ok := ctx.Value(waitsKey{}).(*waits)
	if !ok {
		return func() {}
	}
	w := &openCall{Wait: Wait{Host: host, To: to}, of: of, since: time.Now()}
	unhook := context.AfterFunc(of.over, safely.In(of.over, w.overdue))
	return func() {
		unhook()
		w.end()
	}
}

// overdue is called when the command has ended.
func (w *openCall) overdue() {
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	if w.of.ended.IsZero() {
		w.of.ended = time.Now()
	}
	if !w.ended {
		w.timer = time.AfterFunc(time.Until(w.due(time.Now())), safely.In(w.of.over, w.tell))
	}
}

// due returns when the user should be told about the call.
func (w *openCall) due(now time.Time) time.Time {
	latest := func(a, b time.Time) time.Time {
		if a.After(b) {
			return a
		}
		return b
	}
	due := now.Add(tellAfter)
	if inAll := latest(w.of.ended.Add(tellInAll), now.Add(tellYoung)); inAll.Before(due) {
		due = inAll
	}
	if w.of.toldAt.IsZero() {
		return due
	}
	return latest(due, w.of.toldAt.Add(tellAgain))
}

func (w *openCall) tell() {
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	if w.ended {
		return
	}
	now := time.Now()
	if again := w.of.toldAt.Add(tellAgain); now.Before(again) && !w.of.toldAt.IsZero() {
		w.timer = time.AfterFunc(again.Sub(now), safely.In(w.of.over, w.tell))
		return
	}
	w.of.toldAt = now
	w.For = now.Sub(w.since)
	w.of.tell(w.Wait)
}

func (w *openCall) end() {
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	w.ended = true
	if w.timer != nil {
		w.timer.Stop()
	}
}

// calls carries all calls to an engine, except the two that take over the connection, which use hijack.
type calls struct {
	next http.RoundTripper
	host string

	names sync.Map // id to "container netlab-1234-alice", as far as netlab knows

	mu       sync.Mutex
	quickest time.Duration // of all answered calls; guarded by mu
}

// RoundTrip sends a request. The call ends when its answer has been read, except for events, which never end.
func (c *calls) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, stop := limited(req.Context())
	ended := begin(ctx, c.host, c.words(req))
	end := func() {
		ended()
		stop()
	}
	answer, err := c.timed(req.WithContext(ctx))
	if err != nil {
		end()
		return nil, brokeOff(err, false)
	}
	if isEvents(req) {
		ended()
		end = stop
	}
	answer.Body = &awaited{ReadCloser: answer.Body, end: end}
	return answer, nil
}

// hijack opens a stream in both directions, or gives up when ctx ends: the client's own call waits for an answer
// however long that takes. The call creates nothing, so it is safe to give up at any time.
func hijack(ctx context.Context, host, to string, open func(context.Context) (types.HijackedResponse, error)) (
	types.HijackedResponse, error,
) {
	type opened struct {
		stream types.HijackedResponse
		err    error
	}
	ctx, stop := limited(ctx)
	defer stop()
	defer begin(ctx, host, to)()
	done := make(chan opened, 1)
	safely.Go(ctx, func() {
		var o opened
		o.err = safely.Do(func() (err error) {
			o.stream, err = open(ctx)
			return brokeOff(err, false)
		})
		done <- o
	})
	select {
	case o := <-done:
		return o.stream, o.err
	case <-ctx.Done():
		safely.Go(ctx, func() {
			if o := <-done; o.err == nil {
				o.stream.Close()
			}
		})
		return types.HijackedResponse{}, fmt.Errorf("%w: the engine was asked to %s", context.Cause(ctx), to)
	}
}

// limited adds a time limit to a context that never ends.
func limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx.Done() == nil {
		return context.WithTimeout(ctx, callLimit)
	}
	return ctx, func() {}
}

// awaited is the body of an answer. The call ends when it has been read or closed.
type awaited struct {
	io.ReadCloser
	end func()
}

func (a *awaited) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	if err != nil {
		a.end()
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = brokeOff(err, true)
	}
	return n, err
}

func (a *awaited) Close() error {
	defer a.end()
	return a.ReadCloser.Close()
}
