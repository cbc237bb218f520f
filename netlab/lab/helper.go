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
	starting sync.Mutex // held while one is looked for: it is enough for everything that needs one at the same time

	mu      sync.Mutex // guards the fields below
	count   int        // of all helpers so far, for their names
	running []helper
}

type helper struct {
	container *engine.Container
	client    agentClient
}

// helperName returns the name of another helper.
func (l *Lab) helperName() string {
	l.helpers.mu.Lock()
	defer l.helpers.mu.Unlock()
	l.helpers.count++
	return fmt.Sprintf("helper%d", l.helpers.count)
}

// helper returns the agent of a helper that runs, and starts one if there is none.
func (l *Lab) helper(ctx context.Context) (agentClient, error) {
	l.helpers.starting.Lock()
	defer l.helpers.starting.Unlock()
	l.helpers.mu.Lock()
	i := slices.IndexFunc(l.helpers.running, func(h helper) bool { return !h.container.Lost() })
	if i >= 0 {
		defer l.helpers.mu.Unlock()
		return l.helpers.running[i].client, nil
	}
	l.helpers.mu.Unlock()
	return l.helperIn(ctx, nil, nothing)
}

// helperIn runs first, which starts the target, and starts a helper that sees the target's processes.
func (l *Lab) helperIn(ctx context.Context, target *engine.Container, first func() error) (agentClient, error) {
	c, client, err := startHelper(ctx, l.session, l.helperName(), target, first)
	if err != nil {
		return nil, err
	}
	l.helpers.mu.Lock()
	defer l.helpers.mu.Unlock()
	l.helpers.running = append(l.helpers.running, helper{c, client})
	return client, nil
}

// stopHelpers stops the lab's helpers, before it is kept.
func (l *Lab) stopHelpers(ctx context.Context) error {
	l.helpers.mu.Lock()
	defer l.helpers.mu.Unlock()
	var errs []error
	for _, h := range l.helpers.running {
		if !h.container.Lost() {
			errs = append(errs, h.container.Stop(ctx))
		}
	}
	l.helpers.running = nil
	return errors.Join(errs...)
}
