package cli

import (
	"context"
	"slices"

	"netlab/netlab/fact"
	"netlab/netlab/scenario"
)

// worldHelp says in the help of every command that runs labs what those change on the engine's host.
const worldHelp = `A lab with a world outside the host adds a wire to the host: a veth pair whose
other end is in a container that plays a computer outside. A helper container
makes it: it lives for a moment, in host network mode, and has the capability
NET_ADMIN and no other, without which nobody may add a link. The pair and its
routes go with the lab; --no-wire does without. An overlay network needs a
swarm: --init-swarm makes the engine one of a single node until the lab is gone.`

// swarmOpens says what --init-swarm does to the host.
const swarmOpens = "a swarm of one node, until the lab is gone. It listens on loopback\n" +
	"only, but while the lab is up the kernel takes VXLAN on UDP port 4789 of all\naddresses."

// load loads the scenarios, without what the flags do without.
func (o *labOptions) load(args []string) ([]*scenario.Scenario, error) {
	all, err := load(args)
	if err != nil || !o.noWire {
		return all, err
	}
	for i, sc := range all {
		all[i] = sc.WithoutWires()
	}
	return all, nil
}

// world says what the scenarios are about to change on the engine's host, and reports whether they may make it a swarm.
func (s *shared) world(
	ctx context.Context, eng fact.Engine, all []*scenario.Scenario, o *labOptions, n *narrator,
) (initSwarm bool, err error) {
	if n.tells() && slices.ContainsFunc(all, func(sc *scenario.Scenario) bool { return len(sc.Wires) > 0 }) {
		n.clear()
		s.say("Adds a link to the Docker host for the time of the lab; --no-wire does without.")
	}
	if eng.Swarm != "inactive" || !slices.ContainsFunc(all, (*scenario.Scenario).HasOverlay) {
		return o.initSwarm, nil
	}
	switch {
	case o.initSwarm:
		n.clear()
		s.say("Makes this engine " + swarmOpens)
		return true, nil
	case o.named:
		return n.agreed(ctx, "overlay needs a swarm, and this engine is in none. Shall netlab make it\n"+swarmOpens)
	}
	return false, nil
}
