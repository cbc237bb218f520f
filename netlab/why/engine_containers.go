package why

import (
	"fmt"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
)

// parentStopped: a container wants to join the network namespace of another, which does not run.
func parentStopped(f *EngineFacts) answer {
	key := f.Line.Parent
	short := key
	if len(key) == 64 {
		short = key[:12]
	}
	a := answer{doing: "join the network of " + short, about: short + " does not run"}
	var parent *fact.Container
	var children []*fact.Container
	for i := range f.Containers {
		c := &f.Containers[i]
		switch owner := c.Owner(); {
		case c.Name == key, len(key) >= 12 && strings.HasPrefix(c.ID, key):
			parent = c
		case owner == key, len(key) >= 12 && strings.HasPrefix(owner, key):
			children = append(children, c)
		}
	}
	switch {
	case parent != nil && parent.State == fact.StateRunning:
		a.doing, a.about, a.now = "join the network of "+parent.Name, parent.Name+" does not run", "Now it runs."
	case parent != nil:
		a.doing, a.about = "join the network of "+parent.Name, parent.Name+" does not run"
		a.cause = say.NotRunning(parent, f.Now)
	default:
		a.cause = &result.Cause{
			Title:  fmt.Sprintf("The container %s is gone, and another one is to join its network namespace.", short),
			Object: short, Direction: result.Request,
			Evidence: []probe.Evidence{say.Seen("docker ps -a", "no container has this name or ID")},
			Fix: []result.Fix{
				say.Fix(result.FixCompose, "Recreate the service with network_mode: docker compose up -d --force-recreate"),
				say.Fix(result.FixDocker, "Recreate the other container with --network container:NAME."),
			},
		}
	}
	if a.cause != nil {
		for _, c := range children {
			a.cause.Evidence = append(a.cause.Evidence, say.Inspected(c, "NetworkMode is %.22s", c.Mode))
		}
	}
	return a
}

// endpointExists: a network has an endpoint of that name already, of a container that runs or of one that is gone.
func endpointExists(f *EngineFacts) answer {
	name, network := f.Line.Endpoint, f.Line.Network
	a := answer{
		doing: fmt.Sprintf("connect %s to the network %s", name, network),
		about: fmt.Sprintf("%s has an endpoint called %s already", network, name),
	}
	c := f.Container(name)
	switch {
	case c != nil && c.Running() && c.On(network) != nil:
		a.unseen = []string{fmt.Sprintf("%s is on %s with the address %s, so there is nothing to connect.", name, network,
			c.On(network).IPv4)}
	case say.Plain(name) && say.Plain(network):
		a.unseen = []string{fmt.Sprintf("No running container called %s is on %s, so the endpoint may be left from one that "+
			"is gone. docker network inspect %s lists it, and docker network disconnect -f %s %s removes it.", name,
			network, network, network, name)}
	}
	return a
}

// noUserSubnet: only networks that were created with a subnet let containers choose their address.
func noUserSubnet(f *EngineFacts) answer {
	network, which := "the network", "The engine does not tell which networks were, so netlab cannot name the one."
	if f.Line.Network != "" {
		network, which = f.Line.Network, f.Line.Network+" was not. Recreate it with one."
	}
	return answer{
		doing: "give the container the address it asks for", about: network + " has no subnet of yours",
		unseen: []string{
			"--ip, or ipv4_address in Compose, needs a network that was created with a subnet: docker network create --subnet " +
				"10.64.0.0/24 NAME. " + which,
		},
	}
}

// addressTaken: the address that a container asks for belongs to another.
func addressTaken(f *EngineFacts) answer {
	return answer{
		doing: "give the container the address it asks for", about: "another container has the address",
		unseen: []string{
			"The line does not name the address. docker network inspect NETWORK lists the containers with theirs.",
		},
	}
}
