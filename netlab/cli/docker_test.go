package cli_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"
)

// A docker examines the engine independently of netlab's own code.
type docker struct {
	t   testing.TB
	api *client.Client
}

// newDocker fails if no engine answers.
func newDocker(t testing.TB) docker {
	t.Helper()
	api, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = api.Close() })
	if _, err := api.Ping(t.Context()); err != nil {
		t.Fatalf("these tests need a Docker Engine: %v", err)
	}
	return docker{t, api}
}

// object is a container, a network or an image that netlab created.
type object struct {
	kind, id, name string
	pid            int // of its owner
	running        bool
}

// objects lists everything with netlab's label.
func (d docker) objects() []object {
	d.t.Helper()
	ctx := context.Background() // clean-ups need this too, after the test's own context has ended
	f := filters.NewArgs(filters.Arg("label", "netlab.session"))
	containers, err := d.api.ContainerList(ctx, container.ListOptions{All: true, Filters: f})
	if err != nil {
		d.t.Fatal(err)
	}
	networks, err := d.api.NetworkList(ctx, network.ListOptions{Filters: f})
	if err != nil {
		d.t.Fatal(err)
	}
	var found []object
	for _, c := range containers {
		found = append(found, object{
			"container", c.ID, strings.TrimPrefix(c.Names[0], "/"), ownerPID(c.Labels), c.State == container.StateRunning,
		})
	}
	for _, n := range networks {
		found = append(found, object{kind: "network", id: n.ID, name: n.Name, pid: ownerPID(n.Labels)})
	}
	images, err := d.api.ImageList(ctx, image.ListOptions{All: true, Filters: f})
	if err != nil {
		d.t.Fatal(err)
	}
	for _, i := range images {
		found = append(found, object{kind: "image", id: i.ID, name: i.ID, pid: ownerPID(i.Labels)})
	}
	return found
}

// ownerPID reads the third word of the owner's label: boot id, pid namespace, pid, start time.
func ownerPID(labels map[string]string) int {
	words := strings.Fields(labels["netlab.owner"])
	if len(words) < 3 {
		return 0
	}
	pid, _ := strconv.Atoi(words[2])
	return pid
}

// madeBy lists what the engine has from these processes.
func (d docker) madeBy(pids ...int) []string {
	d.t.Helper()
	var names []string
	for _, o := range d.objects() {
		if slices.Contains(pids, o.pid) {
			names = append(names, o.kind+" "+o.name)
		}
	}
	return names
}

// remove removes what is left of these processes after a failed test.
func (d docker) remove(pids ...int) {
	ctx := context.Background()
	for _, o := range d.objects() {
		switch {
		case !slices.Contains(pids, o.pid):
		case o.kind == "container":
			_ = d.api.ContainerRemove(ctx, o.id, container.RemoveOptions{Force: true})
		case o.kind == "image":
			_, _ = d.api.ImageRemove(ctx, o.id, image.RemoveOptions{Force: true, PruneChildren: true})
		default:
			_ = d.api.NetworkRemove(ctx, o.id)
		}
	}
}

// removed counts the containers of a process's labs that the engine removed, according to its events. A helper that
// creates a link for one lab is removed by itself or with the lab, so it counts for most but not for fewest. The
// helpers on the host are not part of the lab.
func (d docker) removed(pid int) (fewest, most int) {
	d.t.Helper()
	messages, failed := d.api.Events(d.t.Context(), events.ListOptions{
		Since: "1", Until: strconv.FormatInt(time.Now().Unix()+1, 10),
		Filters: filters.NewArgs(filters.Arg("type", "container"), filters.Arg("event", "destroy")),
	})
	for {
		select {
		case m := <-messages:
			role := m.Actor.Attributes["netlab.role"]
			if ownerPID(m.Actor.Attributes) != pid || role == "host" || role == "watcher" {
				continue
			}
			most++
			if role != "wirer" {
				fewest++
			}
		case err := <-failed:
			if !errors.Is(err, io.EOF) {
				d.t.Fatal(err)
			}
			return fewest, most
		}
	}
}

// inside is the command `inside CONTAINER COMMAND...` of the scripts. It does the same as docker exec.
func inside() {
	if err := execute(context.Background(), os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func execute(ctx context.Context, name string, command []string) error {
	api, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		return err
	}
	defer api.Close()
	made, err := api.ContainerExecCreate(ctx, name, container.ExecOptions{
		Cmd: command, AttachStdout: true, AttachStderr: true, Tty: true,
	})
	if err != nil {
		return err
	}
	stream, err := api.ContainerExecAttach(ctx, made.ID, container.ExecAttachOptions{Tty: true})
	if err != nil {
		return err
	}
	defer stream.Close()
	if _, err := io.Copy(os.Stdout, stream.Reader); err != nil {
		return err
	}
	done, err := api.ContainerExecInspect(ctx, made.ID)
	if err == nil && done.ExitCode != 0 {
		err = fmt.Errorf("exit code %d", done.ExitCode)
	}
	return err
}
