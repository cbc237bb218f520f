// Package say puts a finding into words: its evidence, its fixes, and the commands for them. The list of causes is
// closed: each has a rule in a table of why, and a page of its own in glossary.
package say

import (
	"fmt"
	"regexp"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// Seen is one piece of evidence: what was read or measured, and where.
func Seen(source, format string, args ...any) probe.Evidence {
	return probe.Evidence{Source: source, Text: fmt.Sprintf(format, args...)}
}

// Inspected is evidence from docker inspect.
func Inspected(c *fact.Container, format string, args ...any) probe.Evidence {
	return Seen("docker inspect "+c.Name, format, args...)
}

// Fix says what to do. The class is one of the result's.
func Fix(class, format string, args ...any) result.Fix {
	return result.Fix{Class: class, Say: fmt.Sprintf(format, args...)}
}

// Run adds commands to a fix, as one line for a shell.
func Run(f result.Fix, commands ...string) result.Fix {
	f.Run = strings.Join(commands, " && ")
	return f
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.:/-]*$`)

// Plain reports whether a shell takes text as one word, and docker not as a flag.
func Plain(text string) bool { return plainWord.MatchString(text) }

// Network is a network as an argument of a command: its name, or its id if a shell would not take the name as it is.
func Network(n *fact.Network) string {
	if !Plain(n.Name) {
		return n.ID
	}
	return n.Name
}

// SmallerMTU is how to give the containers of a network a smaller MTU.
func SmallerMTU(n *fact.Network, mtu int) []result.Fix {
	if n.Name == "bridge" {
		return []result.Fix{Fix(result.FixHost, "Set \"mtu\": %d in /etc/docker/daemon.json, and restart the engine.", mtu)}
	}
	return []result.Fix{
		Fix(result.FixDocker, "Recreate %s with -o %s=%d.", n.Name, fact.OptionMTU, mtu),
		Fix(result.FixCompose, "Under the network: driver_opts: {%s: \"%d\"}.", fact.OptionMTU, mtu),
	}
}
