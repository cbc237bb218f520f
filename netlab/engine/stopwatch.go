package engine

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"
)

// A stopwatch measures the calls whose context carries it, each from its request to its answer. The time to connect
// to the engine does not count.
type stopwatch struct {
	mu    sync.Mutex
	first time.Time // when the first request was sent
	calls int
	took  time.Duration // all calls together
}

type stopwatchKey struct{}

func (s *stopwatch) time(ctx context.Context) context.Context {
	return context.WithValue(ctx, stopwatchKey{}, s)
}

func (s *stopwatch) note(sent time.Time, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls == 0 {
		s.first = sent
	}
	s.calls++
	s.took += took
}

// timed sends a request and measures the time until its answer.
func (c *calls) timed(req *http.Request) (*http.Response, error) {
	sent := time.Now()
	answer, err := c.next.RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { sent = time.Now() },
	})))
	if err != nil {
		return nil, err
	}
	took := time.Since(sent)
	c.mu.Lock()
	if c.quickest == 0 || took < c.quickest {
		c.quickest = took
	}
	c.mu.Unlock()
	if s, ok := req.Context().Value(stopwatchKey{}).(*stopwatch); ok {
		s.note(sent, took)
	}
	return answer, nil
}

// way returns the round-trip time to the engine: the time of the fastest call so far. No call took less.
func (c *calls) way() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.quickest
}

// Way returns how long a round trip to the engine takes, at most.
func (e *Engine) Way() time.Duration { return e.calls.way() }

// StartTime returns how long the engine took to create and start the container, until its agent's first message. It
// leaves out what netlab did in between, and the round trips to the engine, which may be far away. It is 0 for a
// container that was not started.
func (c *Container) StartTime() time.Duration {
	c.mu.Lock()
	ready := c.ready
	c.mu.Unlock()
	if ready.IsZero() {
		return 0
	}
	c.creating.mu.Lock()
	defer c.creating.mu.Unlock()
	c.starting.mu.Lock()
	defer c.starting.mu.Unlock()
	ways := time.Duration(c.creating.calls+1) * c.session.engine.Way()
	return c.creating.took + ready.Sub(c.starting.first) - ways
}
