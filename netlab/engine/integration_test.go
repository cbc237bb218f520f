package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
	"github.com/google/go-cmp/cmp"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// open connects to the engine and uploads the image; without either, the test fails.
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
	s, err := e.NewSession(t.Context(), name)
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

// listed returns the names of everything of a session that the engine lists, without using this package.
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
	volumes, err := e.api.VolumeList(context.Background(), volume.ListOptions{Filters: f})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range containers {
		names = append(names, strings.TrimPrefix(c.Names[0], "/"))
	}
	for _, v := range volumes.Volumes {
		names = append(names, v.Name)
	}
	for _, n := range networks {
		names = append(names, n.Name)
	}
	images, err := e.api.ImageList(context.Background(), image.ListOptions{All: true, Filters: f})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range images {
		names = append(names, i.ID)
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
		Name: "web--netlab-" + s.ID(), Driver: "bridge", Subnet: "10.213.7.0/28", Gateway: "10.213.7.14",
		Range:      "10.213.7.8/29",
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
			t.Errorf("got running %v, published %v; want that it runs and publishes nothing", now.Running, now.Published)
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
		<-client.Done() // otherwise its stream was left open
	}
	client, err := alice.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := alice.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	again, err := alice.Start(ctx)
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
	if err := alice.Pause(ctx); err != nil { // and leave it paused
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
	if diff := cmp.Diff(fact.Objects{Containers: 1, Networks: 2}, removed); diff != "" {
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
		Published, Mounts   int
		Privileged          bool
	}
	visited := newContainer(t, s, ContainerSpec{Peer: "visited", Attachments: []Attachment{{Network: "bridge"}}})
	if _, err := visited.Start(ctx); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		spec ContainerSpec
		add  []string
	}{
		{ContainerSpec{Peer: "visitor", Role: RoleVisitor, Visit: visited.ID()}, []string{"NET_RAW"}},
		{ContainerSpec{Peer: "alice", Attachments: []Attachment{{Network: "bridge"}}}, []string{"NET_RAW"}},
		{ContainerSpec{Peer: "hal", Attachments: []Attachment{{Network: "host"}}}, []string{"NET_RAW"}},
		{ContainerSpec{Peer: "nora", Attachments: []Attachment{{Network: "none"}}}, []string{"NET_RAW"}},
		{ContainerSpec{Peer: "host", Role: RoleHost, Attachments: []Attachment{{Network: "host"}}}, nil},
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
				string(h.IpcMode), h.AutoRemove, r.Config.Tty, len(h.PortBindings), strangeMounts(r.Mounts, tt.spec.Role),
				h.Privileged,
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

// strangeMounts counts mounts other than the host's resolver files, which are read-only and only in the helper that
// shows the host.
func strangeMounts(mounts []container.MountPoint, role string) int {
	strange := 0
	for _, m := range mounts {
		resolver := m.Source == "/etc/resolv.conf" || m.Source == "/run/systemd/resolve/resolv.conf"
		if role != RoleHost || m.RW || !resolver {
			strange++
		}
	}
	return strange
}

// TestIntegrationAgentAtWork asks questions that need the lab container's rights: port 53 without a capability, a
// ping, and a command that a student types.
func TestIntegrationAgentAtWork(t *testing.T) {
	ctx, e := t.Context(), open(t)
	s := newSession(t, e, "")
	n := newNetwork(t, s, NetworkSpec{Name: "web", Driver: "bridge"})
	upstream := newContainer(t, s, ContainerSpec{
		Peer: "upstream", Role: fact.RoleUpstream, Attachments: []Attachment{{Network: n.Name}},
	})
	client, err := upstream.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []probe.Question{
		{ServeDNS: &probe.ServeDNS{}},
		{Ping: &probe.Ping{Host: n.Gateway}},
	} {
		got, err := client.Ask(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		if got.Reason != probe.OK {
			t.Errorf("%+v: got %s, %s", q, got.Reason, got.Detail)
		}
	}
	run, err := e.api.ContainerExecCreate(ctx, upstream.ID(), container.ExecOptions{Cmd: []string{"ping", n.Gateway}})
	if err != nil {
		t.Fatal(err)
	}
	out, err := e.api.ContainerExecAttach(ctx, run.ID, container.ExecAttachOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, out.Reader) // to its end
	out.Close()
	end, err := e.api.ContainerExecInspect(ctx, run.ID)
	if err != nil || end.ExitCode != 0 {
		t.Errorf("ping %s inside the container: exit %d, %v", n.Gateway, end.ExitCode, err)
	}
}

func TestIntegrationCanceled(t *testing.T) {
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
			if _, err := s.Remove(context.WithoutCancel(ctx)); err != nil { // the builders may still be working
				t.Fatal(err)
			}
			builders.Wait()
			if names := listed(t, e, s.ID()); len(names) != 0 {
				t.Errorf("left over: %v", names)
			}
		})
	}
}
