package engine

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// A slowEngine answers each call after the time for the work and the round trip.
type slowEngine struct {
	way  time.Duration // the round trip
	work map[string]time.Duration
}

func (s slowEngine) RoundTrip(req *http.Request) (*http.Response, error) {
	time.Sleep(s.way + s.work[req.URL.Path])
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: req}, nil
}

// TestStartTime: the start of a container takes as long on a distant engine as on a local one, however long netlab
// itself takes between the calls.
func TestStartTime(t *testing.T) {
	for _, way := range []time.Duration{time.Millisecond, 500 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			work := map[string]time.Duration{
				"/containers/create": 20 * time.Millisecond, "/networks/n/connect": 10 * time.Millisecond,
				"/containers/c/start": 100 * time.Millisecond,
			}
			e := &Engine{calls: &calls{next: slowEngine{way, work}}}
			c := &Container{session: &Session{engine: e}}
			call := func(path string, watch *stopwatch) {
				ctx := t.Context()
				if watch != nil {
					ctx = watch.time(ctx)
				}
				req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://engine"+path, http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				answer, err := e.calls.RoundTrip(req)
				if err != nil {
					t.Fatal(err)
				}
				answer.Body.Close()
			}
			call("/_ping", nil)
			call("/containers/create", &c.creating)
			call("/networks/n/connect", &c.creating)
			time.Sleep(time.Second) // netlab does something else, then attaches
			if got := c.StartTime(); got != 0 {
				t.Errorf("before the start: %s, want 0", got)
			}
			call("/containers/c/start", &c.starting)
			time.Sleep(5 * time.Millisecond) // until the agent's first message
			c.ready = time.Now()
			if got, want := c.StartTime(), 135*time.Millisecond; got != want {
				t.Errorf("%s from netlab to the engine and back: %s, want %s", way, got, want)
			}
		})
	}
}
