package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
)

// Made is what the engine stores about a container, apart from its network.
type Made struct {
	Image    string // id of the image it was created from, "sha256:…"
	ImageNow string // id that the image's name refers to now; "" if it refers to none
	Own      int64  // size of its writable layer in bytes, as the storage driver counts it
	PID      int    // of its main process, as numbered on the engine's host; 0 if it is not running
}

// Made reads what the engine stores about the container. Counting the bytes may take the engine several milliseconds.
func (c *Container) Made(ctx context.Context) (Made, error) {
	e := c.session.engine
	r, _, err := e.api.ContainerInspectWithRaw(ctx, c.id, true)
	if err != nil {
		return Made{}, e.failed(err, "reading container %q", c.name)
	}
	if r.ContainerJSONBase == nil || r.State == nil || r.Config == nil || r.SizeRw == nil {
		return Made{}, fmt.Errorf("reading container %q: the engine left out parts of it", c.name)
	}
	m := Made{Image: r.Image, Own: *r.SizeRw, PID: r.State.Pid}
	switch now, err := e.api.ImageInspect(ctx, r.Config.Image); {
	case err == nil:
		m.ImageNow = now.ID
	case !errdefs.IsNotFound(err):
		return m, e.failed(err, "reading image %q", r.Config.Image)
	}
	return m, nil
}

// Changes lists the differences between the container's filesystem and its image, as docker diff prints them: "A
// /note", with C for changed and D for deleted, sorted by path.
func (c *Container) Changes(ctx context.Context) ([]string, error) {
	found, err := c.session.engine.api.ContainerDiff(ctx, c.id)
	if err != nil {
		return nil, c.session.engine.failed(err, "reading the changes of %q", c.name)
	}
	slices.SortFunc(found, func(a, b container.FilesystemChange) int { return strings.Compare(a.Path, b.Path) })
	changes := make([]string, 0, len(found))
	for _, f := range found {
		changes = append(changes, f.Kind.String()+" "+f.Path)
	}
	return changes, nil
}

// Memory is the memory use of a container's cgroup, in bytes.
type Memory struct {
	Used  uint64 // charged to it, including the page cache of its files (memory.current, memory.usage_in_bytes)
	Limit uint64 // 0 for none; otherwise as the engine reports it, which may be the host's whole memory
}

// Memory reads the container's cgroup, as docker stats does. Both values are 0 if the engine does not count:
// rootless, or a kernel whose memory cgroup is disabled.
func (c *Container) Memory(ctx context.Context) (Memory, error) {
	e := c.session.engine
	r, err := e.api.ContainerStatsOneShot(ctx, c.id)
	if err != nil {
		return Memory{}, e.failed(err, "reading the memory of %q", c.name)
	}
	defer r.Body.Close()
	var stats container.StatsResponse
	if err := json.NewDecoder(r.Body).Decode(&stats); err != nil {
		return Memory{}, e.failed(err, "reading the memory of %q", c.name)
	}
	return Memory{Used: stats.MemoryStats.Usage, Limit: stats.MemoryStats.Limit}, nil
}

// ErrNoPS means that the engine's host has no ps, which docker top runs there.
var ErrNoPS = errors.New("the engine's host has no ps")

// Processes lists the container's processes, sorted, by the numbers that ps prints on the engine's host. The error is
// ErrNoPS if the host has no ps.
func (c *Container) Processes(ctx context.Context) ([]int, error) {
	top, err := c.session.engine.api.ContainerTop(ctx, c.id, nil)
	switch {
	case err != nil && strings.Contains(err.Error(), `exec: "ps": executable file not found`):
		return nil, ErrNoPS // the engine answers 500 with this text from Go's os/exec
	case err != nil:
		return nil, c.session.engine.failed(err, "listing the processes of %q", c.name)
	}
	column := slices.Index(top.Titles, "PID")
	var numbers []int
	for _, row := range top.Processes {
		if column < 0 || column >= len(row) {
			continue
		}
		if pid, err := strconv.Atoi(row[column]); err == nil {
			numbers = append(numbers, pid)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// Remove removes the container and everything it wrote. Its volumes stay.
func (c *Container) Remove(ctx context.Context) error {
	s := c.session
	err := s.engine.leave(c.networks(), func() error {
		return s.engine.api.ContainerRemove(ctx, c.id, container.RemoveOptions{Force: true})
	})
	if err != nil {
		return s.engine.failed(err, "removing %q", c.name)
	}
	c.detach()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.containers = slices.DeleteFunc(s.containers, func(other *Container) bool { return other == c })
	return nil
}
