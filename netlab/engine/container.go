package engine

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"

	"netlab/netlab/agent"
)

const (
	memory = 64 << 20 // bytes; an agent needs about 10 MiB
	pids   = 64       // including threads
)

// A Container is a container of the lab.
type Container struct {
	session *Session
	id      string
	name    string
	spec    ContainerSpec

	mu     sync.Mutex // guards the fields below
	agent  *agent.Client
	stream *types.HijackedResponse // the agent's input and output; nil while detached
	paused bool
	joined []string  // the names of the networks that it was connected to after it was created
	ready  time.Time // when its agent's first message arrived, for the first time

	creating, starting stopwatch
}

// ID returns the container's id.
func (c *Container) ID() string { return c.id }

// Name returns the container's name on the engine, netlab-LAB-PEER.
func (c *Container) Name() string { return c.name }

// Engine returns the id of the container's engine.
func (c *Container) Engine() string { return c.session.engine.fact.ID }

// Node returns that engine's id in the swarm, or "" if it is not in one.
func (c *Container) Node() string { return c.session.engine.fact.Node }

// Create creates a container and connects it to all of its networks. It does not start it.
func (s *Session) Create(ctx context.Context, spec ContainerSpec) (*Container, error) {
	if spec.mode() == "" {
		return nil, fmt.Errorf("creating container %q: it has no network", spec.Peer)
	}
	c := &Container{session: s, name: prefix + s.lab + "-" + spec.Peer, spec: spec}
	err := s.creating(ctx, c.create)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.containers = append(s.containers, c)
	return c, nil
}

func (c *Container) create(ctx context.Context) error {
	e, attachments := c.session.engine, c.spec.attachments()
	image, err := c.image(ctx)
	if err != nil {
		return err
	}
	config, host := c.configs(image)
	if e.fact.UsernsRemap && c.spec.Visit != "" {
		// A container can join a network namespace only from the user namespace that owns it.
		visited, err := e.api.ContainerInspect(ctx, c.spec.Visit)
		if err != nil {
			return e.failed(err, "reading container %q", c.spec.Visit)
		}
		host.UsernsMode = visited.HostConfig.UsernsMode
	}
	var networks *network.NetworkingConfig
	if len(attachments) > 0 && (isUserDefined(attachments[0].Network) || attachments[0].IPv4 != "") {
		networks = &network.NetworkingConfig{EndpointsConfig: map[string]*network.EndpointSettings{
			attachments[0].Network: c.settings(attachments[0]),
		}}
	}
	timed := c.creating.time(ctx)
	made, err := e.api.ContainerCreate(timed, config, host, networks, nil, c.name)
	for errdefs.IsInvalidArgument(err) && c.spec.Role == RoleHost && len(host.Mounts) > 0 {
		// The engine's host does not have this file, or does not share it: not every host has systemd-resolved.
		host.Mounts = host.Mounts[:len(host.Mounts)-1]
		made, err = e.api.ContainerCreate(timed, config, host, networks, nil, c.name)
	}
	if errdefs.IsNotFound(err) && c.spec.Image == "" {
		// A clean-up removed the image after we looked for it.
		if id, uploaded, _ := e.ensureImage(ctx, c.supply(), image); uploaded {
			config.Image, config.Labels[labelFrom] = id, id
			made, err = e.api.ContainerCreate(timed, config, host, networks, nil, c.name)
		}
	}
	if errdefs.IsInvalidArgument(err) && c.spec.Role == RoleWitness {
		return fmt.Errorf("engine %s does not know the capabilities BPF and PERFMON", e.fact.Version)
	}
	if errdefs.IsConflict(err) && c.session.lab != c.session.id {
		return c.session.taken()
	}
	if err != nil {
		return e.failed(err, "creating container %q", c.name)
	}
	c.id = made.ID
	e.calls.know(c.id, "container", c.name)
	for i, a := range attachments {
		if i == 0 {
			continue // engine 20.10 accepts only one network at creation
		}
		if err := e.api.NetworkConnect(timed, a.Network, c.id, c.settings(a)); err != nil {
			return e.failed(err, "connecting %q to network %q", c.name, a.Network)
		}
	}
	return nil
}

// supply is the image of netlab's for a container of its role.
func (c *Container) supply() *supply {
	if c.spec.Role == RoleWitness {
		return c.session.engine.witness
	}
	return c.session.engine.agent
}

// image returns the id of the image to create the container from.
func (c *Container) image(ctx context.Context) (string, error) {
	e := c.session.engine
	if c.spec.Image == "" {
		id, _, err := e.ensureImage(ctx, c.supply(), "")
		return id, err
	}
	found, err := e.api.ImageInspect(ctx, c.spec.Image)
	if err != nil {
		return "", e.failed(err, "looking for image %q", c.spec.Image)
	}
	return found.ID, nil
}

// Stop stops the container. This also removes it, unless its spec sets StopsInLab.
func (c *Container) Stop(ctx context.Context) error {
	second := 1
	err := c.session.engine.leave(c.networks(), func() error {
		return c.session.engine.api.ContainerStop(ctx, c.id, container.StopOptions{Timeout: &second})
	})
	if err != nil {
		return c.session.engine.failed(err, "stopping %q", c.name)
	}
	c.detach()
	return nil
}

// Pause freezes the container's processes.
func (c *Container) Pause(ctx context.Context) error {
	if err := c.session.engine.api.ContainerPause(ctx, c.id); err != nil {
		return c.session.engine.failed(err, "pausing %q", c.name)
	}
	c.setPaused(true)
	return nil
}

// Unpause resumes a paused container.
func (c *Container) Unpause(ctx context.Context) error {
	if err := c.session.engine.api.ContainerUnpause(ctx, c.id); err != nil {
		return c.session.engine.failed(err, "unpausing %q", c.name)
	}
	c.setPaused(false)
	return nil
}

func (c *Container) setPaused(paused bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.paused = paused
}

// Connect connects the container to another network.
func (c *Container) Connect(ctx context.Context, a Attachment) error {
	return c.session.creating(ctx, func(ctx context.Context) error {
		err := c.session.engine.api.NetworkConnect(ctx, a.Network, c.id, c.settings(a))
		if err != nil {
			return c.session.engine.failed(err, "connecting %q to network %q", c.name, a.Network)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.joined = append(c.joined, a.Network)
		return nil
	})
}

// networks returns the names of the networks that the container is on, or was.
func (c *Container) networks() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	names := slices.Clone(c.joined)
	for _, a := range c.spec.attachments() {
		names = append(names, a.Network)
	}
	return names
}

// Disconnect disconnects the container from a network.
func (c *Container) Disconnect(ctx context.Context, network string) error {
	err := c.session.engine.leave([]string{network}, func() error {
		return c.session.engine.api.NetworkDisconnect(ctx, network, c.id, false)
	})
	if err != nil {
		return c.session.engine.failed(err, "disconnecting %q from network %q", c.name, network)
	}
	return nil
}
