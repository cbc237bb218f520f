package cli

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/render"
	"netlab/netlab/result"
)

// unfinished is the error of a command that may have built something, with a sentence on what became of it.
type unfinished struct {
	error
	words string // "" if there is nothing to say
}

func (u unfinished) Unwrap() error { return u.error }

// leftBehind says what an unfinished run left on the engine, or may have left, and how to remove it; "" for nothing.
func leftBehind(r *result.Record) string {
	switch {
	case len(r.Leftovers) > 0:
		return "Left on the engine: " + strings.Join(names(r.Leftovers), ", ") + ". To remove them: netlab clean"
	case !r.Audited && len(r.Scenarios) > 0:
		var hosts []string
		for _, e := range r.Engines {
			hosts = append(hosts, render.Plain(e.Host))
		}
		remove := "netlab clean"
		if len(hosts) > 1 { // the first engine's networks can only be removed after the second engine's containers
			remove = "netlab -H " + hosts[1] + " clean, then netlab clean"
		}
		return mayBeLeft(strings.Join(hosts, " or the one at "), remove)
	}
	return ""
}

func mayBeLeft(at, remove string) string {
	return "netlab could not ask the engine at " + at +
		" what is left. There may be containers and networks with netlab in their names. To remove them: " + remove
}

// closed removes a reader's containers. It returns what went wrong with that, or else err.
func closed(ctx context.Context, eng *engine.Engine, r interface{ Close(context.Context) error }, err error) error {
	var gone *engine.Unusable
	closing := r.Close(ctx)
	if errors.As(closing, &gone) {
		return unfinished{closing, mayBeLeft(render.Plain(eng.Fact().Host), "netlab clean")}
	}
	return cmp.Or(closing, err)
}

// becameOf says what became of an interrupted command's labs: "Removed 5 containers, 1 network. Nothing is left."
func becameOf(r *result.Record) string {
	var words []string
	var removed fact.Objects
	for _, sc := range r.Scenarios {
		removed.Add(sc.Removed)
	}
	if removed != (fact.Objects{}) {
		words = append(words, "Removed "+render.Objects(removed)+".")
	}
	switch left := leftBehind(r); {
	case left != "":
		words = append(words, left)
	case r.Audited:
		words = append(words, "Nothing is left.")
	}
	return strings.Join(words, " ")
}
