package cli

import (
	"context"
	"slices"

	"netlab/netlab/fact"
	"netlab/netlab/scenario"
)

// worldHelp describes what labs change on the engine's host, in the help of every command that runs them.
const worldHelp = `A lab with an outside computer adds a simulated link to the host: a veth pair to
a container that plays the computer. A helper container in host network mode,
with only the NET_ADMIN capability, adds it. When a packet was dropped, the
helper reads the counters of the host's firewall. The link, its routes and the
helper disappear with the lab. --no-wire does without the link. An overlay
network needs a swarm: --init-swarm makes this engine a swarm of one node while
the lab is up.`

// swarmOpens says what --init-swarm does to the host.
const swarmOpens = "a swarm of one node while the lab is up.\n" +
	"The swarm listens on loopback only, but the kernel accepts VXLAN packets on UDP\nport 4789 of all addresses."

// load loads the scenarios, without the parts that flags turn off.
func (o *labOptions) load(args []string) ([]*scenario.Scenario, error) { return o.loadWith(load, args) }

func (o *labOptions) loadWith(
	load func([]string) ([]*scenario.Scenario, error), args []string,
) ([]*scenario.Scenario, error) {
	lessons, err := load(args)
	if err != nil || !o.noWire {
		return lessons, err
	}
	for i, sc := range lessons {
		lessons[i] = sc.WithoutWires()
	}
	return lessons, nil
}

// world says what the scenarios will change on the engine's host, and reports whether they may make it a swarm.
func (s *shared) world(
	ctx context.Context, eng fact.Engine, lessons []*scenario.Scenario, o *labOptions, n *narrator,
) (initSwarm bool, err error) {
	swarm := eng.Swarm != "inactive" // for a locked or broken swarm, the lab's reason explains it
	if !swarm && slices.ContainsFunc(lessons, (*scenario.Scenario).HasOverlay) {
		if initSwarm, err = s.swarm(ctx, o, n); err != nil {
			return false, err
		}
	}
	wired := func(sc *scenario.Scenario) bool { return len(sc.Wires) > 0 && (swarm || initSwarm || !sc.HasOverlay()) }
	if n.tells() && slices.ContainsFunc(lessons, wired) {
		n.clear()
		s.say("Adds a simulated link to the Docker host for this lab (--no-wire: does not).")
	}
	return initSwarm, nil
}

// swarm reports whether netlab may make this engine a swarm: by the flag, or by a person's yes.
func (s *shared) swarm(ctx context.Context, o *labOptions, n *narrator) (bool, error) {
	switch {
	case o.initSwarm:
		n.clear()
		s.say("Makes this engine %s", swarmOpens)
		return true, nil
	case o.named:
		return n.agreed(ctx, "An overlay needs a swarm, and this engine is not in one. Should netlab make it\n"+swarmOpens)
	}
	return false, nil
}
