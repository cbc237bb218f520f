package engine

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/google/go-cmp/cmp"

	"netlab/netlab/fact"
)

// holdEnv makes the test binary act as a netlab that holds a lab until it is killed; keepEnv, as one that keeps a lab
// of that name and exits.
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
	if os.Getenv(buildEnv) != "" {
		if err := buildOn(context.Background()); err != nil {
			fmt.Println("error:", err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// hold creates a lab with a network, a running container with a volume, a paused one and one that was never started,
// and prints its session.
func hold(ctx context.Context) error {
	e, err := Connect(ctx, Options{})
	if err != nil {
		return err
	}
	s, err := e.NewSession(ctx, "")
	if err != nil {
		return err
	}
	n, err := s.CreateNetwork(ctx, NetworkSpec{Name: "web", Driver: "bridge"})
	if err != nil {
		return err
	}
	notes, err := s.CreateVolume(ctx, "notes")
	if err != nil {
		return err
	}
	for _, peer := range []string{"running", "paused", "created"} {
		spec := ContainerSpec{Peer: peer, Attachments: []Attachment{{Network: n.Name}}}
		if peer == "running" {
			spec.Volumes = []Volume{{Name: notes, Path: "/notes"}}
		}
		c, err := s.Create(ctx, spec)
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

// keep creates a lab with a network, a volume and a paused container, and leaves it for an hour.
func keep(ctx context.Context, name string) error {
	e, err := Connect(ctx, Options{})
	if err != nil {
		return err
	}
	s, err := e.NewSession(ctx, name)
	if err != nil {
		return err
	}
	s.KeepUntil(time.Now().Add(time.Hour))
	n, err := s.CreateNetwork(ctx, NetworkSpec{Name: "web", Driver: "bridge"})
	if err != nil {
		return err
	}
	notes, err := s.CreateVolume(ctx, "notes")
	if err != nil {
		return err
	}
	c, err := s.Create(ctx, ContainerSpec{
		Peer: "alice", Attachments: []Attachment{{Network: n.Name}}, Volumes: []Volume{{Name: notes, Path: "/notes"}},
	})
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

func TestIntegrationKilledAndLiving(t *testing.T) {
	ctx, e := t.Context(), open(t)

	mine := newSession(t, e, "") // its owner lives, and it only has a network so far
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
	t.Cleanup(func() { _, _ = e.remove(context.Background(), session, removePatience) })

	// While the child lives, its objects are left alone.
	if removed, _, err := e.Sweep(ctx, false, false); err != nil || in(removed, session) {
		t.Fatalf("a sweep took a living lab's %+v, %v", removed, err)
	}
	if got := len(listed(t, e, session)); got != 5 {
		t.Fatalf("a living lab has %d objects, want 5", got)
	}
	if _, err := e.Down(ctx, session); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("down of a living lab: got %v, want that it is in use", err)
	}

	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // killed
	// A dry run lists what is left and removes nothing.
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

// TestIntegrationVanish checks what needs no sweep: the running container of a killed netlab disappears by itself.
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
	if _, err := e.NewSession(t.Context(), name); err == nil || !strings.Contains(err.Error(), "netlab down "+name) {
		t.Errorf("a second lab of that name: got %v, want the command that ends the first", err)
	}
	if _, err := e.Down(ctx, "no-such-lab"); err == nil || !strings.Contains(err.Error(), name) {
		t.Errorf("down of an unknown lab: got %v, want the labs there are", err)
	}
	gone, err := e.Down(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fact.Objects{Containers: 1, Networks: 1, Volumes: 1}, gone); diff != "" {
		t.Errorf("removed (-want +got):\n%s", diff)
	}
	if names := listed(t, e, got.Session); len(names) != 0 {
		t.Errorf("left over: %v", names)
	}
}
