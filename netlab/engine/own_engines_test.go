//go:build linux && engines

package engine

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"

	"netlab/netlab/enginetest"
)

// Users create images from what they find in a lab, and containers from those. These inherit netlab's labels, but
// belong to the user.
func TestEnginesUsersThings(t *testing.T) {
	for _, version := range enginetest.Versions() {
		t.Run(version, func(t *testing.T) {
			e := dialEngine(t, start(t, version))
			t.Run("clean", func(t *testing.T) { testUsersThings(t, e, sweepAll) })
			t.Run("down", func(t *testing.T) { testUsersThings(t, e, downAll) })
			t.Run("lab's image in use", func(t *testing.T) { testUsedImage(t, e) })
			t.Run("clean --image", func(t *testing.T) { testRemoveImage(t, e) })
			t.Run("forged agent", func(t *testing.T) { testForgedAgent(t, e) })
		})
	}
}

func sweepAll(ctx context.Context, e *Engine, _ string) error {
	_, _, err := e.Sweep(ctx, false, true)
	return err
}

func downAll(ctx context.Context, e *Engine, lab string) error {
	_, err := e.Down(ctx, lab)
	return err
}

// deadOwner returns the engine as a netlab that has exited sees it.
func deadOwner(e *Engine) *Engine {
	late := &Engine{
		api: e.api, fact: e.fact, clock: e.clock, agent: newSupply(agentProgram, e.fact.Arch),
		witness: newSupply(witnessProgram, e.fact.Arch), warn: e.warn, self: e.self,
	}
	late.self.start += "0"
	return late
}

func testUsersThings(t *testing.T, e *Engine, remove func(ctx context.Context, e *Engine, lab string) error) {
	const lab = "mine"
	ctx := t.Context()
	s := newSession(t, deadOwner(e), lab)
	newNetwork(t, s, NetworkSpec{Name: "web", Driver: "bridge"})
	alice := newContainer(t, s, ContainerSpec{
		Peer: "alice", Attachments: []Attachment{{Network: "none"}}, StopsInLab: true,
	})
	if _, err := s.Build(ctx, BuildSpec{Image: "web", Dockerfile: "FROM netlab\nRUN help\n"}); err != nil {
		t.Fatal(err)
	}

	images := []string{"own/commit:1", "own/build:1"}
	if _, err := e.api.ContainerCommit(ctx, alice.ID(), container.CommitOptions{Reference: images[0]}); err != nil {
		t.Fatal(err)
	}
	nameless, err := e.api.ContainerCommit(ctx, alice.ID(), container.CommitOptions{Comment: "no name"})
	if err != nil {
		t.Fatal(err)
	}
	buildAs(t, e, images[1], "FROM "+e.agent.ref()+"\nRUN help\nLABEL own=1\n")
	// On engines before 25, an unnamed image with netlab's label made every clean-up fail.
	unnamed := buildAs(t, e, "", "FROM "+e.agent.ref()+"\nLABEL own=2\n")
	images = append(images, nameless.ID, unnamed)
	var containers []string
	for _, name := range []string{"own-of-commit", "netlab-" + lab + "-alice2"} {
		c, err := e.api.ContainerCreate(ctx, &container.Config{Image: images[0], OpenStdin: true}, nil, nil, nil, name)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.api.ContainerStart(ctx, c.ID, container.StartOptions{}); err != nil {
			t.Fatal(err)
		}
		containers = append(containers, c.ID)
	}
	t.Cleanup(func() { removeUsers(e, containers, images) })

	if err := remove(ctx, e, lab); err != nil {
		t.Errorf("got %v, want no error", err)
	}
	for _, id := range containers {
		if c, err := e.api.ContainerInspect(ctx, id); err != nil || !c.State.Running {
			t.Errorf("a user's container of a committed image: %v, want that it runs", err)
		}
	}
	for _, name := range images {
		if _, err := e.api.ImageInspect(ctx, name); err != nil {
			t.Errorf("a user's image: %v", err)
		}
	}
	for _, name := range listed(t, e, s.ID()) {
		if strings.HasSuffix(name, "-alice") || strings.HasPrefix(name, "web--") {
			t.Errorf("%s of the lab is left", name)
		}
	}
	if _, err := e.api.ImageInspect(ctx, s.ImageName("web")); err == nil {
		t.Error("the lab's image is left")
	}
	if left, err := s.Leftovers(ctx); err != nil || len(left) > 0 {
		t.Errorf("the audit counts %v as left, %v; want nothing", left, err)
	}
}

// testUsedImage creates a user's container and image from an image that a lab built. The image then stays, and the
// clean-up says why.
func testUsedImage(t *testing.T, e *Engine) {
	ctx := t.Context()
	s := newSession(t, deadOwner(e), "")
	web := s.ImageName("web")
	if _, err := s.Build(ctx, BuildSpec{Image: "web", Dockerfile: "FROM netlab\nRUN help\n"}); err != nil {
		t.Fatal(err)
	}
	reason := func() string {
		t.Helper()
		_, left, err := e.Sweep(ctx, false, false)
		if err != nil {
			t.Error(err)
		}
		for _, o := range left {
			if o.Name == web {
				return o.Why
			}
		}
		return ""
	}
	c, err := e.api.ContainerCreate(ctx, &container.Config{Image: web}, nil, nil, nil, "own-of-web")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removeUsers(e, []string{c.ID}, []string{"own/web:1"}) })
	if got := reason(); !strings.Contains(got, "own-of-web") {
		t.Errorf("got %q as the reason, want the container of it", got)
	}
	removeUsers(e, []string{c.ID}, nil)
	buildAs(t, e, "own/web:1", "FROM "+web+"\nRUN help\nRUN ss\n")
	if got := reason(); !strings.Contains(got, "was built on it") {
		t.Errorf("got %q as the reason, want the image that was built on it", got)
	}
	if _, err := e.api.ImageInspect(ctx, "own/web:1"); err != nil {
		t.Errorf("a user's image: %v", err)
	}
	removeUsers(e, nil, []string{"own/web:1"})
	if got := reason(); got != "" {
		t.Errorf("got %q as the reason, want that the image is gone", got)
	}
	if left := listed(t, e, s.ID()); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}

func testRemoveImage(t *testing.T, e *Engine) {
	ctx := t.Context()
	buildAs(t, e, "own/build:1", "FROM "+e.agent.ref()+"\nLABEL own=3\n")
	t.Cleanup(func() { removeUsers(e, nil, []string{"own/build:1"}) })
	if removed, left, err := e.RemoveImage(ctx, false); err != nil || len(removed) > 0 || len(left) != 1 {
		t.Errorf("with an image built on it: got removed %v, left %v, %v; want that it is left", removed, left, err)
	}
	removeUsers(e, nil, []string{"own/build:1"})
	if removed, _, err := e.RemoveImage(ctx, true); err != nil || len(removed) != 1 {
		t.Errorf("the dry run: got %v, %v", removed, err)
	}
	if bytes, err := e.ImageSize(ctx); bytes == 0 || err != nil {
		t.Errorf("after the dry run: got %d bytes, %v; want that it is there", bytes, err)
	}
	if removed, _, err := e.RemoveImage(ctx, false); err != nil || len(removed) != 1 || removed[0].Name != e.agent.ref() {
		t.Errorf("got %v, %v; want the image", removed, err)
	}
	if bytes, err := e.ImageSize(ctx); bytes != 0 || err != nil {
		t.Errorf("after it: got %d bytes, %v; want that it is gone", bytes, err)
	}
	// The next container needs it, and gets it.
	s := newSession(t, e, "")
	c := newContainer(t, s, ContainerSpec{Peer: "alice", Attachments: []Attachment{{Network: "none"}}})
	if _, err := c.Start(ctx); err != nil {
		t.Error(err)
	}
	removeAll(t, s)
}

// testForgedAgent gives the name of the agent's image to another image. The user is told, and the image is neither
// used nor touched.
func testForgedAgent(t *testing.T, e *Engine) {
	ctx := t.Context()
	removeForged := func() {
		_, _ = e.api.ImageRemove(context.Background(), e.agent.ref(), image.RemoveOptions{Force: true})
	}
	genuine, err := e.agentImage(ctx)
	if err != nil {
		t.Fatal(err)
	}
	removeForged()
	for name, dockerfile := range map[string]string{
		"another layer": "FROM netlab/agent:base\nRUN fill /extra 8M\n",
		"another user":  "FROM netlab/agent:base\nUSER 1000\n",
	} {
		t.Run(name, func(t *testing.T) {
			want, err := e.agent.expected()
			if err != nil {
				t.Fatal(err)
			}
			content, err := want.pack("netlab/agent:base")
			if err != nil {
				t.Fatal(err)
			}
			if err := loadImage(ctx, e.api, content); err != nil {
				t.Fatal(err)
			}
			forged := buildAs(t, e, e.agent.ref(), dockerfile)
			_, _ = e.api.ImageRemove(ctx, "netlab/agent:base", image.RemoveOptions{})
			t.Cleanup(removeForged)

			var warned []string
			next, err := Connect(ctx, Options{Host: e.fact.Host, Warn: func(text string) { warned = append(warned, text) }})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = next.Close() })
			if _, err := next.EnsureImage(ctx); err != nil {
				t.Fatal(err)
			}
			if len(warned) != 1 || !strings.Contains(warned[0], e.agent.ref()) || !strings.Contains(warned[0], ShortID(forged)) {
				t.Errorf("got the warnings %q, want one with the image's name and id", warned)
			}
			s := newSession(t, next, "")
			c := newContainer(t, s, ContainerSpec{Peer: "alice", Attachments: []Attachment{{Network: "none"}}})
			if _, err := c.Start(ctx); err != nil {
				t.Fatal(err)
			}
			made, err := e.api.ContainerInspect(ctx, c.ID())
			if err != nil || made.Image != genuine {
				t.Errorf("the container is of image %s, %v; want %s", made.Image, err, genuine)
			}
			if _, err := s.Build(ctx, BuildSpec{Image: "web", Dockerfile: "FROM netlab\nRUN help\n"}); err != nil {
				t.Fatal(err)
			}
			if built := examine(t, s, "web"); len(built.Layers) == 0 || built.User != "" {
				t.Errorf("the image built on the agent's is %+v, want one of the real agent", built)
			}
			removeAll(t, s)
			// It is a user's image: no clean-up touches it.
			if _, _, err := next.Sweep(ctx, false, true); err != nil {
				t.Error(err)
			}
			_, left, err := next.RemoveImage(ctx, false)
			if err != nil || !slices.ContainsFunc(left, func(o Swept) bool { return o.ID == genuine }) {
				t.Errorf("removing the agent's image: got left %v, %v; want the real one, on which the other was built", left, err)
			}
			if i, err := e.api.ImageInspect(ctx, e.agent.ref()); err != nil || i.ID != forged {
				t.Errorf("the user's image of that name: %v, want it as it was", err)
			}
		})
	}
}

// buildAs builds an image like a user would, and returns its id.
func buildAs(t *testing.T, e *Engine, name, dockerfile string) string {
	t.Helper()
	spec := BuildSpec{Dockerfile: dockerfile}
	files, err := spec.context("", "")
	if err != nil {
		t.Fatal(err)
	}
	o := build.ImageBuildOptions{Version: build.BuilderV1, Remove: true, ForceRemove: true, NetworkMode: "none"}
	if name != "" {
		o.Tags = []string{name}
	}
	answer, err := e.api.ImageBuild(t.Context(), bytes.NewReader(files), o)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	_, after, built := strings.Cut(string(said), "Successfully built ")
	if err != nil || !built {
		t.Fatalf("building %q: %v\n%s", dockerfile, err, said)
	}
	found, err := e.api.ImageInspect(t.Context(), after[:12])
	if err != nil {
		t.Fatal(err)
	}
	return found.ID
}

// removeUsers removes what a test created for a user.
func removeUsers(e *Engine, containers, images []string) {
	for _, id := range containers {
		_ = e.api.ContainerRemove(context.Background(), id, container.RemoveOptions{Force: true})
	}
	for _, name := range images {
		_, _ = e.api.ImageRemove(context.Background(), name, image.RemoveOptions{Force: true, PruneChildren: true})
	}
}
