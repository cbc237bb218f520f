// Package byhand writes a scenario as what a student would type: docker commands, or a Compose file.
//
// It is text made from a scenario alone. It knows no engine, and nothing of how netlab itself builds a lab.
package byhand

import (
	"fmt"
	"regexp"
	"strings"

	"netlab/netlab/scenario"
)

// firstFree stands for a free port: by hand one takes any high one.
const firstFree = 50000

// subnet is an example of a small subnet, for the networks on which a container chooses its address. A network takes
// --ip only where its subnet was chosen too.
func subnet(s *scenario.Scenario, network string) string {
	for i, n := range s.Networks {
		if n.Name == network && chosenOn(s, network) {
			return fmt.Sprintf("10.213.%d.0/28", i)
		}
	}
	return ""
}

// address is the n-th address of that subnet.
func address(s *scenario.Scenario, a scenario.Attachment) string {
	prefix := subnet(s, a.Network)
	if prefix == "" || a.Address == 0 {
		return ""
	}
	return strings.TrimSuffix(prefix, "0/28") + fmt.Sprint(a.Address)
}

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

// serve is a shell command that listens on all the ports, one connection after the other; "" for none.
func serve(listeners []scenario.Listener) string {
	loops := make([]string, len(listeners))
	for i, l := range listeners {
		loops[i] = fmt.Sprintf("while %s; do :; done", strings.Join(listenOn(l.Port, l.At), " "))
	}
	if len(loops) < 2 {
		return strings.Join(loops, "")
	}
	return "(" + strings.Join(loops, ") & (") + ") & wait"
}

// listenOn is nc waiting on a port, of one address or of all.
func listenOn(p scenario.Port, at string) []string {
	words := []string{"nc", "-l", "-p", fmt.Sprint(p.Number)}
	if p.Network == "udp" {
		words = append(words, "-u")
	}
	if at != "" {
		words = append(words, "-s", at)
	}
	return words
}

var plain = regexp.MustCompile(`^[A-Za-z0-9_./:=@%+-]+$`)

// quote makes one word of s for a POSIX shell.
func quote(s string) string {
	if plain.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
