package engine

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/google/go-cmp/cmp"

	"netlab/netlab/fact"
)

// holdEnv makes the test binary a netlab that holds a lab until it is killed, keepEnv one that keeps a lab of that name
// and ends.
const (
	holdEnv = "NETLAB_TEST_HOLD"
	keepEnv = "NETLAB_TEST_KEEP"
)

func TestMain(m *testing.M) {
	if name := os.Getenv(keepEnv); name != "" {
		if err := keep(context.Background(), name); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if os.Getenv(holdEnv) != "" {
		if err := hold(context.Background()); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		select {}
	}
	os.Exit(m.Run())
}

// hold builds a lab with a running container, a paused one, one that was never started, and a network, and prints its
// session.
func hold(ctx context.Context) error {
	e, err := Connect(ctx, Options{})
	if err != nil {
		return err
	}
	s, err := e.NewSession("")
	if err != nil {
		return err
	}
	n, err := s.CreateNetwork(ctx, NetworkSpec{Name: "web", Driver: "bridge"})
	if err != nil {
		return err
	}
	for _, peer := range []string{"running", "paused", "created"} {
		c, err := s.Create(ctx, ContainerSpec{Peer: peer, Attachments: []Attachment{{Network: n.Name}}})
		if err != nil {
			return err
		}
		if peer == "created" {
			continue
		}
		if _, err := c.Start(ctx); err != nil {
			return err
		}
		if peer == "paused" {
			if err := c.Pause(ctx); err != nil {
				return err
			}
		}
	}
	fmt.Println("session:", s.ID())
	return nil
}

// keep builds a lab with a network and a paused container, and leaves it for an hour.
func keep(ctx context.Context, name string) error {
	e, err := Connect(ctx, Options{})
	if err != nil {
		return err
	}
	s, err := e.NewSession(name)
	if err != nil {
		return err
	}
	s.KeepUntil(time.Now().Add(time.Hour))
	n, err := s.CreateNetwork(ctx, NetworkSpec{Name: "web", Driver: "bridge"})
	if err != nil {
		return err
	}
	c, err := s.Create(ctx, ContainerSpec{Peer: "alice", Attachments: []Attachment{{Network: n.Name}}})
	if err != nil {
		return err
	}
	if _, err := c.Start(ctx); err != nil {
		return err
	}
	if err := c.Pause(ctx); err != nil {
		return err
	}
	return s.Keep(ctx)
}

// open connects to the engine and sees to the image; there is no test without either.
func open(t *testing.T) *Engine {
	t.Helper()
	e, err := Connect(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	if _, err := e.EnsureImage(t.Context()); err != nil {
		t.Fatal(err)
	}
	return e
}

func newSession(t *testing.T, e *Engine, name string) *Session {
	t.Helper()
	s, err := e.NewSession(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = s.Remove(context.Background()) })
	return s
}

func newNetwork(t *testing.T, s *Session, spec NetworkSpec) fact.Network {
	t.Helper()
	n, err := s.CreateNetwork(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func newContainer(t *testing.T, s *Session, spec ContainerSpec) *Container {
	t.Helper()
	c, err := s.Create(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// listed are the names of all that the engine lists of a session, asked without this package.
func listed(t *testing.T, e *Engine, session string) []string {
	t.Helper()
	f := filters.NewArgs(filters.Arg("label", "netlab.session="+session))
	containers, err := e.api.ContainerList(context.Background(), container.ListOptions{All: true, Filters: f})
	if err != nil {
		t.Fatal(err)
	}
	networks, err := e.api.NetworkList(context.Background(), network.ListOptions{Filters: f})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range containers {
		names = append(names, strings.TrimPrefix(c.Names[0], "/"))
	}
	for _, n := range networks {
		names = append(names, n.Name)
	}
	return names
}

func TestIntegrationLab(t *testing.T) {
	ctx, e := t.Context(), open(t)
	s := newSession(t, e, "")
	subnet := netip.MustParsePrefix("10.213.7.0/28")
	web := newNetwork(t, s, NetworkSpec{
		Name: "web", Driver: "bridge", Subnet: subnet, Gateway: netip.MustParseAddr("10.213.7.14"),
		Range:   netip.MustParsePrefix("10.213.7.8/29"),
		Options: []fact.Label{{Name: "com.docker.network.bridge.enable_icc", Value: "false"}},
	})
	want := fact.Network{
		Name: "netlab-" + s.ID() + "-web", Driver: "bridge", Subnet: "10.213.7.0/28", Gateway: "10.213.7.14",
		Masquerade: true, Options: []fact.Label{{Name: "com.docker.network.bridge.enable_icc", Value: "false"}},
	}
	want.ID, want.Interface = web.ID, "br-"+web.ID[:12]
	if diff := cmp.Diff(want, web); diff != "" {
		t.Errorf("network (-want +got):\n%s", diff)
	}
	subnets, err := e.Subnets(ctx)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, p := range subnets {
		found = found || p == subnet
	}
	if !found {
		t.Errorf("the engine's subnets %v lack %v", subnets, subnet)
	}
	_, err = s.CreateNetwork(ctx, NetworkSpec{Name: "again", Driver: "bridge", Subnet: subnet})
	if !errors.Is(err, ErrOverlap) {
		t.Errorf("the same subnet again: got %v, want ErrOverlap", err)
	}

	back := newNetwork(t, s, NetworkSpec{Name: "back", Driver: "bridge"})
	alice := newContainer(t, s, ContainerSpec{
		Peer: "alice", Expose: []string{"8080/tcp", "53/udp"}, StopsInLab: true,
		Attachments: []Attachment{{Network: web.Name, IPv4: "10.213.7.5", Aliases: []string{"shop"}}, {Network: back.Name}},
	})
	for range 2 { // it can be started again
		client, err := alice.Start(ctx)
		if err != nil {
			t.Fatal(err)
		}
		stack, err := client.Look(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if stack.Hostname != "alice" {
			t.Errorf("hostname: got %q, want alice", stack.Hostname)
		}
		now, err := alice.Inspect(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if !now.Running || len(now.Published) != 0 {
			t.Errorf("got running %v, published %v; want a running container that publishes nothing", now.Running, now.Published)
		}
		if diff := cmp.Diff([]string{"53/udp", "8080/tcp"}, now.Exposed); diff != "" {
			t.Errorf("exposed (-want +got):\n%s", diff)
		}
		if len(now.Endpoints) != 2 || now.Endpoints[0].Network != back.Name || now.Endpoints[1].IPv4 != "10.213.7.5" {
			t.Errorf("got endpoints %+v, want back, then web with 10.213.7.5", now.Endpoints)
		}
		if err := alice.Stop(ctx); err != nil {
			t.Fatal(err)
		}
		<-client.Done() // else its stream was left open
	}
	client, err := alice.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	again, err := alice.Restart(ctx)
	if err != nil {
		t.Fatal(err)
	}
	<-client.Done()
	if err := alice.Disconnect(ctx, back.Name); err != nil {
		t.Fatal(err)
	}
	if err := alice.Connect(ctx, Attachment{Network: back.Name}); err != nil {
		t.Fatal(err)
	}
	if err := alice.Pause(ctx); err != nil {
		t.Fatal(err)
	}
	if err := alice.Unpause(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := again.Look(ctx); err != nil {
		t.Fatal(err)
	}
	if err := alice.Pause(ctx); err != nil { // and left so
		t.Fatal(err)
	}

	left, err := s.Leftovers(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 3 || left[0].Name != "netlab-"+s.ID()+"-alice" || left[0].Type != "container" {
		t.Errorf("got leftovers %+v, want alice and two networks", left)
	}
	removed, err := s.Remove(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Removed{Containers: 1, Networks: 2}, removed); diff != "" {
		t.Errorf("removed (-want +got):\n%s", diff)
	}
	if names := listed(t, e, s.ID()); len(names) != 0 {
		t.Errorf("left over: %v", names)
	}
	if _, err := s.Create(ctx, ContainerSpec{Peer: "late", Attachments: []Attachment{{Network: "none"}}}); err == nil {
		t.Error("a container could be created after Remove")
	}
	if _, err := e.Network(ctx, web.Name); !errors.Is(err, ErrNotFound) {
		t.Errorf("a removed network: got %v, want ErrNotFound", err)
	}
}

func TestIntegrationHardened(t *testing.T) {
	ctx, e := t.Context(), open(t)
	s := newSession(t, e, "")
	type hardening struct {
		Drop, Add, Security []string
		ReadOnly            bool
		Memory, Pids        int64
		Log, IPC            string
		AutoRemove, Tty     bool
		Published, Binds    int
		Privileged          bool
	}
	tests := []struct {
		spec ContainerSpec
		add  []string
	}{
		{ContainerSpec{Peer: "alice", Attachments: []Attachment{{Network: "bridge"}}}, []string{"NET_RAW"}},
		{ContainerSpec{Peer: "hal", Attachments: []Attachment{{Network: "host"}}}, []string{"NET_RAW"}},
		{ContainerSpec{Peer: "nora", Attachments: []Attachment{{Network: "none"}}}, []string{"NET_RAW"}},
		{ContainerSpec{Peer: "host", Role: RoleHost, HostUTS: true, Attachments: []Attachment{{Network: "host"}}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.spec.Peer, func(t *testing.T) {
			c := newContainer(t, s, tt.spec)
			client, err := c.Start(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := client.Look(ctx); err != nil {
				t.Fatal(err)
			}
			r, err := e.api.ContainerInspect(ctx, c.ID())
			if err != nil {
				t.Fatal(err)
			}
			h := r.HostConfig
			var add []string
			for _, name := range h.CapAdd { // later engines write CAP_NET_RAW
				add = append(add, strings.TrimPrefix(name, "CAP_"))
			}
			got := hardening{
				h.CapDrop, add, h.SecurityOpt, h.ReadonlyRootfs, h.Memory, *h.PidsLimit, h.LogConfig.Type,
				string(h.IpcMode), h.AutoRemove, r.Config.Tty, len(h.PortBindings), len(r.Mounts), h.Privileged,
			}
			want := hardening{
				Drop: []string{"ALL"}, Add: tt.add, Security: []string{"no-new-privileges"}, ReadOnly: true,
				Memory: 64 << 20, Pids: 64, Log: "none", IPC: "private", AutoRemove: true,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestIntegrationCancelled(t *testing.T) {
	e := open(t)
	for _, after := range []time.Duration{0, 20 * time.Millisecond, 60 * time.Millisecond, 150 * time.Millisecond} {
		t.Run(after.String(), func(t *testing.T) {
			s := newSession(t, e, "")
			ctx, stop := context.WithTimeout(t.Context(), after)
			defer stop()
			var builders sync.WaitGroup
			for i := range 3 {
				builders.Go(func() {
					n, err := s.CreateNetwork(ctx, NetworkSpec{Name: fmt.Sprint("n", i), Driver: "bridge"})
					if err != nil {
						return // what the test is about
					}
					c, err := s.Create(ctx, ContainerSpec{Peer: fmt.Sprint("p", i), Attachments: []Attachment{{Network: n.Name}}})
					if err == nil {
						_, err = c.Start(ctx)
					}
					if err == nil {
						<-ctx.Done()
					}
				})
			}
			<-ctx.Done()
			if _, err := s.Remove(context.WithoutCancel(ctx)); err != nil { // while the builders may be at it
				t.Fatal(err)
			}
			builders.Wait()
			if names := listed(t, e, s.ID()); len(names) != 0 {
				t.Errorf("left over: %v", names)
			}
		})
	}
}

func TestIntegrationKilledAndLiving(t *testing.T) {
	ctx, e := t.Context(), open(t)

	mine := newSession(t, e, "") // lives, and has only a network so far
	newNetwork(t, mine, NetworkSpec{Name: "web", Driver: "bridge"})
	kept := newSession(t, e, "")
	kept.KeepUntil(time.Now().Add(time.Hour))
	keeper := newContainer(t, kept, ContainerSpec{Peer: "alice", Attachments: []Attachment{{Network: "bridge"}}})
	if _, err := keeper.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if err := kept.Keep(ctx); err != nil {
		t.Fatal(err)
	}
	foreign, err := e.api.NetworkCreate(ctx, strings.ToLower(t.Name()), network.CreateOptions{
		Driver: "bridge", Labels: map[string]string{"netlab.lab": "demo"}, // but no session: not netlab's
	})
	t.Cleanup(func() { _ = e.api.NetworkRemove(context.Background(), foreign.ID) })
	if err != nil {
		t.Fatal(err)
	}

	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), holdEnv+"=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = child.Process.Kill() })
	first, err := bufio.NewReader(out).ReadString('\n')
	session, ok := strings.CutPrefix(strings.TrimSpace(first), "session: ")
	if err != nil || !ok {
		t.Fatalf("the child said %q, %v", first, err)
	}
	t.Cleanup(func() { _, _ = e.remove(context.Background(), session) })

	// While the child lives, nothing of it is touched.
	if removed, _, err := e.Sweep(ctx, false, false); err != nil || in(removed, session) {
		t.Fatalf("a sweep took a living lab's %+v, %v", removed, err)
	}
	if got := len(listed(t, e, session)); got != 4 {
		t.Fatalf("a living lab has %d objects, want 4", got)
	}
	if _, err := e.Down(ctx, session); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("down of a living lab: got %v, want that it is in use", err)
	}

	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // killed
	// A dry run names what is left and takes nothing.
	removed, _, err := e.Sweep(ctx, true, false)
	if err != nil {
		t.Fatal(err)
	}
	if !in(removed, session) || len(listed(t, e, session)) == 0 {
		t.Errorf("the dry run: got %+v", removed)
	}
	removed, left, err := e.Sweep(ctx, false, false)
	if err != nil {
		t.Fatal(err)
	}
	if names := listed(t, e, session); len(names) != 0 || !in(removed, session) {
		t.Errorf("after the sweep %v are left over; it says it took %+v", names, removed)
	}
	if len(listed(t, e, mine.ID())) != 1 || len(listed(t, e, kept.ID())) != 1 {
		t.Error("the sweep took a living lab's network or a kept lab")
	}
	if !in(left, mine.ID()) {
		t.Errorf("got left %+v, want the living lab's network among it", left)
	}
	if _, err := e.Network(ctx, foreign.ID); err != nil {
		t.Errorf("a network without netlab's label: %v", err)
	}
}

func in(objects []Swept, lab string) bool {
	for _, o := range objects {
		if o.Lab == lab && o.Why != "" {
			return true
		}
	}
	return false
}

// TestIntegrationVanish is the promise that needs no sweep: a killed netlab's running container goes by itself.
func TestIntegrationVanish(t *testing.T) {
	ctx, e := t.Context(), open(t)
	s := newSession(t, e, "")
	c := newContainer(t, s, ContainerSpec{Peer: "alice", Attachments: []Attachment{{Network: "none"}}})
	if _, err := c.Start(ctx); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(ctx, 30*time.Second)
	defer stop()
	gone, failed := e.api.ContainerWait(ctx, c.ID(), container.WaitConditionRemoved)
	c.detach() // as the kernel closes a killed process's sockets
	select {
	case <-gone:
	case err := <-failed:
		t.Fatal(err)
	}
	if names := listed(t, e, s.ID()); len(names) != 0 {
		t.Errorf("left over: %v", names)
	}
}

func TestIntegrationKept(t *testing.T) {
	ctx, e := t.Context(), open(t)
	const name = "engine-test-kept"
	t.Cleanup(func() { _, _ = e.Down(context.Background(), name) })
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), keepEnv+"="+name)
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("keeping a lab: %v\n%s", err, out)
	}

	labs, err := e.Labs(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var got Lab
	for _, l := range labs {
		if l.Name == name {
			got = l
		}
	}
	want := Lab{
		Name: name, Session: got.Session, Created: got.Created, KeptUntil: got.KeptUntil,
		Containers: []string{"netlab-" + name + "-alice"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lab (-want +got):\n%s", diff)
	}
	if left := got.KeptUntil.Sub(e.now()); left <= 0 || left > time.Hour {
		t.Errorf("it is kept for %s, want at most the hour that was asked for", left)
	}
	removed, left, err := e.Sweep(ctx, false, false)
	if err != nil || in(removed, name) || !in(left, name) {
		t.Errorf("a sweep removed %+v and left %+v, %v; want that it leaves the kept lab", removed, left, err)
	}
	if _, err := e.NewSession(name); err == nil || !strings.Contains(err.Error(), "netlab down "+name) {
		t.Errorf("a second lab of that name: got %v, want the command that ends the first", err)
	}
	if _, err := e.Down(ctx, "no-such-lab"); err == nil || !strings.Contains(err.Error(), name) {
		t.Errorf("down of an unknown lab: got %v, want the labs there are", err)
	}
	gone, err := e.Down(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Removed{Containers: 1, Networks: 1}, gone); diff != "" {
		t.Errorf("removed (-want +got):\n%s", diff)
	}
	if names := listed(t, e, got.Session); len(names) != 0 {
		t.Errorf("left over: %v", names)
	}
}

func TestIntegrationNameTaken(t *testing.T) {
	e := open(t)
	const name = "engine-test-taken"
	first := newSession(t, e, name)
	second := newSession(t, e, name) // nothing of the first exists yet
	newNetwork(t, first, NetworkSpec{Name: "web", Driver: "bridge"})
	_, err := second.CreateNetwork(t.Context(), NetworkSpec{Name: "web", Driver: "bridge"})
	if err == nil || !strings.Contains(err.Error(), "netlab down "+name) {
		t.Errorf("two labs of one name: got %v, want the command that ends the first", err)
	}
	if _, err := second.Remove(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := len(listed(t, e, first.ID())); got != 1 {
		t.Errorf("the first lab has %d objects after the second was removed, want 1", got)
	}
	for _, bad := range []string{"Demo", "-demo", "a b", strings.Repeat("a", 32), "ä"} {
		if _, err := e.NewSession(bad); err == nil {
			t.Errorf("a lab could be named %q", bad)
		}
	}
}

func TestIntegrationImage(t *testing.T) {
	ctx, e := t.Context(), open(t)
	if uploaded, err := e.EnsureImage(ctx); uploaded || err != nil {
		t.Errorf("the second time: uploaded %v, %v", uploaded, err)
	}

	// Two other versions' images, each loaded by two at once; a container uses the second.
	ids := map[string]bool{}
	refs := []string{"netlab/agent:test-unused", "netlab/agent:test-used"}
	for _, ref := range refs {
		t.Cleanup(func() { _, _ = e.api.ImageRemove(context.Background(), ref, image.RemoveOptions{}) })
		content, err := pack(ref, e.fact.Arch, []byte(ref))
		if err != nil {
			t.Fatal(err)
		}
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {
				if err := e.load(ctx, content); err != nil {
					t.Errorf("loading %s: %v", ref, err)
				}
			})
		}
		both.Wait()
		i, err := e.api.ImageInspect(ctx, ref)
		if err != nil {
			t.Fatal(err)
		}
		ids[i.ID] = true
	}
	used, err := e.api.ContainerCreate(ctx, &container.Config{Image: refs[1]}, nil, nil, nil, "netlab-engine-test-image")
	t.Cleanup(func() { _ = e.api.ContainerRemove(context.Background(), used.ID, container.RemoveOptions{}) })
	if err != nil {
		t.Fatal(err)
	}
	untagged, err := e.api.ImageList(ctx, image.ListOptions{All: true, Filters: filters.NewArgs(
		filters.Arg("label", "netlab.image"), filters.Arg("dangling", "true"))})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range untagged {
		if ids[i.ID] {
			t.Errorf("two loads at once left the untagged image %s", i.ID)
		}
	}

	names := func(all []Swept) map[string]bool {
		m := map[string]bool{}
		for _, s := range all {
			m[s.Name] = true
		}
		return m
	}
	removed, left, err := e.Sweep(ctx, false, true)
	if err != nil {
		t.Fatal(err)
	}
	if got := names(removed); !got[refs[0]] || got[refs[1]] || got[ImageRef()] {
		t.Errorf("got removed %+v, want the unused image of the other version only", removed)
	}
	if !names(left)[refs[1]] {
		t.Errorf("got left %+v, want the used image among it", left)
	}
	if there, err := e.hasImage(ctx, refs[0]); there || err != nil {
		t.Errorf("the unused image is there: %v, %v", there, err)
	}
	if there, err := e.hasImage(ctx, ImageRef()); !there || err != nil {
		t.Errorf("this netlab's image is there: %v, %v", there, err)
	}
}
