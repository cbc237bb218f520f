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

// A secondEngine is the value of --second: a docker context, or an address; "" for none.
type secondEngine string

// Set, String and Type make it a flag.
func (e *secondEngine) Set(name string) error {
	if name == "" {
		return errors.New("give a docker context or an address")
	}
	*e = secondEngine(name)
	return nil
}

func (e *secondEngine) String() string { return string(*e) }

// Type is the value's name in help.
func (*secondEngine) Type() string { return "engine" }

// connectSecond connects to the second engine, which must be in the same swarm as the first. It returns nil for none.
func connectSecond(ctx context.Context, s *shared, first *engine.Engine, second secondEngine) (*engine.Engine, error) {
	if second == "" {
		return nil, nil // nil means no second engine
	}
	options := s.docker.options()
	options.Host, options.Context, options.Warn = "", "", s.warn
	if second.isAddress() {
		options.Host = string(second)
	} else {
		options.Context = string(second)
	}
	eng, err := engine.Connect(ctx, options)
	if err != nil {
		return nil, notSecond(err, second)
	}
	if err := first.CanSpan(ctx, eng); err != nil {
		_ = eng.Close() // nothing was created; err has the reason
		return nil, err
	}
	return eng, nil
}

// isAddress reports whether it is an address. A docker context cannot have such a name.
func (e secondEngine) isAddress() bool { return strings.Contains(string(e), "://") }

// notSecond says that the unusable engine is the second one, and how to choose another.
func notSecond(err error, name secondEngine) error {
	var unusable *engine.Unusable
	if !errors.As(err, &unusable) {
		return err
	}
	return &engine.Unusable{
		What: fmt.Sprintf("the second engine (--second %s) cannot be used: %s", name, unusable.What),
		Hint: "check the second engine, or choose another one with --second", Err: unusable,
	}
}

// check returns an error if no scenario can use the second engine.
func (e secondEngine) check(scenarios []*scenario.Scenario) error {
	if e == "" {
		return nil
	}
	var reasons []string
	for _, sc := range scenarios {
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
func tellKept(p *printer, r *result.Record, second secondEngine) {
	if slices.ContainsFunc(r.Scenarios, func(sc result.Scenario) bool { return sc.Kept }) {
		p.say("netlab clean leaves the lab alone for %.0f hours.", keepFor.Hours())
	}
	if second == "" {
		return
	}
	flag := "--context"
	if second.isAddress() {
		flag = "-H"
	}
	for _, sc := range r.Scenarios {
		if sc.Kept {
			p.say("First remove bob on the other engine:  netlab %s %s down %s", flag, second, render.Plain(sc.Session))
		}
	}
}
