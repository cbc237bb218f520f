package lab

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/ask"
	"netlab/netlab/probe"
	"netlab/netlab/scenario"
)

// A status arrives with the time since the container started, or since the subject of its HEALTHCHECK changed.
func TestAwait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{name: "bob", health: &health{}}
		go func() {
			time.Sleep(300 * time.Millisecond)
			p.health.begin(ask.Starting)
			time.Sleep(500 * time.Millisecond)
			p.health.note(ask.Healthy)
		}()
		got := wait(t.Context(), p, ask.Healthy)
		want := probe.Outcome{
			Reason: probe.OK, Value: "healthy", TookUS: 500_000,
			Stages: []probe.Stage{{State: "starting"}, {State: "healthy", TookUS: 500_000}},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("after the start (-want +got):\n%s", diff)
		}

		time.Sleep(time.Hour)
		p.changed()
		if got := wait(t.Context(), p, ask.Healthy); got.Reason != probe.OK || got.TookUS != 0 {
			t.Errorf("what is so already: got %+v, want ok at once", got)
		}
		go func() {
			time.Sleep(time.Second)
			p.health.note(ask.Unhealthy)
		}()
		got = wait(t.Context(), p, ask.Unhealthy)
		want = probe.Outcome{
			Reason: probe.OK, Value: "unhealthy", TookUS: 1_000_000,
			Stages: []probe.Stage{{State: "healthy"}, {State: "unhealthy", TookUS: 1_000_000}},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("after a change (-want +got):\n%s", diff)
		}
	})
}

func TestAwaitEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := wait(ctx, &peer{name: "bob", health: &health{}}, ask.Healthy); got.Reason != probe.Broken {
		t.Errorf("interrupted: got %+v, want broken", got)
	}
	if got := wait(t.Context(), &peer{name: "bob"}, ask.Healthy); got.Reason != probe.Broken {
		t.Errorf("of a container that never started: got %+v, want broken", got)
	}
}

// The status of one container is not reported for a container that comes after it.
func TestAwaitForgets(t *testing.T) {
	p := &peer{name: "bob", health: &health{}, unwatch: func() {}}
	p.health.begin(ask.Healthy)
	p.close()
	if got := wait(t.Context(), p, ask.Healthy); got.Reason != probe.Broken {
		t.Errorf("got %+v, want broken: it was stopped", got)
	}
}

// Once the engine reports no more changes, the current health is unknown.
func TestAwaitIsCutOff(t *testing.T) {
	p := &peer{name: "bob", health: &health{}}
	words, failed := make(chan string, 1), make(chan error, 1)
	words <- ask.Healthy
	failed <- errors.New("no more events")
	close(words)
	p.health.follow(words, failed)
	if got := wait(t.Context(), p, ask.Healthy); got.Reason != probe.Broken || got.Detail != "no more events" {
		t.Errorf("got %+v, want broken", got)
	}
}

// A health check whose status was not reported may still have run.
func TestUnheard(t *testing.T) {
	starting := []probe.Stage{{State: ask.Starting}}
	for _, tt := range []struct {
		now     string
		changes []probe.Stage
		want    probe.Outcome
	}{
		{"", nil, probe.Outcome{Reason: probe.Denied, Detail: "the engine reported no health check within 10s"}},
		{ask.Starting, starting, probe.Outcome{
			Reason: probe.Denied, Detail: "the engine reported no health check within 10s",
		}},
		{ask.Unhealthy, starting, probe.Outcome{Reason: probe.Timeout, Value: ask.Unhealthy, Stages: starting}},
	} {
		if diff := cmp.Diff(tt.want, unheard(tt.now, tt.changes)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.now, diff)
		}
	}
}

// Every change of a file makes it different again, and changes no other file.
func TestEdit(t *testing.T) {
	l := &Lab{inventory: inventory{images: []image{{
		spec: scenario.Image{Name: "shop", Files: []scenario.ImageFile{{Name: "a", Content: "x"}, {Name: "b", Content: "y"}}},

		edits: map[string]int{},
	}}}}
	seen := map[string]bool{}
	for range 3 {
		files := l.image("shop").files()
		if seen[files[0].Content] || files[1].Content != "y\n" {
			t.Errorf("got %+v, want a new a and the old b", files)
		}
		seen[files[0].Content] = true
		if err := l.edit(ask.Action{Image: "shop", File: "a"}); err != nil {
			t.Fatal(err)
		}
	}
}

// wait asks p for a status of its own HEALTHCHECK.
func wait(ctx context.Context, p *peer, status string) probe.Outcome {
	return asking{&Lab{}, p}.Await(ctx, ask.Await{Status: status})
}
