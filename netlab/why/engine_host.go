package why

import (
	"slices"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
)

// tables are the tables of the host's firewall for IPv4, sorted.
func (f *EngineFacts) tables() []string {
	var tables []string
	for _, c := range *f.Firewall {
		if c.Family == "ip" {
			tables = append(tables, c.Table)
		}
	}
	slices.Sort(tables)
	return slices.Compact(tables)
}

// rawTableMissing: from 28 on, the engine writes rules into iptables' table raw, which the kernel does not have.
func rawTableMissing(f *EngineFacts) answer {
	a := answer{doing: "write its firewall rules", about: "iptables has no table raw"}
	switch {
	case f.Firewall == nil:
		a.unseen = hostUnread("A list of its firewall (iptables -t raw -L)")
	case slices.Contains(f.tables(), "raw"):
		a.now = "Now the host's firewall has a table raw."
	default:
		a.cause = &result.Cause{
			Title:  "The host's kernel has no iptables table raw, which Docker " + f.Engine.Version + " writes rules into.",
			Object: "the host", Direction: result.Request,
			Evidence: []probe.Evidence{
				say.Seen("firewall of the host", "it has %s, and no table raw", listed(f.tables())),
				say.Seen("docker version", "%s", f.Engine.Version),
			},
			Fix: []result.Fix{
				say.Run(say.Fix(result.FixHost, "Load the kernel module, and list it in /etc/modules-load.d for the next boot."),
					"modprobe iptable_raw"),
				say.Fix(result.FixHost, "If the kernel does not have it: start dockerd with "+
					"DOCKER_INSECURE_NO_IPTABLES_RAW=1. Then the LAN can reach containers at their own addresses."),
			},
		}
	}
	return a
}

func listed(words []string) string {
	if len(words) == 0 {
		return "no tables"
	}
	return "the tables " + strings.Join(words, ", ")
}

// chainMissing: Docker's chains are gone from the host's firewall, because it was reloaded or flushed.
func chainMissing(f *EngineFacts) answer {
	a := answer{doing: "write its firewall rules", about: "iptables does not have a chain of Docker's"}
	if f.Firewall == nil {
		a.unseen = hostUnread("A list of its firewall (iptables -t nat -L)")
		return a
	}
	var lost []string
	for _, table := range []string{"filter", "nat"} {
		if !slices.ContainsFunc(*f.Firewall, func(c fact.Chain) bool {
			return c.Family == "ip" && c.Table == table && c.Name == "DOCKER"
		}) {
			lost = append(lost, table)
		}
	}
	if len(lost) == 0 {
		a.now = "Now the chains DOCKER of the tables filter and nat are there."
		return a
	}
	a.cause = &result.Cause{
		Title:  "Docker's chains are missing in the host's firewall. A reload of the firewall may have removed them.",
		Object: "the host", Direction: result.Request,
		Evidence: []probe.Evidence{
			say.Seen("firewall of the host", "no chain DOCKER in table %s", strings.Join(lost, ", nor in ")),
		},
		Fix: []result.Fix{
			say.Run(say.Fix(result.FixHost, "Restart the engine, which writes its chains again. Containers stop for it, unless "+
				"live-restore is on."), "systemctl restart docker"),
		},
	}
	return a
}

// setupFailed: the engine gives a reason that netlab does not know.
func setupFailed(f *EngineFacts) answer {
	a := answer{doing: "set up the network of a container", about: "the network of a container could not be set up"}
	if f.Line.Endpoint != "" {
		a.doing = "set up the network of " + f.Line.Endpoint
	}
	a.unseen = []string{"netlab does not know the engine's reason, at the end of the line. The engine's log may say " +
		"more: journalctl -u docker"}
	return a
}
