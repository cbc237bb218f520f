package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"netlab/netlab/result"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/client"
	"github.com/google/go-cmp/cmp"
)

const tinyPlan = `version: 1
title: Two modes
parts:
  - demo: none
    note: Nothing at all.
    only: [loopback]
  - demo: host
    only: [own-stack]
    pause: Who would want that?
    step: true
  - compare: [host, none]
    only: [own-stack]
`

// A lectern is where a class is taught: netlab on a terminal, with everything that the screen has shown.
type lectern struct {
	pty
	t    *testing.T
	code chan int
	end  context.CancelCauseFunc

	mu     sync.Mutex
	screen bytes.Buffer
	read   int // how much of the screen see has read
}

func plain(name string) string {
	if name == "NO_COLOR" {
		return "1"
	}
	return ""
}

// teach starts netlab class with a small plan.
func teach(t *testing.T, flags ...string) *lectern {
	t.Helper()
	plan := filepath.Join(t.TempDir(), "plan.yaml")
	if err := os.WriteFile(plan, []byte(tinyPlan), 0o644); err != nil {
		t.Fatal(err)
	}
	l := &lectern{pty: newPTY(t), t: t, code: make(chan int, 1)}
	var ctx context.Context
	ctx, l.end = context.WithCancelCause(t.Context())
	go func() {
		for b := make([]byte, 4096); ; {
			n, err := l.person.Read(b)
			if err != nil {
				return
			}
			l.mu.Lock()
			l.screen.Write(b[:n])
			l.mu.Unlock()
		}
	}()
	streams := Streams{In: l.terminal, Out: l.terminal, Err: l.terminal, Env: plain}
	go func() { l.code <- Main(ctx, streams, append([]string{"netlab", "class", plan}, flags...), "test") }()
	t.Cleanup(func() { l.end(context.Canceled) })
	return l
}

// see waits until the screen shows the text after what it saw before.
func (l *lectern) see(text string) {
	l.t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		l.mu.Lock()
		rest := l.screen.String()[l.read:]
		l.mu.Unlock()
		if i := strings.Index(rest, text); i >= 0 {
			l.read += i + len(text)
			return
		}
		if time.Now().After(end) {
			l.t.Fatalf("the screen does not show %q:\n%s", text, rest)
		}
	}
}

// then waits for the text, and presses keys when netlab waits for them. On a busy machine netlab takes a moment to
// discard earlier input.
func (l *lectern) then(text, keys string) {
	l.t.Helper()
	l.see(text)
	for end := time.Now().Add(time.Minute); !l.raw(l.t); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			l.t.Fatalf("after %q nobody waits for a key", text)
		}
	}
	time.Sleep(50 * time.Millisecond)
	l.press(l.t, keys)
}

// ends waits for the end of the class.
func (l *lectern) ends(code int) {
	l.t.Helper()
	if got := <-l.code; got != code {
		l.t.Errorf("got exit code %d, want %d", got, code)
	}
	if l.raw(l.t) {
		l.t.Error("the terminal is still raw")
	}
}

// containers lists the containers of this process by asking the engine directly.
func containers(t *testing.T) []string {
	t.Helper()
	api, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	defer api.Close()
	owned, err := api.ContainerList(t.Context(), container.ListOptions{
		All: true, Filters: filters.NewArgs(filters.Arg("label", "netlab.owner")),
	})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range owned { // the third word of the owner is its process ID
		if words := strings.Fields(c.Labels["netlab.owner"]); len(words) > 2 && words[2] == strconv.Itoa(os.Getpid()) {
			names = append(names, c.Names[0])
		}
	}
	return names
}

// built waits until the lab of this process has a container of that name.
func built(t *testing.T, name string) {
	t.Helper()
	is := func(container string) bool { return strings.HasSuffix(container, "-"+name) }
	for end := time.Now().Add(time.Minute); !slices.ContainsFunc(containers(t), is); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("there is no %s, only %q", name, containers(t))
		}
	}
}

func TestIntegrationClass(t *testing.T) {
	file := filepath.Join(t.TempDir(), "class.json")
	notes := filepath.Join(t.TempDir(), "notes")
	l := teach(t, "--report", file, "--notes", notes)
	l.then("Enter starts. ?", "n")
	l.then("Nothing at all.", "z") // the class does not see it before
	l.then("does nothing here", "x")
	l.then("No lab is up.", "?")
	l.then("end the class", "\r")
	l.see("Can alice talk to herself?")
	built(t, "bob") // belongs to the next lab, which is built while the class still discusses this one
	l.then("Enter continues with 2 of 3, host.", "x")
	l.then("alice> ", "ping localhost\r")
	l.then("answered 3 of 3", "exit\r")
	l.then("Enter continues with 2 of 3", "r") // again, while the next lab is up
	l.see("Can alice talk to herself?")
	l.then("Enter continues with 2 of 3", " ")
	l.then("Does alice have her own network stack?", "b") // back, without an answer
	l.see("Can alice talk to herself?")
	l.see("As measured at ")
	l.then("Enter continues with 2 of 3", "\x1b[C")
	l.then("Does alice have her own network stack?", "\r")
	l.then("Does bob have his own network stack?", "\r") // its control
	l.see("Who would want that?")
	l.then("Enter continues with 3 of 3, side by side.", "\r")
	l.see("own stack  no    yes")
	l.then("That was the last section.", "\x1b[D")
	l.see("As measured at ")
	l.then("Enter continues with 3 of 3", "q")
	l.see("Two modes: 3 sections shown.")
	l.see("Left on the engine: 0.")
	l.ends(0)

	noted, err := os.ReadFile(notes)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"3 sections", "Nothing at all.", "Next: host: The host's own network", "Who would"} {
		if !strings.Contains(string(noted), want) {
			t.Errorf("the teacher's notes have no %q: %s", want, noted)
		}
	}
	text, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer text.Close()
	r, err := result.ReadJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	for i := range r.Parts {
		r.Parts[i].TookUS = 0
	}
	want := []result.Part{
		{Title: "none: A container with no network", Kind: result.KindRun, Scenarios: 1, All: true},
		{Title: "host: The host's own network", Kind: result.KindRun, Scenarios: 1, All: true},
		{Title: "side by side", Kind: result.KindCompare, Scenarios: 2, All: true},
	}
	if diff := cmp.Diff(want, r.Parts); diff != "" {
		t.Errorf("parts of the report (-want +got):\n%s", diff)
	}
	if !r.Audited || len(r.Leftovers) > 0 {
		t.Errorf("audited %t, left %v; want true and nothing", r.Audited, r.Leftovers)
	}
}

// Ctrl-C at a prompt ends the class, and so does a signal while somebody types in a lab. In a lab Ctrl-C belongs to its
// prompt.
func TestIntegrationClassInterrupted(t *testing.T) {
	l := teach(t)
	l.then("Enter starts.", "\x03")
	l.see("Two modes: 0 sections shown.")
	l.ends(130)

	l = teach(t)
	l.then("Enter starts.", "\r")
	l.then("Enter continues with 2 of 3", "x")
	l.then("alice> ", "ping bo\x03hostname\r") // Ctrl-C clears the line and stays in the lab
	l.then("alice\r\n", "exit\r")
	l.then("Enter continues with 2 of 3", "x")
	l.see("alice> ")
	l.end(Interrupted{syscall.SIGTERM})
	l.see("Two modes: 1 section shown.")
	l.see("Left on the engine: 0.")
	l.ends(143)
	if left := containers(t); len(left) > 0 {
		t.Errorf("left on the engine: %q", left)
	}
}

func TestClassNeedsTerminal(t *testing.T) {
	var out, err bytes.Buffer
	streams := Streams{In: strings.NewReader(""), Out: &out, Err: &err, Env: func(string) string { return "" }}
	if code := Main(t.Context(), streams, []string{"netlab", "class"}, "test"); code != exitUsage {
		t.Errorf("got exit code %d, want %d", code, exitUsage)
	}
	const want = "netlab: netlab class needs a terminal on stdin and stdout\n"
	if diff := cmp.Diff(want, err.String()); diff != "" || out.Len() > 0 {
		t.Errorf("stdout %q, stderr (-want +got):\n%s", &out, diff)
	}
}
