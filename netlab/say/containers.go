package say

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// NotRunning is the cause not-running.
func NotRunning(c *fact.Container, now time.Time) *result.Cause {
	cause := &result.Cause{
		Object: c.Name, Direction: result.Request,
		Evidence: []probe.Evidence{Inspected(c, "State.Status is %s", c.State)},
	}
	switch c.State {
	case fact.StatePaused:
		cause.Title = fmt.Sprintf("%s is paused, so its programs do not run.", c.Name)
		cause.Fix = []result.Fix{Run(Fix(result.FixDocker, "Resume it."), "docker unpause "+c.Name)}
	case fact.StateCreated:
		cause.Title = fmt.Sprintf("%s was created, but it has never run.", c.Name)
		cause.Fix = []result.Fix{Run(Fix(result.FixDocker, "Start it."), "docker start "+c.Name)}
	case fact.StateRestarting:
		cause.Title = fmt.Sprintf("%s keeps restarting: its program ends with exit code %d.", c.Name, c.ExitCode)
		cause.Evidence = append(cause.Evidence, Inspected(c, "RestartCount is %d", c.Restarts))
		cause.Fix = []result.Fix{Log(c, "Its log may say why it ends.")}
	default:
		cause.Title = fmt.Sprintf("%s is not running. Its program ended with exit code %d.", c.Name, c.ExitCode)
		if ago := now.Sub(c.Finished); c.Finished.Year() > 1 && ago > time.Second {
			cause.Evidence = append(cause.Evidence, Inspected(c, "it ended %s ago", ago.Round(time.Second)))
		}
		cause.Fix = []result.Fix{Run(
			Fix(result.FixDocker, "Start it. If it ends again, docker logs %s may say why.", c.Name),
			"docker start "+c.Name)}
	}
	return cause
}

// AliasShared is the cause alias-shared: containers that are not replicas of one service own a name on a network.
func AliasShared(name, network string, owners []*fact.Container) *result.Cause {
	var names []string
	var evidence []probe.Evidence
	for _, c := range owners {
		names = append(names, c.Name)
		evidence = append(evidence, Inspected(c, "%s is a name of %s, %s, on %s", name, c.Name, c.On(network).IPv4, network))
	}
	return &result.Cause{
		Title: fmt.Sprintf("%s is a name of %s on %s, so it can resolve to any of them.", name,
			strings.Join(names, " and "), network),
		Object: name, Direction: result.Request, Evidence: evidence,
		Fix: []result.Fix{
			Fix(result.FixDocker, "Give the name %s to one of them only (--network-alias).", name),
			Fix(result.FixCompose, "Use different service names and aliases, also across projects that share a network."),
		},
	}
}

// HostsEntryWrong is the cause hosts-entry-wrong: the /etc/hosts of from has a name of to, whose addresses are own,
// with another address. other is the container that has that address, or nil.
func HostsEntryWrong(from *fact.Container, name, address string, to *fact.Container, own []string,
	other *fact.Container,
) *result.Cause {
	whose := "no container has that address"
	if other != nil {
		whose = "that address belongs to " + other.Name
	}
	return &result.Cause{
		Title:  fmt.Sprintf("%s's /etc/hosts says that %s is %s, but %s is %s.", from.Name, name, address, to.Name, own[0]),
		Object: from.Name, Direction: result.Request,
		Evidence: []probe.Evidence{
			Seen("/etc/hosts of "+from.Name, "%s %s", address, name),
			Inspected(to, "its address is %s; %s", strings.Join(own, ", "), whose),
		},
		Fix: []result.Fix{
			Fix(result.FixDocker, "Recreate %s without --add-host or --link for %s, so that Docker's DNS server answers.",
				from.Name, name),
			Fix(result.FixCompose, "Remove %s from extra_hosts of the service.", name),
		},
	}
}

// NetworkGone is the cause network-id-stale: a container remembers a network that is gone. again is the network that
// has its name now, or nil.
func NetworkGone(c *fact.Container, p *fact.ContainerEndpoint, again *fact.Network) *result.Cause {
	cause := &result.Cause{
		Title:  fmt.Sprintf("%s cannot start: its network %s is gone.", c.Name, p.Network),
		Object: c.Name, Direction: result.Request,
		Evidence: []probe.Evidence{
			Inspected(c, "State.Status is %s, and its network %s has the ID %.12s", c.State, p.Network, p.ID),
			Seen("docker network ls", "no network has that ID"),
		},
		Fix: reconnect(c, p, again),
	}
	if again != nil {
		cause.Title = fmt.Sprintf("%s cannot start: its network %s was recreated.", c.Name, p.Network)
		cause.Evidence[1] = Seen("docker network ls", "%s has the ID %.12s", p.Network, again.ID)
	}
	return cause
}

// reconnect ties a container to the network that now has the name, which is made first if there is none.
func reconnect(c *fact.Container, p *fact.ContainerEndpoint, again *fact.Network) []result.Fix {
	fix := Fix(result.FixDocker, "Connect the container to the network that has the name now.")
	var commands []string
	if again == nil {
		fix.Say = "Create the network again, and connect the container."
		commands = append(commands, "docker network create "+p.Network)
	}
	connect := []string{"docker network connect"}
	for _, name := range p.Names {
		if name != c.Name && name != c.Hostname && !strings.HasPrefix(c.ID, name) {
			connect = append(connect, "--alias "+name)
		}
	}
	connect = append(connect, p.Network, c.Name)
	if !slices.ContainsFunc(append(p.Names, p.Network), func(word string) bool { return !Plain(word) }) {
		fix = Run(fix, append(commands, "docker network disconnect -f "+p.Network+" "+c.Name,
			strings.Join(connect, " "))...)
	}
	return []result.Fix{fix, Fix(result.FixCompose, "docker compose up -d recreates the container.")}
}
