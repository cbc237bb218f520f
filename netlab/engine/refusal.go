package engine

import (
	"errors"
	"fmt"
	"strings"

	"github.com/containerd/errdefs"
)

// What an engine refuses, as far as callers tell it apart.
var (
	// ErrNotFound says that the engine has no such object.
	ErrNotFound = errors.New("the engine has no such object")
	// ErrOverlap says that a network's subnet overlaps with that of another Docker network.
	ErrOverlap = errors.New("the subnet overlaps with another network's")
	// ErrPortTaken says that a port of the host is published by another container, or that a process is bound to it.
	ErrPortTaken = errors.New("the host's port is in use")
	// ErrNoKernelSupport says that the engine's kernel has no such device: ipvlan, macvlan, or dummy for a macvlan
	// network without a parent. Creating an ipvlan network does not show it; starting a container does.
	ErrNoKernelSupport = errors.New("the engine's kernel does not support it")
	// ErrParentTaken says that another network uses the parent interface: of ipvlan on every engine, of macvlan on
	// those before 27.0 (https://github.com/moby/moby/pull/47318).
	ErrParentTaken = errors.New("another network uses the parent interface")
	// ErrRulesLost says that the engine did not find its own chains in the host's firewall.
	ErrRulesLost = errors.New("the engine's firewall rules are gone")
)

// failed says what was being done, and gives the error of the engine the class that callers tell apart.
func (e *Engine) failed(err error, doing string, args ...any) error {
	if isGone(err) {
		err = unusable(e.fact.Host, e.fact.Context, err)
	} else if class := refusal(err); class != nil {
		err = fmt.Errorf("%w: %w", class, err)
	}
	return fmt.Errorf("%s: %w", fmt.Sprintf(doing, args...), err)
}

// refusal returns the class of an engine's error, nil for one that is in none. Most are matched by text: engine 20.10
// answers 403 or 500 with nothing but this, and later ones use the same words.
func refusal(err error) error {
	text := err.Error()
	has := func(words string) bool { return strings.Contains(text, words) }
	switch {
	case has("Pool overlaps with other one on this address space"), has("networks have overlapping IPv4"),
		has("networks have overlapping IPv6"):
		return ErrOverlap
	// In lower case: "Address already in use" is the engine's word for a container's address that is taken.
	case has("port is already allocated"), has("address already in use"):
		return ErrPortTaken
	case has("iptables failed") && (has("No chain/target/match by that name") || has("does not exist")):
		return ErrRulesLost
	case has("is already using parent interface"):
		return ErrParentTaken
	case has("operation not supported"):
		return ErrNoKernelSupport
	case errdefs.IsNotFound(err):
		return ErrNotFound
	default:
		return nil
	}
}

// daemonSaid is an engine's answer in its own words, in one line.
func daemonSaid(err error) string {
	return strings.TrimPrefix(oneLine(err), "Error response from daemon: ")
}
