package why_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"
	"github.com/google/go-cmp/cmp"

	"netlab/netlab/engine"
	"netlab/netlab/pasted"
	"netlab/netlab/result"
	"netlab/netlab/why"
)

// The ports of the host that the set-up for the engine's lines uses.
const (
	takenByContainer = 47831
	takenByProgram   = 47833
)

// docker runs the docker command.
func (w *world) docker(args ...string) (string, error) {
	return w.output(exec.CommandContext(context.Background(), "docker", args...))
}

// shell runs a line that is printed.
func (w *world) shell(line string) (string, error) {
	return w.output(exec.CommandContext(context.Background(), "sh", "-c", line))
}

func (w *world) output(cmd *exec.Cmd) (string, error) {
	cmd.Env = append(os.Environ(), "DOCKER_HOST="+w.engine.Fact().Host)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// refused runs a docker command that the engine refuses, and returns what it prints. A container that it leaves behind
// is removed.
func (w *world) refused(container string, args ...string) string {
	w.t.Helper()
	w.t.Cleanup(func() {
		if container != "" {
			_, _ = w.docker("rm", "-f", container) // it may never have been created
		}
	})
	out, err := w.docker(args...)
	if err == nil {
		w.t.Fatalf("docker %q was to fail: %s", args, out)
	}
	return out
}

// said asks about a line of the engine.
func (w *world) said(text string) *result.Why {
	w.t.Helper()
	line, ok := pasted.Parse(text)
	if !ok || line.Engine == nil {
		w.t.Fatalf("%q is not understood: %+v", text, line)
	}
	reader, err := why.Open(w.t.Context(), w.engine)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() {
		if err := reader.Close(context.Background()); err != nil {
			w.t.Error(err)
		}
	}()
	facts, err := reader.ReadEngine(w.t.Context(), *line.Engine)
	if err != nil {
		w.t.Fatal(err)
	}
	return why.DiagnoseEngine(facts)
}

// TestIntegrationLines makes the engine refuse things, and asks about what it says.
func TestIntegrationLines(t *testing.T) {
	eng, api := connect(t)
	engineLines(t, eng, api)
}

func engineLines(t *testing.T, eng *engine.Engine, api *client.Client) {
	w := build(t, eng, api, setup{
		networks: front(),
		peers: []peer{
			on("db", "front").publishes("", takenByContainer, "80/tcp"),
			{name: "gone", networks: []string{"front"}, state: "exited"},
			on("server", "host").listens(fmt.Sprintf("tcp 0.0.0.0:%d", takenByProgram)),
		},
	})
	db := w.peers["db"].Name()
	read, err := api.ContainerInspect(t.Context(), w.peers["db"].ID())
	if err != nil {
		t.Fatal(err)
	}
	net, err := api.NetworkInspect(t.Context(), w.networks["front"], network.InspectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	image, label := read.Config.Image, "netlab-test="+w.session.Lab()
	name := func(what string) string { return "line-" + what + "-" + w.session.Lab() }
	must := func(args ...string) {
		t.Helper()
		if out, err := w.docker(args...); err != nil {
			t.Errorf("docker %q: %v: %s", args, err, out)
		}
	}
	run := func(what string, args ...string) string {
		return w.refused(name(what), slices.Concat([]string{"run", "-d", "--label", label, "--name", name(what)}, args,
			[]string{image})...)
	}
	for _, tt := range []struct {
		name   string
		line   func() string
		cause  string
		object string
		title  string
		works  []string // a docker command that works after the printed ones
	}{
		{
			"a program has the port",
			func() string { return run("program", "-p", fmt.Sprintf("%d:81", takenByProgram)) },
			"port-taken", "the host", fmt.Sprintf("A program on the host has port %d.", takenByProgram), nil,
		},
		{
			"the subnet overlaps",
			func() string {
				subnet := net.IPAM.Config[0].Subnet
				return w.refused("", "network", "create", "--label", label, "--subnet", subnet, name("net")) + " " + subnet
			},
			"subnet-overlap", net.Name, "overlaps with the subnet of " + net.Name, nil,
		},
		{
			"no such network", func() string { return run("missing", "--network", name("nowhere")) },
			"network-id-stale", name("nowhere"), "no network called " + name("nowhere"),
			[]string{"start", name("missing")},
		},
		{
			"the network is gone",
			func() string {
				lost, orphan := name("lost"), name("orphan")
				must("network", "create", "--label", label, lost)
				must("run", "-di", "--label", label, "--name", orphan, "--network", lost, image)
				must("stop", orphan)
				must("network", "rm", lost)
				return w.refused(orphan, "start", orphan)
			},
			"network-id-stale", name("orphan"), "is gone",
			[]string{"start", name("orphan")},
		},
		{
			"the parent does not run",
			func() string { return run("child", "--network", "container:"+w.peers["gone"].Name()) },
			"not-running", w.peers["gone"].Name(), "is not running", nil,
		},
		{ // the last, because a container of a lab that is stopped is gone
			"a container has the port",
			func() string { return run("port", "-p", fmt.Sprintf("%d:81", takenByContainer)) },
			"port-taken", db, "publishes its port 80/tcp",
			[]string{"start", name("port")},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			line := tt.line()
			before := w.shape()
			got := w.said(line)
			if diff := cmp.Diff(before, w.shape()); diff != "" {
				t.Errorf("asking changed something (-before +after):\n%s", diff)
			}
			if got.Verdict != result.Unreachable || len(got.Causes) != 1 || got.Causes[0].ID != tt.cause ||
				got.Causes[0].Object != tt.object || !strings.Contains(got.Causes[0].Title, tt.title) {
				t.Fatalf("%s\ngot %s, %+v", line, got.Verdict, got.Causes)
			}
			if tt.works == nil {
				return
			}
			for _, f := range got.Causes[0].Fix {
				if !strings.HasPrefix(f.Run, "docker ") {
					continue
				}
				if out, err := w.shell(f.Run); err != nil {
					t.Errorf("%s: %v: %s", f.Run, err, out)
				}
			}
			if out, err := w.docker(tt.works...); err != nil {
				t.Errorf("after the printed commands, docker %q: %v: %s", tt.works, err, out)
			}
			// Its agent has no input, so it ends by itself, and would leave its network during the next question.
			if out, err := w.docker("stop", tt.works[len(tt.works)-1]); err != nil {
				t.Errorf("%v: %s", err, out)
			}
			if again := w.said(line); again.Verdict == result.Unreachable && tt.cause == "network-id-stale" {
				t.Errorf("after the printed commands: %+v", again)
			}
		})
	}
	_, _ = w.docker("rm", "-f", name("missing"), name("orphan"))
	must("network", "rm", name("nowhere"), name("lost"))
}
