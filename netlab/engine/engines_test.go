//go:build linux && engines

package engine

import (
	"context"
	"errors"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/swarm"

	"netlab/netlab/enginetest"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// start starts an engine of this version.
func start(t *testing.T, version string, flags ...string) *enginetest.Engine {
	t.Helper()
	return enginetest.Start(t, enginetest.Options{Version: version, Flags: flags})
}

// dialEngine opens a new connection to a started engine, like a netlab that starts now.
func dialEngine(t *testing.T, at *enginetest.Engine) *Engine {
	t.Helper()
	e, err := Connect(t.Context(), Options{Host: at.Host})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	if _, err := e.EnsureImage(t.Context()); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEnginesWorld(t *testing.T) {
	for _, version := range enginetest.Versions() {
		t.Run(version, func(t *testing.T) {
			at := start(t, version)
			exploreWorld(t, world{engine: dialEngine(t, at), namespace: at.Namespace})
		})
	}
}

func TestEnginesSwarm(t *testing.T) {
	for _, version := range enginetest.Versions() {
		t.Run(version, func(t *testing.T) {
			at := start(t, version)
			t.Run("overlay", func(t *testing.T) { testOverlay(t, at) })
			t.Run("in use", func(t *testing.T) { testSwarmInUse(t, at) })
			t.Run("names", func(t *testing.T) { testSwarmNames(t, at) })
			t.Run("owner dead", func(t *testing.T) { testSwarmOfTheDead(t, at) })
			t.Run("kept", func(t *testing.T) { testSwarmKept(t, at) })
			t.Run("refused", func(t *testing.T) { testSwarmRefused(t, at) })
			t.Run("foreign", func(t *testing.T) { testSwarmForeign(t, at) })
		})
		t.Run(version+" live-restore", func(t *testing.T) {
			e := dialEngine(t, start(t, version, "--live-restore"))
			s := newSession(t, e, "")
			err := s.InitSwarm(t.Context(), netip.Prefix{})
			if !errors.Is(err, ErrSwarmRefused) || !strings.Contains(err.Error(), "live-restore") {
				t.Errorf("got %v, want ErrSwarmRefused with the reason", err)
			}
			removeAll(t, s)
		})
	}
}

var gatewaySubnet = netip.MustParsePrefix("10.213.252.0/27")

// inSwarm asks the engine for its swarm state and for docker_gwbridge.
func inSwarm(t *testing.T, e *Engine) (state swarm.LocalNodeState, bridge bool) {
	t.Helper()
	info, err := e.api.Info(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.api.NetworkInspect(context.Background(), "docker_gwbridge", network.InspectOptions{})
	return info.Swarm.LocalNodeState, err == nil
}

// wantSwarm fails unless the engine is in a swarm and has docker_gwbridge or, if want is false, has neither.
func wantSwarm(t *testing.T, e *Engine, want bool) {
	t.Helper()
	state, bridge := inSwarm(t, e)
	if active := state == swarm.LocalNodeStateActive; active != want || bridge != want {
		t.Errorf("the swarm is %s, docker_gwbridge there %v; want both: %v", state, bridge, want)
	}
}

// overlayLab creates a swarm and an overlay network with two containers.
func overlayLab(t *testing.T, s *Session) fact.Network {
	t.Helper()
	if err := s.InitSwarm(t.Context(), gatewaySubnet); err != nil {
		t.Fatal(err)
	}
	n := newNetwork(t, s, NetworkSpec{Name: "web", Driver: "overlay"})
	alice, client := up(t, s, ContainerSpec{Peer: "alice", Attachments: []Attachment{{Network: n.Name}}})
	up(t, s, ContainerSpec{Peer: "bob", Attachments: []Attachment{{Network: "bridge"}, {Network: n.Name}}})
	got, err := client.Ask(t.Context(), probe.Question{Ping: &probe.Ping{Host: "bob"}})
	if err != nil || got.Reason != probe.OK {
		t.Errorf("alice cannot ping bob over the overlay: %+v, %v", got, err)
	}
	if now := inspect(t, alice); len(now.Endpoints) != 1 || now.Endpoints[0].IPv4 == "" {
		t.Errorf("got endpoints %+v, want an address on the overlay", now.Endpoints)
	}
	if got := len(look(t, client).Links); got != 3 {
		t.Errorf("alice has %d links, want loopback, the overlay and docker_gwbridge", got)
	}
	return n
}

func testOverlay(t *testing.T, at *enginetest.Engine) {
	e := dialEngine(t, at)
	s := newSession(t, e, "")
	n := overlayLab(t, s)
	wantSwarm(t, e, true)
	vxlan := slices.ContainsFunc(n.Options, func(l fact.Label) bool { return l.Name == optionVXLAN && l.Value != "" })
	subnet, err := netip.ParsePrefix(n.Subnet)
	if err != nil || subnet.Bits() < 27 || !netip.MustParsePrefix("10.214.0.0/16").Contains(subnet.Addr()) || !vxlan {
		t.Errorf("got network %+v, want a small one of 10.214.0.0/16 with its VXLAN id", n)
	}
	gateway, err := e.Network(t.Context(), "docker_gwbridge")
	if err != nil || gateway.Subnet != gatewaySubnet.String() || gateway.ICC {
		t.Errorf("docker_gwbridge: got %+v, %v; want it without icc on %s", gateway, err, gatewaySubnet)
	}
	out, err := exec.Command("ip", "netns", "exec", at.Namespace, "ss", "-Hltun").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		at := strings.Fields(line)[4]
		if !strings.HasPrefix(at, "127.0.0.1:") && !strings.HasSuffix(at, ":4789") {
			t.Errorf("open beside the VXLAN port, and not on loopback: %s", line)
		}
	}

	testService(t, s, n)

	_, err = s.CreateNetwork(t.Context(), NetworkSpec{Name: "again", Driver: "overlay", Subnet: subnet})
	if !errors.Is(err, ErrOverlap) {
		t.Errorf("the same subnet again: got %v, want ErrOverlap", err)
	}
	second := newSession(t, e, "")
	if err := second.InitSwarm(t.Context(), gatewaySubnet); !errors.Is(err, ErrSwarmRefused) {
		t.Errorf("a swarm in a swarm: got %v, want ErrSwarmRefused", err)
	}

	left, err := s.Leftovers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(left, func(o Object) bool { return o.Type == "swarm" }) {
		t.Errorf("got leftovers %+v, want the swarm among them", left)
	}
	if removed, _, err := dialEngine(t, at).Sweep(t.Context(), false, false); err != nil || len(removed) > 0 {
		t.Errorf("another netlab swept a lab whose owner lives: %+v, %v", removed, err)
	}
	if got := removeAll(t, s); got.Containers != 5 || got.Services != 1 || got.Swarms != 1 {
		t.Errorf("removed %+v, want three containers, the service with its two tasks, and the swarm", got)
	}
	wantSwarm(t, e, false)
	if left, err := s.Leftovers(t.Context()); err != nil || len(left) > 0 {
		t.Errorf("got leftovers %+v, %v; want none", left, err)
	}
}

// testService checks a service with two tasks: they run hardened, and answer a lab container under both names.
func testService(t *testing.T, s *Session, n fact.Network) {
	t.Helper()
	v := newService(t, s, ServiceSpec{Name: "shop", Network: n.Name, Replicas: 2, Listen: []string{"8080/tcp"}})
	at, err := v.Await(t.Context())
	if err != nil || at.VIP == "" || len(at.Tasks) != 2 {
		t.Fatalf("got %+v, %v; want a virtual IP and two tasks", at, err)
	}
	_, client := up(t, s, ContainerSpec{Peer: "carol", Attachments: []Attachment{{Network: n.Name}}})
	tasks := strings.Join(at.Tasks, " ")
	for name, want := range map[string]string{"shop": at.VIP, "tasks.shop": tasks} {
		var got probe.Outcome
		for end := time.Now().Add(time.Minute); time.Now().Before(end) && got.Value != want; {
			if got, err = client.Ask(t.Context(), probe.Question{Resolve: &probe.Resolve{Name: name}}); err != nil {
				t.Fatal(err)
			}
		}
		if got.Value != want {
			t.Errorf("%s: got %+v, want %s", name, got, want)
		}
	}
	got, err := client.Ask(t.Context(), probe.Question{Connect: &probe.Connect{
		Network: "tcp", Host: at.Tasks[1], Port: 8080, Token: s.Token(),
	}})
	if err != nil || got.Reason != probe.OK || got.Listener != at.Tasks[1] {
		t.Errorf("a task: got %+v, %v; want an answer from %s", got, err, at.Tasks[1])
	}
	found, err := s.engine.api.ContainerList(t.Context(), container.ListOptions{
		Filters: filters.NewArgs(filters.Arg("label", labelRole+"="+roleTask)),
	})
	if err != nil || len(found) != 2 {
		t.Fatalf("got containers %+v, %v; want those of two tasks", found, err)
	}
	c, err := s.engine.api.ContainerInspect(t.Context(), found[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if h := c.HostConfig; !h.ReadonlyRootfs || len(h.CapDrop) != 1 || h.CapDrop[0] != "ALL" || h.Memory != memory ||
		h.LogConfig.Type != "none" || h.RestartPolicy.Name != "" && h.RestartPolicy.Name != container.RestartPolicyDisabled {
		t.Errorf("a task's container is not as hardened as a lab's: %+v", h)
	}
}

func newService(t *testing.T, s *Session, spec ServiceSpec) *Service {
	t.Helper()
	v, err := s.CreateService(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
