package engine

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/image"
	"github.com/google/go-cmp/cmp"
)

// buildEnv makes the test binary act as a netlab that builds an image until it is killed.
const buildEnv = "NETLAB_TEST_BUILD"

const shop = "FROM netlab AS first\nCOPY a.txt /src/\nRUN help\nUSER 1000\n"

// statesOf returns the results of the instructions: "COPY cached, RUN built".
func statesOf(t *testing.T, s *Session, spec BuildSpec) string {
	t.Helper()
	steps, err := s.Build(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	var states []string
	for _, b := range steps {
		word, _, _ := strings.Cut(b.Instruction, " ")
		state := "built"
		if b.Cached {
			state = "cached"
		}
		states = append(states, word+" "+state)
	}
	return strings.Join(states, ", ")
}

func TestIntegrationBuild(t *testing.T) {
	ctx, e := t.Context(), open(t)
	foreign := ownImage(t, e)
	one, two := newSession(t, e, ""), newSession(t, e, "")
	if err := one.TryBuild(ctx); err != nil {
		t.Fatal(err)
	}
	spec := BuildSpec{Image: "shop", Dockerfile: shop, Files: []BuildFile{{"a.txt", "one"}}}
	changed := spec
	changed.Files = []BuildFile{{"a.txt", "two"}}
	stopped := spec
	stopped.Image, stopped.Stage = "early", "first"
	stopped.Dockerfile += "FROM netlab\nCOPY --from=first /src/ /src/\n"
	for _, tt := range []struct {
		what    string
		session *Session
		spec    BuildSpec
		want    string
	}{
		{"the first time, beside a foreign image of the same instructions", one, spec, "COPY built, RUN built, USER built"},
		{"again", one, spec, "COPY cached, RUN cached, USER cached"},
		{"by another session", two, spec, "COPY built, RUN built, USER built"},
		{"with another file", one, changed, "COPY built, RUN built, USER built"},
		{"only a stage of it", one, stopped, "COPY cached, RUN cached, USER cached"},
	} {
		if got := statesOf(t, tt.session, tt.spec); got != tt.want {
			t.Errorf("built %s: got %q, want %q", tt.what, got, tt.want)
		}
	}
	early, shared := examine(t, one, "early"), examine(t, one, "shop")
	if early.User != "1000" || len(early.Layers) < 2 || early.ID == shared.ID {
		t.Errorf("got image %+v, want user 1000, two layers at least and another id than %s", early, shared.ID)
	}
	var agents int64
	for _, h := range early.History {
		if h.Text == "FROM netlab" {
			agents = h.Bytes
		}
	}
	// The two only share the agent's layer: the file in the next one differs.
	layers, below := early.Shared(shared)
	if bytes := (Image{History: below}).Bytes(); layers != 1 || bytes != agents || bytes == 0 {
		t.Errorf("they share %d layers of %d bytes, want 1 of %d", layers, bytes, agents)
	}
	for path, want := range map[string]bool{"/src/a.txt": true, "/src/b.txt": false} {
		if _, there, err := one.Holds(ctx, "shop", path); err != nil || there != want {
			t.Errorf("%s: got %v, %v, want %v", path, there, err, want)
		}
	}
	_, err := one.Build(ctx, BuildSpec{Image: "wrong", Dockerfile: "FROM netlab\nRUN nonsense\n"})
	if err == nil || !strings.Contains(err.Error(), "returned a non-zero code: 2") {
		t.Errorf("a command that fails: got %v", err)
	}

	if _, err := one.Remove(ctx); err != nil {
		t.Fatal(err)
	}
	if left := listed(t, e, one.ID()); len(left) > 0 {
		t.Errorf("after the clean-up there are %v", left)
	}
	if got := statesOf(t, two, spec); got != "COPY cached, RUN cached, USER cached" {
		t.Errorf("the clean-up took another session's cache: %s", got)
	}
	for what, name := range map[string]string{"the agent's image": ImageRef(), "a foreign image": foreign} {
		if _, err := e.api.ImageInspect(ctx, name); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	// An image built on the agent's has its label, but is not an agent image of an older netlab.
	removed, _, err := e.Sweep(ctx, true, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range removed {
		if o.Name == two.ImageName("shop") {
			t.Errorf("a sweep would take an image of a living lab: %+v", o)
		}
	}
}

func examine(t *testing.T, s *Session, name string) Image {
	t.Helper()
	i, err := s.Image(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// ownImage builds a user's image from the same instructions.
func ownImage(t *testing.T, e *Engine) string {
	t.Helper()
	name := strings.ToLower(t.Name()) + "-own"
	spec := BuildSpec{Dockerfile: shop, Files: []BuildFile{{"a.txt", "one"}}}
	files, err := spec.context(ImageRef(), "LABEL mine=1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = e.api.ImageRemove(context.Background(), name, image.RemoveOptions{PruneChildren: true})
	})
	answer, err := e.api.ImageBuild(t.Context(), bytes.NewReader(files), build.ImageBuildOptions{
		Version: build.BuilderV1, Tags: []string{name}, Remove: true, ForceRemove: true, NetworkMode: "none",
	})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		t.Fatal(err)
	}
	return name
}

// buildOn prints its session and builds an image with many instructions.
func buildOn(ctx context.Context) error {
	e, err := Connect(ctx, Options{})
	if err != nil {
		return err
	}
	s, err := e.NewSession(ctx, "")
	if err != nil {
		return err
	}
	fmt.Println("session:", s.ID())
	_, err = s.Build(ctx, BuildSpec{Image: "long", Dockerfile: "FROM netlab\n" + strings.Repeat("RUN help\n", 60)})
	return err
}

// A netlab that is killed during a build leaves images and containers of that build. The next sweep removes them, and
// no new ones appear after it.
func TestIntegrationBuildKilled(t *testing.T) {
	ctx, e := t.Context(), open(t)
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), buildEnv+"=1")
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
	for end := time.Now().Add(time.Minute); len(listed(t, e, session)) < 4; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the build makes nothing")
		}
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // killed
	removed, _, err := e.Sweep(ctx, false, false)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(500 * time.Millisecond) // in case the engine continues the build
	if left := listed(t, e, session); len(left) > 0 || !in(removed, session) {
		t.Errorf("after the sweep there are %v; it says it took %+v", left, removed)
	}
}

// A canceled build runs to its end, and its result is removed.
func TestIntegrationBuildCanceled(t *testing.T) {
	e := open(t)
	s := newSession(t, e, "")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := s.Build(ctx, BuildSpec{Image: "shop", Dockerfile: "FROM netlab\nRUN help\nRUN ss\nRUN ip\n"})
		done <- err
	}()
	for end := time.Now().Add(time.Minute); len(listed(t, e, s.ID())) == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the build makes nothing")
		}
	}
	cancel()
	if _, err := s.Remove(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err == nil {
		t.Error("a canceled build: got no error")
	}
	if diff := cmp.Diff([]string(nil), listed(t, e, s.ID())); diff != "" {
		t.Errorf("left over (-want +got):\n%s", diff)
	}
}
