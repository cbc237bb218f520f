package lab

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"netlab/netlab/agent"
	"netlab/netlab/engine"
	"netlab/netlab/probe"
)

// slowToClose is an agent that takes a moment to close a listener.
type slowToClose struct {
	agentClient
	closed atomic.Bool
}

func (s *slowToClose) Stream(ctx context.Context, _ probe.Question) (<-chan agent.Reply, error) {
	replies := make(chan agent.Reply, 1)
	replies <- agent.Reply{Outcome: &probe.Outcome{Reason: probe.OK, Value: "10.0.0.2:5201"}}
	go func() {
		<-ctx.Done()
		time.Sleep(20 * time.Millisecond)
		s.closed.Store(true)
		close(replies)
	}()
	return replies, nil
}

// TestServeLoadIsClosedWhenStopped: the next load may need the same port right away.
func TestServeLoadIsClosedWhenStopped(t *testing.T) {
	client := &slowToClose{}
	l := &Lab{inventory: inventory{session: &engine.Session{}}}
	bound, stop, err := asking{l, nil}.serveLoad(t.Context(), &peer{name: "bob", client: client}, "10.0.0.2", 5201)
	if err != nil || bound != 5201 {
		t.Fatalf("bound %d, %v", bound, err)
	}
	if stop(); !client.closed.Load() {
		t.Error("it is said to be closed before it is")
	}
}
