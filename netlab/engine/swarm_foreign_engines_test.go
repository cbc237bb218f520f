//go:build linux && engines

package engine

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/swarm"
	"github.com/google/go-cmp/cmp"

	"netlab/netlab/enginetest"
	"netlab/netlab/probe"
)

// testSwarmInUse puts other things into netlab's swarm. The swarm must stay for each of them.
func testSwarmInUse(t *testing.T, at *enginetest.Engine) {
	ctx, e := t.Context(), dialEngine(t, at)
	s := newSession(t, e, "")
	if err := s.InitSwarm(ctx, netip.Prefix{}); err != nil {
		t.Fatal(err)
	}
	n, err := e.api.NetworkCreate(ctx, "foreign", network.CreateOptions{Driver: "overlay", Attachable: true})
	if err != nil {
		t.Fatal(err)
	}
	newNetwork(t, s, NetworkSpec{Name: "web", Driver: "overlay"})
	for range 2 { // a second time, nothing changes
		removed, err := s.Remove(ctx)
		if !errors.Is(err, errSwarmInUse) || !strings.Contains(err.Error(), `"foreign"`) || removed.Swarms != 0 {
			t.Errorf("with another's network: got %+v, %v; want errSwarmInUse that names it", removed, err)
		}
	}
	wantSwarm(t, e, true)
	if left, err := s.Leftovers(ctx); err != nil || len(left) != 2 {
		t.Errorf("got leftovers %+v, %v; want docker_gwbridge and the swarm only", left, err)
	}
	if err := e.api.NetworkRemove(ctx, n.ID); err != nil {
		t.Fatal(err)
	}
	secret, err := e.api.SecretCreate(ctx, swarm.SecretSpec{
		Annotations: swarm.Annotations{Name: "password"}, Data: []byte("x"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Remove(ctx); !errors.Is(err, errSwarmInUse) || !strings.Contains(err.Error(), `"password"`) {
		t.Errorf("with another's secret: got %v, want errSwarmInUse that names it", err)
	}
	if err := e.api.SecretRemove(ctx, secret.ID); err != nil {
		t.Fatal(err)
	}
	replicas := uint64(0)
	service, err := e.api.ServiceCreate(ctx, swarm.ServiceSpec{
		Annotations:  swarm.Annotations{Name: "shop"},
		TaskTemplate: swarm.TaskSpec{ContainerSpec: &swarm.ContainerSpec{Image: e.agent.ref()}},
		Mode:         swarm.ServiceMode{Replicated: &swarm.ReplicatedService{Replicas: &replicas}},
	}, swarm.ServiceCreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Remove(ctx); !errors.Is(err, errSwarmInUse) || !strings.Contains(err.Error(), `"shop"`) {
		t.Errorf("with another's service: got %v, want errSwarmInUse that names it", err)
	}
	if err := e.api.ServiceRemove(ctx, service.ID); err != nil {
		t.Fatal(err)
	}
	removeAll(t, s)
	wantSwarm(t, e, false)
}

// testSwarmNames runs a user's container on its own network. The engine would forget its name when it leaves the
// swarm.
func testSwarmNames(t *testing.T, at *enginetest.Engine) {
	ctx, e := t.Context(), dialEngine(t, at)
	shop, err := e.api.NetworkCreate(ctx, "shop", network.CreateOptions{Driver: "bridge"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.api.NetworkRemove(context.Background(), shop.ID) })
	web := func() (remove func()) {
		t.Helper()
		c, err := e.api.ContainerCreate(ctx, &container.Config{Image: e.agent.ref(), OpenStdin: true},
			&container.HostConfig{NetworkMode: "shop"}, nil, nil, "web")
		if err == nil {
			err = e.api.ContainerStart(ctx, c.ID, container.StartOptions{})
		}
		if err != nil {
			t.Fatal(err)
		}
		return func() {
			if err := e.api.ContainerRemove(context.Background(), c.ID, container.RemoveOptions{Force: true}); err != nil {
				t.Error(err)
			}
		}
	}

	remove := web()
	s := newSession(t, e, "")
	err = s.InitSwarm(ctx, netip.Prefix{})
	if !errors.Is(err, ErrSwarmRefused) || !strings.Contains(err.Error(), `"web"`) {
		t.Errorf("beside a running container: got %v, want ErrSwarmRefused that names it", err)
	}
	wantSwarm(t, e, false)
	remove()

	s = newSession(t, e, "")
	if err := s.InitSwarm(ctx, netip.Prefix{}); err != nil {
		t.Fatal(err)
	}
	remove = web()
	if _, err := s.Remove(ctx); !errors.Is(err, errSwarmInUse) || !strings.Contains(err.Error(), `"web"`) {
		t.Errorf("with a container started meanwhile: got %v, want errSwarmInUse that names it", err)
	}
	wantSwarm(t, e, true)
	remove()
	removeAll(t, s)
	wantSwarm(t, e, false)
}

// testSwarmOfTheDead kills the owner while its lab is running.
func testSwarmOfTheDead(t *testing.T, at *enginetest.Engine) {
	ctx, killed := t.Context(), dialEngine(t, at)
	self := killed.self
	killed.self.pid, killed.self.start = 1<<22+1, "1" // greater than any pid of the kernel: no such process
	s := newSession(t, killed, "")
	n := overlayLab(t, s)
	v := newService(t, s, ServiceSpec{Name: "shop", Network: n.Name, Replicas: 1})
	if _, err := v.Await(ctx); err != nil { // its task outlives the owner
		t.Fatal(err)
	}
	for _, c := range s.containers {
		c.detach() // the kernel would do this
	}
	foreign, err := killed.api.NetworkCreate(ctx, "foreign", network.CreateOptions{Driver: "overlay"})
	if err != nil {
		t.Fatal(err)
	}

	next := dialEngine(t, at)
	if next.self != self {
		t.Fatal("the next netlab is not of this process")
	}
	_, left, err := next.Sweep(ctx, false, false)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 2 || !strings.Contains(left[1].Why, `"foreign"`) || left[1].Type != "swarm" {
		t.Errorf("got left %+v, want docker_gwbridge and the swarm, because of the foreign network", left)
	}
	wantSwarm(t, next, true)
	if err := next.api.NetworkRemove(ctx, foreign.ID); err != nil {
		t.Fatal(err)
	}
	wouldBe, _, err := next.Sweep(ctx, true, false)
	if err != nil {
		t.Fatal(err)
	}
	wantSwarm(t, next, true)
	removed, left, err := dialEngine(t, at).Sweep(ctx, false, false)
	if err != nil || len(left) > 0 {
		t.Fatalf("got left %+v, %v; want none", left, err)
	}
	if diff := cmp.Diff(wouldBe, removed, cmp.AllowUnexported(Object{})); diff != "" {
		t.Errorf("dry run against run (-dry +run):\n%s", diff)
	}
	var types []string
	for _, o := range removed {
		types = append(types, o.Type)
	}
	if diff := cmp.Diff([]string{"network", "swarm"}, types); diff != "" {
		t.Errorf("swept (-want +got):\n%s", diff)
	}
	wantSwarm(t, next, false)
}

// testSwarmKept keeps a lab with a swarm. The next netlab removes both by the lab's name.
func testSwarmKept(t *testing.T, at *enginetest.Engine) {
	ctx, ended := t.Context(), dialEngine(t, at)
	ended.self.pid, ended.self.start = 1<<22+1, "1"
	s := newSession(t, ended, "lesson")
	s.KeepUntil(ended.now().AddDate(0, 0, 1))
	overlayLab(t, s)
	if err := s.Keep(ctx); err != nil {
		t.Fatal(err)
	}
	next := dialEngine(t, at)
	if removed, _, err := next.Sweep(ctx, false, false); err != nil || len(removed) > 0 {
		t.Errorf("a kept lab was swept: %+v, %v", removed, err)
	}
	wantSwarm(t, next, true)
	if got, err := next.Down(ctx, "lesson"); err != nil || got.Swarms != 1 || got.Containers != 2 {
		t.Errorf("got %+v, %v; want two containers and the swarm removed", got, err)
	}
	wantSwarm(t, next, false)
}

// testSwarmForeign has a swarm that is not netlab's: labs use it, and none leaves it.
func testSwarmForeign(t *testing.T, at *enginetest.Engine) {
	ctx, owner := t.Context(), dialEngine(t, at)
	_, err := owner.api.SwarmInit(ctx, swarm.InitRequest{ListenAddr: "127.0.0.1:2377", AdvertiseAddr: "127.0.0.1:2377"})
	if err != nil {
		t.Fatal(err)
	}
	await(t, "docker_gwbridge", func() bool { _, there := inSwarm(t, owner); return there })
	e := dialEngine(t, at)
	if got := e.Fact().Swarm; got != "active" {
		t.Errorf("the engine's swarm is %q, want active", got)
	}
	s := newSession(t, e, "")
	if err := s.InitSwarm(ctx, netip.Prefix{}); !errors.Is(err, ErrSwarmRefused) {
		t.Errorf("got %v, want ErrSwarmRefused", err)
	}
	n := newNetwork(t, s, NetworkSpec{Name: "web", Driver: "overlay", Internal: true})
	up(t, s, ContainerSpec{Peer: "alice", Attachments: []Attachment{{Network: n.Name}}})
	if got := removeAll(t, s); got.Networks != 1 || got.Swarms != 0 {
		t.Errorf("removed %+v, want a network, and the swarm left alone", got)
	}
	if removed, left, err := e.Sweep(ctx, false, false); err != nil || len(removed)+len(left) > 0 {
		t.Errorf("swept %+v, left %+v, %v; want that a foreign swarm is not looked at", removed, left, err)
	}
	wantSwarm(t, e, true)

	e.swarm.Store(true) // as in a netlab that created one before
	if got := removeAll(t, s); got.Swarms != 0 {
		t.Errorf("removed %+v, want the foreign swarm left alone", got)
	}
	if removed, left, err := e.Sweep(ctx, false, false); err != nil || len(removed)+len(left) > 0 {
		t.Errorf("swept %+v, left %+v, %v; want that a foreign swarm is not looked at", removed, left, err)
	}
	wantSwarm(t, e, true)

	// It leaves docker_gwbridge behind. The lab uses it and does not remove it.
	if err := owner.api.SwarmLeave(ctx, true); err != nil {
		t.Fatal(err)
	}
	last := newSession(t, e, "")
	if err := last.InitSwarm(ctx, gatewaySubnet); err != nil {
		t.Fatal(err)
	}
	removeAll(t, last)
	if state, bridge := inSwarm(t, e); state != swarm.LocalNodeStateInactive || !bridge {
		t.Errorf("the swarm is %s, docker_gwbridge there %v; want only the foreign bridge", state, bridge)
	}
}

// testSwarmRefused runs a process on the host on the swarm's port.
func testSwarmRefused(t *testing.T, at *enginetest.Engine) {
	ctx, e := t.Context(), dialEngine(t, at)
	s := newSession(t, e, "")
	_, hal := up(t, s, ContainerSpec{Peer: "hal", Attachments: []Attachment{{Network: "host"}}})
	replies, err := hal.Stream(ctx, probe.Question{Listen: &probe.Listen{
		Network: "tcp", Address: "127.0.0.1", Port: 2377, Token: s.Token(),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if r := <-replies; r.Outcome == nil || r.Outcome.Reason != probe.OK {
		t.Fatalf("listening on the swarm's port: %+v", r)
	}
	if err := s.InitSwarm(ctx, gatewaySubnet); !errors.Is(err, ErrPortTaken) {
		t.Errorf("got %v, want ErrPortTaken", err)
	}
	removeAll(t, s)
	wantSwarm(t, e, false)
}
