package cli

import (
	"context"
	"strings"

	"netlab/netlab/engine"
	"netlab/netlab/render"
	"netlab/netlab/result"
)

// second connects to the engine of --second, which must be in one swarm with the first; nil where none is wanted.
func (s *shared) second(ctx context.Context, first *engine.Engine, o *labOptions) (*engine.Engine, error) {
	if o.second == "" {
		return nil, nil //nolint:nilnil // no second engine is an answer
	}
	eng, err := engine.Connect(ctx, o.secondEngine(s.warn))
	if err != nil {
		return nil, err
	}
	if err := first.CanSpan(ctx, eng); err != nil {
		_ = eng.Close() // nothing was made; the error says why
		return nil, err
	}
	return eng, nil
}

// secondEngine says which one --second names: a docker context, or an address, which no context's name can be.
func (o *labOptions) secondEngine(warn func(string)) engine.Options {
	if strings.Contains(o.second, "://") {
		return engine.Options{Host: o.second, Warn: warn}
	}
	return engine.Options{Context: o.second, Warn: warn}
}

// tellKept says how a kept lab ends that is on two engines: its networks go with the part on the first one, and can
// only go when nothing is on them any more.
func (s *shared) tellKept(r *result.Record, o *labOptions) {
	if o.second == "" {
		return
	}
	flag := "--context"
	if o.secondEngine(nil).Host != "" {
		flag = "-H"
	}
	for _, sc := range r.Scenarios {
		if sc.Kept {
			s.say("First end bob, on the other engine:  netlab %s %s down %s", flag, o.second, render.Plain(sc.Session))
		}
	}
}
