package engine

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/google/go-cmp/cmp"

	"netlab/netlab/agent"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// A world is an engine with its host's network namespace.
type world struct {
	engine    *Engine
	namespace string // in /run/netns; "" for the test's own
}

// ip runs ip(8) in the host's namespace.
func (w world) ip(args ...string) error {
	if w.namespace != "" {
		args = append([]string{"-n", w.namespace}, args...)
	}
	out, err := exec.CommandContext(context.Background(), "ip", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ip %q: %w: %s", args, err, out)
	}
	return nil
}

// parent creates a veth pair in the host's namespace, and returns the end that can be a parent interface.
func (w world) parent(t *testing.T) string {
	t.Helper()
	name := "nlt" + random(4)
	t.Cleanup(func() { _ = w.ip("link", "del", name) })
	err := errors.Join(
		w.ip("link", "add", name, "type", "veth", "peer", "name", name+"p"),
		w.ip("link", "set", name+"p", "up"), w.ip("link", "set", name, "up"))
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func TestIntegrationWorld(t *testing.T) { exploreWorld(t, world{engine: open(t)}) }

// exploreWorld tests everything outside a lab's own networks.
func exploreWorld(t *testing.T, w world) {
	t.Run("machine", func(t *testing.T) { testMachine(t, w) })
	t.Run("wirer", func(t *testing.T) { testWirer(t, w) })
	t.Run("watcher", func(t *testing.T) { testWatcher(t, w) })
	t.Run("shared", func(t *testing.T) { testShared(t, w) })
	t.Run("published", func(t *testing.T) { testPublished(t, w) })
	t.Run("health", func(t *testing.T) { testHealth(t, w) })
	t.Run("dual stack", func(t *testing.T) { testDualStack(t, w) })
	t.Run("macvlan", func(t *testing.T) { testMacvlan(t, w) })
	t.Run("wire", func(t *testing.T) { testWire(t, w) })
	t.Run("ipvlan", func(t *testing.T) { testIPvlan(t, w) })
}

// up creates and starts a container.
func up(t *testing.T, s *Session, spec ContainerSpec) (*Container, *agent.Client) {
	t.Helper()
	c := newContainer(t, s, spec)
	client, err := c.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c, client
}

func look(t *testing.T, client *agent.Client) *fact.Stack {
	t.Helper()
	stack, err := client.Look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return stack
}

func inspect(t *testing.T, c *Container) Inspection {
	t.Helper()
	now, err := c.Inspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return now
}

// removeAll removes the session as a lab does, and fails unless nothing is left.
func removeAll(t *testing.T, s *Session) fact.Objects {
	t.Helper()
	removed, err := s.Remove(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	if names := listed(t, s.engine, s.ID()); len(names) != 0 {
		t.Errorf("left over: %v", names)
	}
	return removed
}

// rights are a container's rights as the engine reports them.
type rights struct {
	Drop, Add, Security []string
	ReadOnly            bool
	Network, PID        string
	Sysctls             map[string]string
	Privileged          bool
	Mounts, Ports       int
}

func rightsOf(t *testing.T, c *Container) rights {
	t.Helper()
	r, err := c.session.engine.api.ContainerInspect(t.Context(), c.ID())
	if err != nil {
		t.Fatal(err)
	}
	h := r.HostConfig
	var add []string
	for _, name := range h.CapAdd { // later engines write CAP_NET_RAW
		add = append(add, strings.TrimPrefix(name, "CAP_"))
	}
	slices.Sort(add)
	return rights{
		h.CapDrop, add, h.SecurityOpt, h.ReadonlyRootfs, string(h.NetworkMode), string(h.PidMode), h.Sysctls, h.Privileged,
		len(r.Mounts), len(h.PortBindings),
	}
}

func testMachine(t *testing.T, w world) {
	s := newSession(t, w.engine, "")
	c, client := up(t, s, ContainerSpec{Peer: "outside", Role: fact.RoleMachine})
	want := rights{
		Drop: []string{"ALL"}, Add: []string{"NET_ADMIN", "NET_RAW"}, Security: []string{"no-new-privileges"},
		ReadOnly: true, Network: "none",
		Sysctls: map[string]string{
			"net.ipv4.ip_forward": "1", "net.ipv4.icmp_ratemask": "0",
			"net.ipv4.conf.all.send_redirects": "0", "net.ipv4.conf.default.send_redirects": "0",
		},
	}
	if diff := cmp.Diff(want, rightsOf(t, c)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	stack := look(t, client)
	if got := stack.Sysctl("net.ipv4.ip_forward"); got != "1" {
		t.Errorf("net.ipv4.ip_forward inside is %q, want 1: it could be no router", got)
	}
	if len(stack.Links) == 0 || stack.Link("eth0") != nil {
		t.Errorf("got links %+v, want no network but loopback", stack.Links)
	}
	if got := inspect(t, c).Health; got != "" {
		t.Errorf("it has no HEALTHCHECK, and its health is %q", got)
	}
	removeAll(t, s)
}

func testWirer(t *testing.T, w world) {
	s := newSession(t, w.engine, "")
	_, client := up(t, s, ContainerSpec{Peer: "hal", Attachments: []Attachment{{Network: "host"}}})
	host := look(t, client).NetNS
	machine, _ := up(t, s, ContainerSpec{Peer: "outside", Role: fact.RoleMachine})
	for _, target := range []*Container{machine, nil} {
		spec := ContainerSpec{Peer: "wirer", Role: RoleWirer, Target: target}
		want := rights{
			Drop: []string{"ALL"}, Add: []string{"NET_ADMIN"}, Security: []string{"no-new-privileges"}, ReadOnly: true,
			Network: "host",
		}
		if target != nil {
			want.PID = "container:" + target.ID()
		}
		c, client := up(t, s, spec)
		if diff := cmp.Diff(want, rightsOf(t, c)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if got := look(t, client).NetNS; got != host {
			t.Errorf("it is in network namespace %s, want the host's, %s", got, host)
		}
		if err := c.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-client.Done()
		await(t, "the wirer is gone", func() bool { return !slices.Contains(listed(t, w.engine, s.ID()), c.Name()) })
	}
	removeAll(t, s)
}

func testWatcher(t *testing.T, w world) {
	s := newSession(t, w.engine, "")
	c, client := up(t, s, ContainerSpec{Peer: "watcher", Role: RoleWatcher})
	want := rights{
		Drop: []string{"ALL"}, Add: []string{"NET_RAW"}, Security: []string{"no-new-privileges"}, ReadOnly: true,
		Network: "host",
	}
	if diff := cmp.Diff(want, rightsOf(t, c)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	capture := probe.Capture{Links: []string{"lo"}, Keep: &probe.Keep{Ports: []int{1}}}
	o, err := client.Ask(t.Context(), probe.Question{Capture: &capture})
	if err != nil || o.Reason != probe.OK {
		t.Errorf("capturing on the host's loopback: got %+v, %v", o, err)
	}
	removeAll(t, s)
}

func testShared(t *testing.T, w world) {
	s := newSession(t, w.engine, "")
	web := newNetwork(t, s, NetworkSpec{Name: "web", Driver: "bridge"})
	alice, client := up(t, s, ContainerSpec{Peer: "alice", Attachments: []Attachment{{Network: web.Name}}})
	// Like a lab that gives all of its containers the same servers.
	_, sidecar := up(t, s, ContainerSpec{
		Peer: "sidecar", Share: alice, DNS: []string{"192.0.2.53"}, ExtraHosts: []string{"x:192.0.2.1"},
		Expose: []string{"80/tcp"}, Publish: []Publish{{Port: "80/tcp"}},
	})
	first, second := look(t, client), look(t, sidecar)
	if first.NetNS != second.NetNS || second.Hostname != "alice" {
		t.Errorf("sidecar is in %s as %q, want alice's %s", second.NetNS, second.Hostname, first.NetNS)
	}
	removeAll(t, s)
}

// await waits for something that the engine does by itself.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for limit := time.Now().Add(time.Minute); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("waited a minute: %s", what)
		}
	}
}

func testPublished(t *testing.T, w world) {
	s := newSession(t, w.engine, "")
	web := newNetwork(t, s, NetworkSpec{Name: "web", Driver: "bridge"})
	on := []Attachment{{Network: web.Name}}
	c, client := up(t, s, ContainerSpec{
		Peer: "server", Attachments: on, ExtraHosts: []string{"host.docker.internal:host-gateway"},
		Publish: []Publish{{Port: "8080/tcp", HostIP: "127.0.0.1"}, {Port: "53/udp", HostIP: "127.0.0.1"}},
	})
	now := inspect(t, c)
	if len(now.Published) != 2 || now.Published[0].Port != "53/udp" || now.Published[1].Port != "8080/tcp" ||
		now.Published[1].HostIP != "127.0.0.1" || now.Published[1].HostPort == 0 {
		t.Fatalf("got bindings %+v, want 53/udp and 8080/tcp on 127.0.0.1 with ports that the engine chose", now.Published)
	}
	if diff := cmp.Diff([]string{"53/udp", "8080/tcp"}, now.Exposed); diff != "" {
		t.Errorf("exposed (-want +got):\n%s", diff)
	}
	named := slices.ContainsFunc(look(t, client).Hosts, func(h fact.HostEntry) bool {
		return slices.Contains(h.Names, "host.docker.internal")
	})
	if !named {
		t.Error("host.docker.internal is not in /etc/hosts")
	}
	port := now.Published[1].HostPort
	again := Publish{Port: "80/tcp", HostIP: "127.0.0.1", HostPort: port}
	second := newContainer(t, s, ContainerSpec{Peer: "second", Attachments: on, Publish: []Publish{again}})
	if _, err := second.Start(t.Context()); !errors.Is(err, ErrPortTaken) {
		t.Errorf("the port of another container: got %v, want ErrPortTaken", err)
	}

	_, hal := up(t, s, ContainerSpec{Peer: "hal", Attachments: []Attachment{{Network: "host"}}})
	replies, err := hal.Stream(t.Context(), probe.Question{Listen: &probe.Listen{
		Network: "tcp", Address: "127.0.0.1", Token: s.Token(),
	}})
	if err != nil {
		t.Fatal(err)
	}
	heard := <-replies
	if heard.Outcome == nil || heard.Outcome.Reason != probe.OK {
		t.Fatalf("listening on the host: %+v", heard)
	}
	bound := netip.MustParseAddrPort(heard.Outcome.Value)
	third := newContainer(t, s, ContainerSpec{Peer: "third", Attachments: on, Publish: []Publish{
		{Port: "80/tcp", HostIP: "127.0.0.1", HostPort: int(bound.Port())},
	}})
	if _, err := third.Start(t.Context()); !errors.Is(err, ErrPortTaken) {
		t.Errorf("the port of a process on the host: got %v, want ErrPortTaken", err)
	}
	removeAll(t, s) // including containers that could not start
}

func testHealth(t *testing.T, w world) {
	s := newSession(t, w.engine, "")
	health := func(target string) *Health {
		return &Health{Command: []string{"ping", target}, Interval: 100 * time.Millisecond, Retries: 1}
	}
	on := []Attachment{{Network: "bridge"}}
	well, _ := up(t, s, ContainerSpec{Peer: "well", Attachments: on, Health: health("127.0.0.1")})
	ill, _ := up(t, s, ContainerSpec{Peer: "ill", Attachments: on, Health: health("no.such.name.invalid.")})
	await(t, "healthy", func() bool { return inspect(t, well).Health == container.Healthy })
	await(t, "unhealthy", func() bool { return inspect(t, ill).Health == container.Unhealthy })
	removeAll(t, s)
}

func testDualStack(t *testing.T, w world) {
	s := newSession(t, w.engine, "")
	var six netip.Prefix
	for {
		six = netip.MustParsePrefix(fmt.Sprintf("fd%s:%s:%s::/64", random(1), random(2), random(2)))
		if six.Masked() == six {
			break
		}
	}
	n := newNetwork(t, s, NetworkSpec{Name: "six", Driver: "bridge", IPv6: six})
	if n.Subnet == "" {
		t.Error("it has no IPv4 subnet")
	}
	c, _ := up(t, s, ContainerSpec{Peer: "alice", Attachments: []Attachment{{Network: n.Name}}})
	now := inspect(t, c)
	got, err := netip.ParseAddr(now.Endpoints[0].IPv6)
	if err != nil || !six.Contains(got) || now.Endpoints[0].IPv4 == "" {
		t.Errorf("got %+v, want an IPv4 address and one of %s", now.Endpoints, six)
	}
	removeAll(t, s)
}
