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

// second connects to the engine of --second, which must be in the same swarm as the first. It returns nil without
// --second.
func (s *shared) second(ctx context.Context, first *engine.Engine, o *labOptions) (*engine.Engine, error) {
	if o.second == "" {
		return nil, nil //nolint:nilnil // nil means no second engine
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
		_ = eng.Close() // nothing was created; err has the reason
		return nil, err
	}
	return eng, nil
}

// isAddress reports whether --second is an address. A docker context cannot have such a name.
func (o *labOptions) isAddress() bool { return strings.Contains(o.second, "://") }

// notSecond says that the unusable engine is the second one, and how to choose another.
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

// checkSecond refuses --second if no lesson can use a second engine.
func (o *labOptions) checkSecond(lessons []*scenario.Scenario) error {
	if o.second == "" {
		return nil
	}
	var reasons []string
	for _, sc := range lessons {
		why := lab.CanSplit(sc)
		if why == "" {
			return nil
		}
		reasons = append(reasons, sc.Name+": "+why)
	}
	return usagef("--second cannot be used here: %s", strings.Join(reasons, ", "))
}

// tellKept says how to remove a kept lab. On two engines, the part on the second engine must go first: the networks are
// removed with the part on the first, and only when nothing uses them.
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
