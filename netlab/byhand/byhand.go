// Package byhand writes a scenario as what a student would type: docker commands or a Compose file.
//
// The text is made from a scenario alone. The package knows no engine, and not how netlab itself builds a lab.
package byhand

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/scenario"
)

// subnet is an example of a small subnet, for networks where a container chooses its address. For a network with a
// parent it is the link's subnet. A network only accepts --ip if its subnet was chosen too.
func subnet(s *scenario.Scenario, network string) string {
	for i, n := range s.Networks {
		switch {
		case n.Name != network:
		case n.Parent != "":
			return onWire(s, n.Parent, 0) + "/28"
		case chosenOn(s, network):
			return fmt.Sprintf("10.213.%d.0/28", i)
		}
	}
	return ""
}

// subnet6 is an example of an IPv6 subnet, or "" for a network without one.
func subnet6(s *scenario.Scenario, network string) string {
	for i, n := range s.Networks {
		if n.Name == network && n.IPv6 {
			return fmt.Sprintf("fd00:213:%d::/64", i)
		}
	}
	return ""
}

// gateway6 is the IPv6 gateway of a network: the engine takes the first address.
func gateway6(s *scenario.Scenario, network string) string {
	return strings.TrimSuffix(subnet6(s, network), "/64") + "1"
}

// parent is the link that a macvlan or ipvlan network is attached to, or "" for other networks.
func parent(s *scenario.Scenario, network string) string {
	for _, n := range s.Networks {
		if n.Name == network {
			return n.Parent
		}
	}
	return ""
}

// address is the n-th address of a network's subnet.
func address(s *scenario.Scenario, a scenario.Attachment) string {
	prefix := subnet(s, a.Network)
	if prefix == "" || a.Address == 0 {
		return ""
	}
	return strings.TrimSuffix(prefix, "0/28") + fmt.Sprint(a.Address)
}

// The addresses of a link: each has a /28 as its LAN, and another one behind the outside computer.
const (
	hostNumber    = 1
	machineNumber = 2
	routerNumber  = 3
	rangeNumber   = 8 // the engine assigns addresses from here on
	behindNumber  = 16
	silentNumber  = 17
	nowhereNumber = 18
)

// onWire is the n-th address of a link.
func onWire(s *scenario.Scenario, wire string, n int) string {
	return fmt.Sprintf("10.212.%d.%d", wireIndex(s, wire), n)
}

// onWire6 is onWire for IPv6. Links are numbered from 1 here: the engine would print a zero within an address
// differently.
func onWire6(s *scenario.Scenario, wire string, n int) string {
	return fmt.Sprintf("fd00:212:%d::%d", wireIndex(s, wire)+1, n)
}

// hostEnd names the host's end of a link. The link's own name might be too long, because interface names have at most
// 15 bytes.
func hostEnd(s *scenario.Scenario, wire string) string {
	return fmt.Sprintf("wire%d", wireIndex(s, wire))
}

func wireIndex(s *scenario.Scenario, wire string) int {
	return slices.IndexFunc(s.Wires, func(w scenario.Wire) bool { return w.Name == wire })
}

// onHost is the host's address that a port is published on, or "" for all.
func onHost(s *scenario.Scenario, p scenario.Publish) string {
	switch p.On {
	case scenario.OnAll:
		return ""
	case "", scenario.OnLoopback:
		return scenario.OnLoopback
	}
	if p.IPv6 {
		return onWire6(s, p.On, hostNumber)
	}
	return onWire(s, p.On, hostNumber)
}

// healthy is a shell command that succeeds while the port answers on localhost.
func healthy(p ask.Port) string {
	words := []string{"nc -z -w 1"}
	if p.Network == "udp" {
		words = append(words, "-u")
	}
	return strings.Join(append(words, "localhost", fmt.Sprint(p.Number)), " ")
}

// readOnly reports whether the container's root should be read-only by hand too: it is in a lab where other
// containers have a writable root. Docker's own default is writable.
func readOnly(s *scenario.Scenario, c scenario.Container) bool {
	return !c.Writable && slices.ContainsFunc(s.Containers, func(c scenario.Container) bool { return c.Writable })
}

// hostGateway is the host's name with the keyword that the engine replaces with its address.
const hostGateway = "host.docker.internal:host-gateway"

func chosenOn(s *scenario.Scenario, network string) bool {
	for _, c := range s.Containers {
		for _, a := range c.Networks {
			if a.Network == network && a.Address > 0 {
				return true
			}
		}
	}
	return false
}

// named is the name of a container or volume as a word in a command. Docker requires at least two characters.
func named(name string) string {
	if len(name) == 1 {
		return "lab-" + name
	}
	return quote(name)
}

var plain = regexp.MustCompile(`^[A-Za-z0-9_./:=@%+-]+$`)

// quote quotes s as one word for a POSIX shell.
func quote(s string) string {
	if plain.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
