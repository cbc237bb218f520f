//go:build linux && engines

package engine

import (
	"context"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/swarm"

	"netlab/netlab/enginetest"
	"netlab/netlab/fact"
)

// A swarm whose netlab is killed while creating it is gone after clean, whenever the kill comes, and stays gone: no
// swarm, docker_gwbridge or interface appears later.
func TestEnginesSwarmKilledAtBirth(t *testing.T) {
	moments := []struct {
		name  string
		comes func(e *Engine) bool
	}{
		{"the swarm begins", func(e *Engine) bool {
			info, err := e.api.Info(context.Background())
			return err == nil && info.Swarm.LocalNodeState != swarm.LocalNodeStateInactive
		}},
		{"the swarm is active", func(e *Engine) bool {
			info, err := e.api.Info(context.Background())
			return err == nil && info.Swarm.LocalNodeState == swarm.LocalNodeStateActive
		}},
	}
	for _, version := range enginetest.Versions() {
		t.Run(version, func(t *testing.T) {
			at := start(t, version)
			before := hostLinks(t, at)
			for _, m := range moments {
				t.Run(m.name, func(t *testing.T) {
					for range 3 {
						killAtBirth(t, at, m.comes)
						if after := hostLinks(t, at); after != before {
							t.Errorf("the host's interfaces: got %s, want %s as before", after, before)
						}
					}
				})
			}
			t.Run("unfinished", func(t *testing.T) { testSwarmUnfinished(t, at) })
		})
	}
}

// killAtBirth creates a swarm as a netlab that dies at the given moment, and cleans up twice as another netlab.
func killAtBirth(t *testing.T, at *enginetest.Engine, comes func(e *Engine) bool) {
	t.Helper()
	killed := dialEngine(t, at)
	killed.self.pid, killed.self.start = 1<<22+1, "1" // greater than any pid of the kernel: no such process
	began := make(chan struct{})
	go func() {
		defer close(began)
		s, err := killed.NewSession(context.Background(), "")
		if err == nil {
			_ = s.InitSwarm(context.Background(), netip.Prefix{}) // it may be cut short by the clean-up
		}
	}()
	next := dialEngine(t, at)
	for limit := time.Now().Add(time.Minute); !comes(next); time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("the swarm did not begin")
		}
	}
	if _, _, err := dialEngine(t, at).Sweep(t.Context(), false, false); err != nil {
		t.Errorf("the first clean-up: %v", err)
	}
	<-began
	if _, left, err := dialEngine(t, at).Sweep(t.Context(), false, false); err != nil || len(left) > 0 {
		t.Errorf("the second clean-up left %+v, %v", left, err)
	}
	wantSwarm(t, next, false)
}

// hostLinks returns the names of the interfaces on the engine's host.
func hostLinks(t *testing.T, at *enginetest.Engine) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "ip", "-n", at.Namespace, "-brief", "link").Output()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(out)) {
		names = append(names, strings.Fields(line)[0])
	}
	return strings.Join(names, " ")
}

// testSwarmUnfinished sweeps an engine that was killed while it created netlab's swarm, which then has no labels.
// Without netlab's docker_gwbridge, the same swarm is the user's.
func testSwarmUnfinished(t *testing.T, at *enginetest.Engine) {
	killed := dialEngine(t, at)
	killed.self.pid, killed.self.start = 1<<22+1, "1"
	s := newSession(t, killed, "")
	begin := func() {
		if _, err := killed.api.SwarmInit(t.Context(), swarm.InitRequest{
			ListenAddr: "127.0.0.1:2377", AdvertiseAddr: "127.0.0.1:2377", DataPathAddr: "127.0.0.1",
			DefaultAddrPool: []string{swarmPool}, SubnetSize: swarmPoolSubnet,
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.createGatewayBridge(t.Context(), netip.Prefix{}); err != nil {
		t.Fatal(err)
	}
	begin()
	if _, left, err := dialEngine(t, at).Sweep(t.Context(), false, false); err != nil || len(left) > 0 {
		t.Errorf("the clean-up left %+v, %v", left, err)
	}
	wantSwarm(t, killed, false)

	begin()
	if removed, left, err := dialEngine(t, at).Sweep(t.Context(), false, false); err != nil || len(removed)+len(left) > 0 {
		t.Errorf("the clean-up looked at the user's swarm: removed %+v, left %+v, %v", removed, left, err)
	}
	if state, _ := inSwarm(t, killed); state != swarm.LocalNodeStateActive {
		t.Errorf("the user's swarm is %s", state)
	}
	awaitIngress(t.Context(), killed.api)
	if err := killed.api.SwarmLeave(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if err := killed.api.NetworkRemove(t.Context(), fact.GatewayBridge); err != nil {
		t.Fatal(err)
	}
}
