package engine

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
	"github.com/google/go-cmp/cmp"

	"netlab/netlab/probe"
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
	if diff := cmp.Diff(Removed{Containers: 1, Networks: 1, Volumes: 1}, gone); diff != "" {
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
	second := newSession(t, e, name) // nothing of the first lab exists yet
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
		if _, err := e.NewSession(t.Context(), bad); err == nil {
			t.Errorf("a lab could be named %q", bad)
		}
	}
}

func TestIntegrationImage(t *testing.T) {
	ctx, e := t.Context(), open(t)
	if uploaded, err := e.EnsureImage(ctx); uploaded || err != nil {
		t.Errorf("the second time: uploaded %v, %v", uploaded, err)
	}

	// Two images of other versions, each loaded twice in parallel; a container uses the second.
	ids := map[string]bool{}
	refs := []string{"netlab/agent:0000000000aa", "netlab/agent:0000000000bb"} // unused, used
	for _, ref := range refs {
		t.Cleanup(func() { _, _ = e.api.ImageRemove(context.Background(), ref, image.RemoveOptions{}) })
		other, err := newAgentImage(e.fact.Arch, []byte(ref))
		if err != nil {
			t.Fatal(err)
		}
		content, err := other.pack(ref)
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
	if _, err := e.api.ImageInspect(ctx, refs[0]); !errdefs.IsNotFound(err) {
		t.Errorf("the unused image: got %v, want that it is not there", err)
	}
	if bytes, err := e.ImageSize(ctx); bytes < 1<<20 || err != nil {
		t.Errorf("this netlab's image: got %d bytes, %v; want that it is there", bytes, err)
	}
}

// TestIntegrationVolume: a lab container has its volume and, if its spec says so, a writable root. What it writes
// there is removed with it, the volume with the lab, and a volume that is not netlab's stays.
func TestIntegrationVolume(t *testing.T) {
	ctx, e := t.Context(), open(t)
	s := newSession(t, e, "")
	name, err := s.CreateVolume(ctx, "notes")
	if err != nil {
		t.Fatal(err)
	}
	foreign := strings.ToLower(t.Name()) // has one of our labels, but no session
	_, err = e.api.VolumeCreate(ctx, volume.CreateOptions{Name: foreign, Labels: map[string]string{"netlab.lab": "demo"}})
	t.Cleanup(func() { _ = e.api.VolumeRemove(context.Background(), foreign, true) })
	if err != nil {
		t.Fatal(err)
	}
	c := newContainer(t, s, ContainerSpec{
		Peer: "alice", Attachments: []Attachment{{Network: "none"}}, Writable: true,
		Volumes: []Volume{{Name: name, Path: "/notes"}}, StopsInLab: true,
	})
	r, err := e.api.ContainerInspect(ctx, c.ID())
	if err != nil {
		t.Fatal(err)
	}
	if r.HostConfig.ReadonlyRootfs || len(r.Mounts) != 1 || r.Mounts[0].Name != name {
		t.Errorf("got a read-only root: %v, mounts: %+v; want a writable root and the volume",
			r.HostConfig.ReadonlyRootfs, r.Mounts)
	}
	client, err := c.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"/note", "/notes/note"} {
		o, err := client.Ask(ctx, probe.Question{Write: &probe.Write{Path: file, Bytes: 1000}})
		if err != nil || o.Reason != probe.OK {
			t.Fatalf("writing %s: %+v, %v", file, o, err)
		}
	}
	changes, err := c.Changes(ctx)
	if err != nil || !slices.Contains(changes, "A /note") || slices.Contains(changes, "A /notes/note") {
		t.Errorf("got the changes %q, %v; want the file in its root, and not the one in the volume", changes, err)
	}
	made, err := c.Made(ctx)
	if err != nil || made.Own < 1000 || made.PID < 1 || made.Image != made.ImageNow {
		t.Errorf("got %+v, %v; want 1000 bytes of its own, a process, and the image as it was", made, err)
	}
	if err := c.Remove(ctx); err != nil {
		t.Fatal(err)
	}
	if names := listed(t, e, s.ID()); len(names) != 1 || names[0] != name {
		t.Errorf("after the container was removed there is %q, want the volume", names)
	}
	removed, err := s.Remove(ctx)
	if diff := cmp.Diff(Removed{Volumes: 1}, removed); diff != "" || err != nil {
		t.Errorf("removed (-want +got), %v:\n%s", err, diff)
	}
	if _, err := e.api.VolumeInspect(ctx, foreign); err != nil {
		t.Errorf("a volume without netlab's session: %v", err)
	}
}

// TestIntegrationHeldNetwork connects a user's container to a dead lab's network. The network cannot be removed then,
// and the user's container must not be removed because of it.
func TestIntegrationHeldNetwork(t *testing.T) {
	ctx, e := t.Context(), open(t)
	late := &Engine{
		warn: e.warn, api: e.api, fact: e.fact, clock: e.clock, image: e.image, expected: e.expected, self: e.self,
	}
	late.self.start += "0" // a process with our pid that ended before we started
	s := newSession(t, late, "")
	n := newNetwork(t, s, NetworkSpec{Name: "web", Driver: "bridge"})
	foreign, err := e.api.ContainerCreate(ctx, &container.Config{Image: e.image(), OpenStdin: true},
		&container.HostConfig{NetworkMode: container.NetworkMode(n.Name)}, nil, nil, "netlab-engine-test-foreign")
	t.Cleanup(func() {
		_ = e.api.ContainerRemove(context.Background(), foreign.ID, container.RemoveOptions{Force: true})
		_, _ = s.Remove(context.Background())
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.api.ContainerStart(ctx, foreign.ID, container.StartOptions{}); err != nil {
		t.Fatal(err)
	}
	removed, left, err := e.Sweep(ctx, false, false)
	if err != nil {
		t.Errorf("got %v, want no error, so that a new lab can be built", err)
	}
	if in(removed, s.ID()) || !in(left, s.ID()) {
		t.Errorf("got removed %+v, left %+v; want the network among the left", removed, left)
	}
	if r, err := e.api.ContainerInspect(ctx, foreign.ID); err != nil || !r.State.Running {
		t.Errorf("the stranger's container: %v, want that it runs", err)
	}
}
