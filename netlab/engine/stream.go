package engine

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/pkg/stdcopy"

	"netlab/netlab/agent"
	"netlab/netlab/fact"
	"netlab/netlab/safely"
)

const (
	helloLimit = 30 * time.Second
	lastWords  = 1 << 10 // bytes of a dying agent's standard error to quote
)

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
