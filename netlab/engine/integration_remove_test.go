package engine

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/volume"
	"github.com/google/go-cmp/cmp"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

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
		other, err := agentProgram.newImage(e.fact.Arch, []byte(ref))
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
				if err := loadImage(ctx, e.api, content); err != nil {
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
	if diff := cmp.Diff(fact.Objects{Volumes: 1}, removed); diff != "" || err != nil {
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
		warn: e.warn, api: e.api, fact: e.fact, clock: e.clock, agent: newSupply(agentProgram, e.fact.Arch),
		witness: newSupply(witnessProgram, e.fact.Arch), self: e.self,
	}
	late.self.start += "0" // a process with our pid that ended before we started
	s := newSession(t, late, "")
	n := newNetwork(t, s, NetworkSpec{Name: "web", Driver: "bridge"})
	foreign, err := e.api.ContainerCreate(ctx, &container.Config{Image: e.agent.ref(), OpenStdin: true},
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
