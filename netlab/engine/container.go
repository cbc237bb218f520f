package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/pkg/stdcopy"

	"netlab/netlab/agent"
	"netlab/netlab/fact"
	"netlab/netlab/safely"
)

const (
	memory     = 64 << 20 // bytes; an agent needs about 10 MiB
	pids       = 64       // including threads
	helloLimit = 30 * time.Second
	lastWords  = 1 << 10 // bytes of a dying agent's standard error to quote
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

// Start starts the container, waits for the agent's first message, and returns the agent's client. It can be called
// again after Stop.
func (c *Container) Start(ctx context.Context) (*agent.Client, error) {
	e := c.session.engine
	// Attach before the start: without a log, nothing keeps what the agent writes before we listen.
	stream, err := hijack(ctx, e.fact.Host, "attach to container "+c.name,
		func(ctx context.Context) (types.HijackedResponse, error) {
			return e.api.ContainerAttach(ctx, c.id, container.AttachOptions{
				Stream: true, Stdin: true, Stdout: true, Stderr: true,
			})
		})
	if err != nil {
		if e.fact.Kind == fact.KindPodman {
			// Podman sets up a container before it attaches to it. If that fails, it answers 409 without the reason,
			// which only a start returns.
			if starting := e.api.ContainerStart(ctx, c.id, container.StartOptions{}); starting != nil {
				return nil, e.failed(starting, "starting %q", c.name)
			}
		}
		return nil, e.failed(err, "attaching to %q", c.name)
	}
	err = c.session.creating(ctx, func(ctx context.Context) error {
		if err := e.api.ContainerStart(c.starting.time(ctx), c.id, container.StartOptions{}); err != nil {
			return e.failed(err, "starting %q", c.name)
		}
		return nil
	})
	if err != nil {
		stream.Close()
		return nil, err
	}
	client, err := dial(ctx, stream)
	if err != nil {
		stream.Close()
		return nil, fmt.Errorf("starting %q: %w", c.name, err)
	}
	ready := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.agent, c.stream, c.paused = client, &stream, false
	if c.ready.IsZero() {
		c.ready = ready
	}
	return client, nil
}

// dial separates the engine's two streams and waits for the agent's first message.
func dial(ctx context.Context, stream types.HijackedResponse) (*agent.Client, error) {
	in, out := io.Pipe()
	words := &tail{}
	safely.Go(ctx, func() {
		err := safely.Do(func() error {
			_, err := stdcopy.StdCopy(out, words, stream.Reader)
			return err
		})
		out.CloseWithError(cmp.Or(err, io.EOF))
	})
	ctx, stop := context.WithTimeoutCause(ctx, helloLimit,
		fmt.Errorf("the agent did not respond within %s", helloLimit))
	defer stop()
	client, err := agent.Dial(ctx, in, stream.Conn)
	if err != nil {
		in.CloseWithError(err) // ends the copying
		if said := words.String(); said != "" {
			err = fmt.Errorf("%w; it said: %s", err, said)
		}
		return nil, err
	}
	safely.Go(ctx, func() {
		<-client.Done()
		in.CloseWithError(agent.ErrGone)
		stream.Close()
	})
	return client, nil
}

// A tail keeps the end of what was written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-lastWords):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}

// detach closes the agent's stream. The agent then exits, unless it was told to keep running.
func (c *Container) detach() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stream != nil {
		c.stream.Close()
		c.stream = nil
	}
}

func (c *Container) keep(ctx context.Context) error {
	c.mu.Lock()
	client, paused := c.agent, c.paused
	c.mu.Unlock()
	if client == nil || client.Err() != nil {
		return nil // created only, or stopped by a step
	}
	if paused {
		if err := c.Unpause(ctx); err != nil {
			return err
		}
	}
	if err := client.Keep(ctx); err != nil {
		return fmt.Errorf("keeping %q: %w", c.name, err)
	}
	c.detach()
	return nil
}

// Lost reports whether an agent that has answered is gone, because its container was stopped or removed or its engine
// is gone.
func (c *Container) Lost() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.agent != nil && c.agent.Err() != nil
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

// An Inspection is a container as the engine inspects it.
type Inspection struct {
	Running   bool            // also true if paused
	Endpoints []fact.Endpoint // sorted by network; IPv4 without prefix
	Published []string        // "127.0.0.1:8080->80/tcp", sorted
	Bindings  []Binding       // the same as Published, sorted by port, address and host port
	Health    string          // from its HEALTHCHECK: starting, healthy or unhealthy; "" if it has none
	Exposed   []string        // "80/tcp", sorted
}

// A Binding is a published port as the engine bound it.
type Binding struct {
	Port     string // "8080/tcp"
	HostIP   string
	HostPort int
}

// Inspect reads the container.
func (c *Container) Inspect(ctx context.Context) (Inspection, error) {
	r, err := c.session.engine.api.ContainerInspect(ctx, c.id)
	if err != nil {
		return Inspection{}, c.session.engine.failed(err, "reading container %q", c.name)
	}
	if r.ContainerJSONBase == nil || r.State == nil || r.Config == nil || r.NetworkSettings == nil {
		return Inspection{}, fmt.Errorf("reading container %q: %w", c.name, errors.New("the engine left out parts of it"))
	}
	now := Inspection{Running: r.State.Running}
	if r.State.Health != nil && r.State.Health.Status != container.NoHealthcheck {
		now.Health = r.State.Health.Status
	}
	for name, n := range r.NetworkSettings.Networks {
		now.Endpoints = append(now.Endpoints, fact.Endpoint{
			Network: name, IPv4: n.IPAddress, IPv6: n.GlobalIPv6Address, MAC: n.MacAddress, Gateway: n.Gateway,
		})
	}
	slices.SortFunc(now.Endpoints, func(a, b fact.Endpoint) int { return strings.Compare(a.Network, b.Network) })
	for port, bindings := range r.NetworkSettings.Ports {
		for _, b := range bindings {
			now.Published = append(now.Published, net.JoinHostPort(b.HostIP, b.HostPort)+"->"+string(port))
			hostPort, _ := strconv.Atoi(b.HostPort) // the engine only writes numbers
			now.Bindings = append(now.Bindings, Binding{Port: string(port), HostIP: b.HostIP, HostPort: hostPort})
		}
	}
	slices.Sort(now.Published)
	slices.SortFunc(now.Bindings, func(a, b Binding) int {
		return cmp.Or(cmp.Compare(a.Port, b.Port), cmp.Compare(a.HostIP, b.HostIP), cmp.Compare(a.HostPort, b.HostPort))
	})
	for port := range r.Config.ExposedPorts {
		now.Exposed = append(now.Exposed, string(port))
	}
	slices.Sort(now.Exposed)
	return now, nil
}
