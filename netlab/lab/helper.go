package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"netlab/netlab/engine"
)

// helpers are a lab's helpers that may change or read the host's network. They run until the lab is kept or removed,
// because starting another one takes longer than most answers.
type helpers struct {
	site    *Site
	session *engine.Session

	starting sync.Mutex // held while one is looked for: it is enough for everything that needs one at the same time

	mu      sync.Mutex // guards the fields below
	count   int        // of all helpers so far, for their names
	running []helper
}

type helper struct {
	container *engine.Container
	client    agentClient
}

// name returns the name of another helper.
func (h *helpers) name() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.count++
	return fmt.Sprintf("helper%d", h.count)
}

// any returns the agent of a helper that runs, and starts one if there is none.
func (h *helpers) any(ctx context.Context) (agentClient, error) {
	if h.site.wires {
		if err := h.site.seen.wait(ctx); err != nil {
			return nil, err
		}
		if !h.site.host.container.Lost() {
			return h.site.host.awake()
		}
	}
	h.starting.Lock()
	defer h.starting.Unlock()
	h.mu.Lock()
	i := slices.IndexFunc(h.running, func(running helper) bool { return !running.container.Lost() })
	if i >= 0 {
		defer h.mu.Unlock()
		return h.running[i].client, nil
	}
	h.mu.Unlock()
	return h.in(ctx, nil, nothing)
}

// in runs first, which starts the target, and returns the agent of a helper that sees the target's processes: the
// site's, whose PID namespace the target then has joined, or a new one.
func (h *helpers) in(ctx context.Context, target *engine.Container, first func() error) (agentClient, error) {
	if target != nil && h.site.wires {
		client, err := h.any(ctx)
		if err == nil {
			err = first()
		}
		return client, err
	}
	c, client, err := startHelper(ctx, h.session, h.name(), target, first)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.running = append(h.running, helper{c, client})
	return client, nil
}

// stop stops the helpers, before the lab is kept.
func (h *helpers) stop(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var errs []error
	for _, running := range h.running {
		if !running.container.Lost() {
			errs = append(errs, running.container.Stop(ctx))
		}
	}
	h.running = nil
	return errors.Join(errs...)
}

// startHelper starts a helper that may change or read the host's network: it has NET_ADMIN and nothing else. With a
// target it sees that container's processes, so that it can move one end of a veth pair there. It runs first, which
// starts the target, while the engine creates the helper.
func startHelper(
	ctx context.Context, session *engine.Session, name string, target *engine.Container, first func() error,
) (c *engine.Container, client agentClient, err error) {
	var work group
	work.run(first)
	work.run(func() (err error) {
		c, err = session.Create(ctx, engine.ContainerSpec{Peer: name, Role: engine.RoleWirer, Target: target})
		return err
	})
	if err := work.wait(); err != nil {
		return nil, nil, err
	}
	client, err = c.Start(ctx)
	return c, client, err
}

func nothing() error { return nil }
