package why

import (
	"fmt"
	"regexp"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// seen is one piece of evidence.
func seen(source, format string, args ...any) probe.Evidence {
	return probe.Evidence{Source: source, Text: fmt.Sprintf(format, args...)}
}

// inspected is evidence from docker inspect.
func inspected(c *fact.Container, format string, args ...any) probe.Evidence {
	return seen("docker inspect "+c.Name, format, args...)
}

func fix(class, format string, args ...any) result.Fix {
	return result.Fix{Class: class, Say: fmt.Sprintf(format, args...)}
}

// run adds a command line to a fix.
func run(f result.Fix, commands ...string) result.Fix {
	f.Run = strings.Join(commands, " && ")
	return f
}

// plainWord matches what a shell takes as one word, and docker not as a flag.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.:/-]*$`)

// word is a network as an argument of a command: its name, or its id if a shell would not take the name as it is.
func (f *Facts) word(network string) string {
	if n := f.network(network); n != nil && !plainWord.MatchString(network) {
		return n.ID
	}
	return network
}

// connect is the command that connects a container to a network.
func (f *Facts) connect(network string, c *fact.Container) string {
	return "docker network connect " + f.word(network) + " " + f.stackOwner(c).Name
}

// joinedBy is the network of c that another container should join: one with names, if c is on one.
func (f *Facts) joinedBy(c *fact.Container) string {
	found := ""
	for _, e := range f.endpoints(c) {
		if n := f.network(e.Network); n == nil || n.Driver != "bridge" && n.Driver != "overlay" {
			continue
		}
		if found == "" || found == defaultBridge {
			found = e.Network
		}
	}
	return found
}

// defaultBridge is the network that containers are on if the user names none. It has no DNS.
const defaultBridge = "bridge"

// together is the fix that gives two containers a network with names.
func (f *Facts) together(a, b *fact.Container) []result.Fix {
	network := f.joinedBy(b)
	if network != "" && network != defaultBridge {
		return []result.Fix{
			run(fix(result.FixDocker, "Connect %s to the network %s.", a.Name, network), f.connect(network, a)),
			fix(result.FixCompose, "List %s under networks of both services.", network),
		}
	}
	name := f.newNetwork()
	return []result.Fix{
		run(fix(result.FixDocker, "Give both a network of their own, which has names."),
			"docker network create "+name, f.connect(name, a), f.connect(name, b)),
		fix(result.FixCompose, "Remove network_mode from both services. Compose then gives them a network of their own."),
	}
}

// newNetwork is a name that no network has.
func (f *Facts) newNetwork() string {
	for i := 1; ; i++ {
		name := "app"
		if i > 1 {
			name = fmt.Sprintf("app%d", i)
		}
		if f.network(name) == nil {
			return name
		}
	}
}
