package lab

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"netlab/netlab/agent"
	"netlab/netlab/ask"
	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// A frozen agent never answers.
type frozen struct{}

func (frozen) Ask(ctx context.Context, _ probe.Question) (probe.Outcome, error) {
	<-ctx.Done()
	return probe.Outcome{}, ctx.Err()
}

func (frozen) Chains(ctx context.Context) ([]fact.Chain, probe.Outcome, error) {
	<-ctx.Done()
	return nil, probe.Outcome{}, ctx.Err()
}

func (frozen) Process(ctx context.Context) (*fact.Process, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func (frozen) Look(ctx context.Context) (*fact.Stack, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func (f frozen) LookWithSockets(ctx context.Context) (*fact.Stack, error) { return f.Look(ctx) }

func (frozen) Stream(context.Context, probe.Question) (<-chan agent.Reply, error) {
	return make(chan agent.Reply), nil
}

// Asking a container that is not started, is paused or does not exist returns a broken answer at once.
func TestAskOfOneWhoCannotAnswer(t *testing.T) {
	created := &peer{name: "created"}
	paused := &peer{name: "paused", client: frozen{}, paused: true}
	stopped := &peer{name: "stopped", client: frozen{}}
	stopped.close()
	l := &Lab{inventory: inventory{
		peers: []*peer{created, paused, stopped}, site: &Site{stack: &fact.Stack{}}, session: &engine.Session{},
	}}
	hostname := ask.Read{Thing: "hostname"}
	ping := ask.Ping{To: ask.Target{Literal: "192.0.2.1"}}
	listen := ask.Listen{Port: ask.Port{Network: "tcp"}}
	for _, p := range []ask.Question{hostname, ping, listen} {
		for name, want := range map[string]string{
			"created": "created is not running", "paused": "paused is paused", "stopped": "stopped is not running",
			"nobody": "unknown peer nobody",
		} {
			o := l.Ask(t.Context(), name, p)
			if o.Reason != probe.Broken || !strings.Contains(o.Detail, want) {
				t.Errorf("%s of %s: got %s (%s), want broken (%s)", p, name, o.Reason, o.Detail, want)
			}
		}
	}
	r := ask.Reference{Head: "created", Field: "hostname"}
	if v, err := l.Value(t.Context(), r, "created"); err == nil {
		t.Errorf("%s: got %q, want an error", r, v)
	}
	if o := l.RoundTrips(t.Context(), "paused", ask.Target{Literal: "192.0.2.1"}, 1); o.Reason != probe.Broken {
		t.Errorf("round trips of a paused container: got %s, want broken", o.Reason)
	}
}

// Opening a listener waits for the agent's reply, which never comes from a frozen one.
func TestOpenEndsWithItsContext(t *testing.T) {
	ctx, stop := context.WithTimeout(t.Context(), time.Millisecond)
	defer stop()
	p := &peer{name: "bob", client: frozen{}}
	err := p.open(ctx, context.WithoutCancel(ctx), probe.Question{Listen: &probe.Listen{}})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the end of its context", err)
	}
}
