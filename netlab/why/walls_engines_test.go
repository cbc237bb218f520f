//go:build linux && engines

package why_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/docker/docker/client"

	"netlab/netlab/engine"
	"netlab/netlab/enginetest"
	"netlab/netlab/result"
)

// A site is the host of an engine.
type site struct {
	*enginetest.Engine
	engine *engine.Engine
	api    *client.Client
}

// run runs a command on the engine's host.
func (s *site) run(t *testing.T, command string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), "ip", "netns", "exec", s.Namespace, "sh", "-c", command)
	cmd.Env = append(os.Environ(), "DOCKER_HOST="+s.Host)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (s *site) must(t *testing.T, commands ...string) {
	t.Helper()
	for _, command := range commands {
		if out, err := s.run(t, command); err != nil {
			t.Fatalf("%s: %v: %s", command, err, out)
		}
	}
}

// TestEnginesWalls names the rule, policy, route or setting of the host that stops the packets, and removes it as
// printed.
func TestEnginesWalls(t *testing.T) {
	for _, version := range enginetest.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := &site{Engine: enginetest.Start(t, enginetest.Options{Version: version})}
			var err error
			if s.engine, err = engine.Connect(t.Context(), engine.Options{Host: s.Host}); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.engine.Close() })
			s.api, err = client.NewClientWithOpts(client.WithHost(s.Host), client.WithAPIVersionNegotiation())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.api.Close() })
			for _, l := range labs(version) {
				t.Run(l.name, func(t *testing.T) { s.build(t, l) })
			}
			t.Run("lines of the engine", func(t *testing.T) { engineLines(t, s.engine, s.api) })
		})
	}
}

// build builds a lab, and each of its walls.
func (s *site) build(t *testing.T, l lab) {
	t.Helper()
	if l.before != "" {
		s.must(t, l.before)
	}
	b := build(t, s.engine, s.api, setup{networks: l.networks, peers: l.peers})
	saved := filepath.Join(t.TempDir(), "rules")
	undo := func(t *testing.T, command string) {
		t.Helper()
		if out, err := s.run(t, "iptables-restore <"+saved+";"+command); err != nil {
			t.Errorf("%s: %v: %s", command, err, out)
		}
	}
	s.must(t, "iptables-save >"+saved)
	t.Cleanup(func() { undo(t, l.down) })
	if l.up != "" {
		s.must(t, b.words(l.up))
	}
	for _, w := range l.walls {
		for _, command := range []*string{&w.up, &w.repairs, &w.down} {
			*command = strings.ReplaceAll(*command, "{saved}", saved)
		}
		t.Run(w.name, func(t *testing.T) {
			inner := *b
			inner.t = t
			down := inner.words(w.down)
			t.Cleanup(func() { undo(t, down) })
			s.stop(t, &inner, w)
		})
	}
}

// stop builds a wall, asks why, and does what is printed about it.
func (s *site) stop(t *testing.T, b *world, w wall) {
	if w.up != "" {
		s.must(t, b.words(w.up))
	}
	from, to := b.asker(w.from), b.fill(b.words(w.to))
	got := b.askSize(from, to, w.size)
	if w.cause == "" {
		if got.Verdict != result.Unknown || len(got.Causes) > 0 || len(got.Unseen) == 0 {
			t.Errorf("got %s with %+v, want unknown and what would tell", got.Verdict, got.Causes)
		}
		return
	}
	if w.cause == itWorks {
		if got.Verdict != result.Reachable || len(got.Causes) > 0 {
			t.Errorf("got %s with %+v, want reachable; chain %+v", got.Verdict, got.Causes, got.Chain)
		}
		return
	}
	verdict := result.Unreachable
	switch {
	case w.note:
		verdict = result.Reachable
	case w.mixed:
		verdict = result.Ambiguous
	}
	if len(got.Causes) != 1 || got.Causes[0].ID != w.cause || got.Verdict != verdict {
		t.Fatalf("got %s with %+v, want %s; chain %+v; unseen %q", got.Verdict, got.Causes, w.cause, got.Chain, got.Unseen)
	}
	want := result.Request
	if w.reply {
		want = result.Reply
	}
	if got.Causes[0].Direction != want {
		t.Errorf("the direction is %s, want %s", got.Causes[0].Direction, want)
	}
	if half := b.halfOpen("db"); half != 0 {
		t.Errorf("db's kernel still knows %d connections that netlab began", half)
	}
	repair := b.words(w.repairs)
	switch repair {
	case "":
		return
	case printed:
		if repair = got.Causes[0].Fix[0].Run; repair == "" {
			t.Fatalf("no command is printed: %+v", got.Causes[0].Fix)
		}
	}
	s.must(t, repair)
	if again := b.askSize(from, to, w.size); again.Verdict != result.Reachable {
		t.Errorf("after %s the verdict is %s: %+v, unseen %q", repair, again.Verdict, again.Causes, again.Unseen)
	}
}

var wallWord = regexp.MustCompile(`\{(pid|ip|name|bridge|subnet|gateway|last) (\w+)\}`)

// words replaces {pid NAME}, {ip NAME} and {name NAME} by what the engine says about a container, and {bridge NET},
// {subnet NET}, {gateway NET} and {last NET}, an address that no container has, by what it says about a network.
func (w *world) words(text string) string {
	w.t.Helper()
	return wallWord.ReplaceAllStringFunc(text, func(word string) string {
		parts := wallWord.FindStringSubmatch(word)
		what, name := parts[1], parts[2]
		switch what {
		case "bridge", "subnet", "gateway", "last":
			n, err := w.engine.Network(w.t.Context(), name+"--netlab-"+w.session.Lab())
			if err != nil {
				w.t.Fatal(err)
			}
			return map[string]string{
				"bridge": n.Interface, "subnet": n.Subnet, "gateway": n.Gateway, "last": lastOf(n.Subnet),
			}[what]
		case "pid":
			return w.pid(name)
		case "name":
			return w.peers[name].Name()
		}
		return w.fill("@" + name)
	})
}

// pid is a process in a container's network namespace, as this test sees it: the engine numbers processes in a
// namespace of its own.
func (w *world) pid(name string) string {
	w.t.Helper()
	s, err := w.agents[name].Look(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	links, _ := filepath.Glob("/proc/[0-9]*/ns/net")
	for _, link := range links {
		if at, err := os.Readlink(link); err == nil && at == s.NetNS {
			return strings.Split(link, "/")[2]
		}
	}
	w.t.Fatalf("no process is in %s of %s", s.NetNS, name)
	return ""
}
