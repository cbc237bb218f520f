package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"netlab/netlab/engine"
	"netlab/netlab/lab"
	"netlab/netlab/render"
	"netlab/netlab/result"
	"netlab/netlab/scenario"
)

// second connects to the engine of --second, which must be in one swarm with the first; nil where none is wanted.
func (s *shared) second(ctx context.Context, first *engine.Engine, o *labOptions) (*engine.Engine, error) {
	if o.second == "" {
		return nil, nil //nolint:nilnil // no second engine is an answer
	}
	options := s.docker.options()
	options.Host, options.Context, options.Warn = "", "", s.warn
	if o.isAddress() {
		options.Host = o.second
	} else {
		options.Context = o.second
	}
	eng, err := engine.Connect(ctx, options)
	if err != nil {
		return nil, notSecond(err, o.second)
	}
	if err := first.CanSpan(ctx, eng); err != nil {
		_ = eng.Close() // nothing was made; the error says why
		return nil, err
	}
	return eng, nil
}

// isAddress reports whether --second is an address, which no docker context's name can be.
func (o *labOptions) isAddress() bool { return strings.Contains(o.second, "://") }

// notSecond says of an engine that cannot be used that it is the second one, and how to choose another.
func notSecond(err error, name string) error {
	var unusable *engine.Unusable
	if !errors.As(err, &unusable) {
		return err
	}
	return &engine.Unusable{
		What: fmt.Sprintf("the second engine (--second %s) cannot be used: %s", name, unusable.What),
		Hint: "check the second engine, or choose another one with --second", Err: unusable,
	}
}

// checkSecond refuses --second where no lesson can use a second engine.
func (o *labOptions) checkSecond(all []*scenario.Scenario) error {
	if o.second == "" {
		return nil
	}
	var reasons []string
	for _, sc := range all {
		why := lab.CanSplit(sc)
		if why == "" {
			return nil
		}
		reasons = append(reasons, sc.Name+": "+why)
	}
	return usagef("--second cannot be used here: %s", strings.Join(reasons, ", "))
}

// tellKept says how a kept lab ends that is on two engines: its networks go with the part on the first one, and can
// only go when nothing is on them any more.
func (s *shared) tellKept(r *result.Record, o *labOptions) {
	if slices.ContainsFunc(r.Scenarios, func(sc result.Scenario) bool { return sc.Kept }) {
		s.say("netlab clean leaves the lab alone for %.0f hours.", keepFor.Hours())
	}
	if o.second == "" {
		return
	}
	flag := "--context"
	if o.isAddress() {
		flag = "-H"
	}
	for _, sc := range r.Scenarios {
		if sc.Kept {
			s.say("First remove bob on the other engine:  netlab %s %s down %s", flag, o.second, render.Plain(sc.Session))
		}
	}
}
