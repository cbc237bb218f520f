package why

import (
	"fmt"

	"netlab/netlab/fact"
	"netlab/netlab/result"
	"netlab/netlab/say"
	"netlab/netlab/survey"
)

// word is a network as an argument of a command.
func (f *Facts) word(network string) string {
	if n := f.Network(network); n != nil {
		return say.Network(n)
	}
	return network
}

// connect is the command that connects a container to a network.
func (f *Facts) connect(network string, c *fact.Container) string {
	return "docker network connect " + f.word(network) + " " + f.StackOwner(c).Name
}

// joinedBy is the network of c that another container should join: one with names, if c is on one.
func (f *Facts) joinedBy(c *fact.Container) string {
	found := ""
	for _, e := range f.Endpoints(c) {
		if n := f.Network(e.Network); n == nil || n.Driver != fact.DriverBridge && n.Driver != fact.DriverOverlay {
			continue
		}
		if found == "" || found == survey.DefaultBridge {
			found = e.Network
		}
	}
	return found
}

// together is the fix that gives two containers a network with names.
func (f *Facts) together(a, b *fact.Container) []result.Fix {
	network := f.joinedBy(b)
	if network != "" && network != survey.DefaultBridge {
		return []result.Fix{
			say.Run(say.Fix(result.FixDocker, "Connect %s to the network %s.", a.Name, network), f.connect(network, a)),
			say.Fix(result.FixCompose, "List %s under networks of both services.", network),
		}
	}
	name := f.newNetwork()
	return []result.Fix{
		say.Run(say.Fix(result.FixDocker, "Give both a network of their own, which has names."),
			"docker network create "+name, f.connect(name, a), f.connect(name, b)),
		say.Fix(result.FixCompose, "Remove network_mode from both services. Compose then gives them a network of their own."),
	}
}

// newNetwork is a name that no network has.
func (f *Facts) newNetwork() string {
	for i := 1; ; i++ {
		name := "app"
		if i > 1 {
			name = fmt.Sprintf("app%d", i)
		}
		if f.Network(name) == nil {
			return name
		}
	}
}
