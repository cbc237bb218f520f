package cli

// The engine that the flags select, and how long a command may use it.

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"netlab/netlab/engine"
	"netlab/netlab/render"
)

// An endpoint is the engine that the flags select, and how long it may take.
type endpoint struct {
	docker *dockerFlags // set if netlab runs as a plugin of the docker command, else nil

	host    string
	context string
	timeout time.Duration
}

// check returns an error for flag values that are wrong on any engine.
func (e *endpoint) check() error {
	if e.timeout <= 0 {
		return usagef("--timeout must be longer than 0s")
	}
	scheme, _, ok := strings.Cut(e.host, "://")
	schemes := []string{"unix", "tcp", "http", "https", "ssh", "npipe"}
	if ok && !slices.Contains(schemes, scheme) {
		return usagef("-H %s: an engine's address begins with unix://, tcp:// or ssh://", e.host)
	}
	return nil
}

// program returns how the user calls netlab, and how for the same engine.
func (e *endpoint) program() render.Program {
	p := render.Program{Name: "netlab"}
	var flags []string
	if e.docker != nil {
		p.Name = pluginName
		p.Engine = strings.Join(append(append([]string{"docker"}, e.docker.typed...), "netlab"), " ")
	}
	switch {
	case e.host != "":
		flags = []string{"-H", e.host}
	case e.context != "":
		flags = []string{"--context", e.context}
	}
	p.Engine = strings.Join(append([]string{cmp.Or(p.Engine, p.Name)}, flags...), " ")
	return p
}

// connect connects to the engine that the flags select.
func (s *shared) connect(ctx context.Context) (*engine.Engine, error) {
	o := s.docker.options()
	if s.host != "" || s.context != "" {
		o.Host, o.Context = s.host, s.context
	}
	o.Warn = s.warn
	return engine.Connect(ctx, o)
}

// withEngine runs f with the selected engine, within --timeout.
func (s *shared) withEngine(ctx context.Context, f func(context.Context, *engine.Engine) error) error {
	return s.withClock(ctx, s.timeout, func(clock *clock, eng *engine.Engine) error { return f(clock.ctx, eng) })
}

// withClock is withEngine for what may wait longer than --timeout allows.
func (s *shared) withClock(ctx context.Context, limit time.Duration, f func(*clock, *engine.Engine) error) error {
	clock := s.clock(ctx, limit)
	defer clock.stop()
	eng, err := s.connect(clock.ctx)
	if err != nil {
		return clock.blame(err)
	}
	defer eng.Close()
	return clock.blame(f(clock, eng))
}

// clock starts the time that the limit allows. After it is over, or after an interruption, netlab tells the user what
// the engine still has to do.
func (s *shared) clock(ctx context.Context, limit time.Duration) *clock {
	c := newClock(ctx, limit)
	c.ctx = engine.WithWaits(c.ctx, s.tellWait)
	return c
}
