package engine

import (
	"errors"
	"fmt"
	"strings"

	"github.com/containerd/errdefs"
)

// Errors of the engine that callers tell apart.
var (
	// ErrNotFound means that the engine has no such object.
	ErrNotFound = errors.New("the engine does not have this object")
	// ErrOverlap means that a network's subnet overlaps with the subnet of another Docker network.
	ErrOverlap = errors.New("the subnet overlaps with another network")
	// ErrPortTaken means that another container publishes a host port, or that a process is bound to it.
	ErrPortTaken = errors.New("the host port is in use")
	// ErrNoKernelSupport means that the engine's kernel does not have the device: ipvlan, macvlan, or dummy for a
	// macvlan network without a parent. For ipvlan, the error comes when a container starts, not when the network is
	// created.
	ErrNoKernelSupport = errors.New("the engine's kernel does not support it")
	// ErrParentTaken means that another network uses the parent interface. This is an error for ipvlan on every
	// engine, and for macvlan before 27.0 (https://github.com/moby/moby/pull/47318).
	ErrParentTaken = errors.New("another network uses the parent interface")
	// ErrRulesLost means that the engine did not find its own chains in the host's firewall.
	ErrRulesLost = errors.New("the engine's firewall rules are gone")
)

// failed wraps an engine's error with what was being done and with the class that callers tell apart.
func (e *Engine) failed(err error, doing string, args ...any) error {
	if isGone(err) || isGarbled(err) {
		err = blame(e.api, e.fact.Host, e.fact.Context, err)
	} else if class := refusal(err); class != nil {
		err = fmt.Errorf("%w: %w", class, err)
	}
	return fmt.Errorf("%s: %w", fmt.Sprintf(doing, args...), err)
}

// refusal returns the class of an engine's error, or nil if it has none. Most are matched by text: engine 20.10
// answers 403 or 500 and gives only this text, and later engines use the same words.
func refusal(err error) error {
	text := err.Error()
	has := func(words string) bool { return strings.Contains(text, words) }
	switch {
	case has("Pool overlaps with other one on this address space"), has("networks have overlapping IPv4"),
		has("networks have overlapping IPv6"):
		return ErrOverlap
	// The match is for lower case: the engine writes "Address already in use" when a container's address is taken.
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

// daemonSaid returns the engine's own error message, on one line.
func daemonSaid(err error) string {
	return strings.TrimPrefix(oneLine(err), "Error response from daemon: ")
}
