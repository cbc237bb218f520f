package cli

import (
	"slices"

	"github.com/spf13/cobra"

	"netlab/netlab/fact"
	"netlab/netlab/scenario"
)

// worldHelp describes what labs change on the engine's host, in the help of every command that runs them.
const worldHelp = `A lab with an outside computer adds a simulated link to the host: a veth pair to
a container that plays that computer. A helper container in host network mode,
with only the NET_ADMIN capability, adds it. When a packet was dropped, the
helper reads the counters of the host's firewall. The link, its routes and the
helper disappear with the lab. --no-wire does without the link. An overlay
network needs a swarm: --init-swarm makes this engine a swarm of one node while
the lab is up.`

// swarmOpens says what --init-swarm does to the host.
const swarmOpens = "a swarm of one node while the lab is up.\n" +
	"The swarm listens on loopback only, but the kernel accepts VXLAN packets on UDP\nport 4789 on all addresses."

// worldOptions are the flags that say what labs may change on the engine's host.
type worldOptions struct {
	noWire    bool
	initSwarm bool
}

func (o *worldOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&o.noWire, "no-wire", false, "do not add the simulated link; skip questions that need it")
	f.BoolVar(&o.initSwarm, "init-swarm", false, "let overlay make this engine a swarm while the lab is up")
}

// load loads scenarios by their names, without the parts that flags turn off.
func (o worldOptions) load(
	load func([]string) ([]*scenario.Scenario, error), names []string,
) ([]*scenario.Scenario, error) {
	scenarios, err := load(names)
	if err != nil || !o.noWire {
		return scenarios, err
	}
	for i, sc := range scenarios {
		scenarios[i] = sc.WithoutWires()
	}
	return scenarios, nil
}

// announce says what the scenarios will change on the engine's host, and reports whether they may make it a swarm. It
// asks only about scenarios that the user chose.
func announce(
	p *printer, clock *clock, c *console, eng fact.Engine, scenarios []*scenario.Scenario, o worldOptions, chosen bool,
) (initSwarm bool, err error) {
	swarm := eng.Swarm != fact.SwarmInactive // for a locked or broken swarm, the lab's reason explains it
	if !swarm && slices.ContainsFunc(scenarios, (*scenario.Scenario).HasOverlay) {
		switch {
		case o.initSwarm:
			c.clear()
			p.say("Making this engine %s", swarmOpens)
			initSwarm = true
		case chosen:
			resume := clock.hold()
			initSwarm, err = c.agreed(clock.ctx,
				"An overlay needs a swarm, and this engine is not in one. netlab can make it\n"+swarmOpens+
					"\nShould netlab do this?")
			resume()
			if err != nil {
				return false, err
			}
		}
	}
	wired := func(sc *scenario.Scenario) bool { return len(sc.Wires) > 0 && (swarm || initSwarm || !sc.HasOverlay()) }
	if c.tells() && slices.ContainsFunc(scenarios, wired) {
		c.clear()
		p.say("Adding a simulated link to the Docker host for this lab (not with --no-wire).")
	}
	return initSwarm, nil
}
