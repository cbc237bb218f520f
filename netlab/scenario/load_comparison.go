package scenario

import (
	"net/netip"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// An answer describes which words an answer can contain, so that a comparison that always or never holds is found
// when a file is loaded.
type answer struct {
	words string            // what it can contain: "a number"
	can   func(string) bool // whether it can contain a word; nil for any word
}

var (
	anyWords  = answer{}
	numbers   = answer{"a number", func(w string) bool { return w == "none" || numberPattern.MatchString(w) }}
	yesOrNo   = answer{"yes or no", func(w string) bool { return w == "yes" || w == "no" }}
	addresses = answer{"an address", func(w string) bool {
		_, err := netip.ParseAddr(w)
		return err == nil || w == "none"
	}}
	cachedOrBuilt = answer{"cached or built", func(w string) bool { return w == "cached" || w == "built" }}
	chainNames    = answer{"table/CHAIN, such as filter/FORWARD", func(w string) bool {
		table, chain, ok := strings.Cut(w, "/")
		return ok && table != "" && chain != ""
	}}
	healthStates = answer{"starting, healthy, unhealthy or none", func(w string) bool {
		return slices.Contains([]string{Starting, "healthy", "unhealthy", "none"}, w)
	}}
)

// answers describes what a probe returns in addition to its reason, or false if that is nothing.
func answers(p Probe) (answer, bool) {
	switch p.Kind {
	case Ping, Start, Write:
		return answer{}, false
	case Connect, Resolve:
		return addresses, true
	case Read:
		return thingAnswer(p.Thing), true
	case Inspect:
		return thingAnswer(p.Thing), true
	case Build:
		return cachedOrBuilt, true
	case Await:
		return healthStates, true
	case Chains:
		return chainNames, true
	}
	return anyWords, true
}

// thingAnswer describes what is read from a peer or an image.
func thingAnswer(thing string) answer {
	switch thing {
	case "link.mtu", "mtu", "vxlan", "vm.swappiness", "pid", "processes", "host-pid", "host-processes",
		"memory", "memory.limit",
		"uid", ImageSize, ImageLayers, ImageShares:
		return numbers
	case "own-netns", "own-utsns", "hypervisor", ImageHolds:
		return yesOrNo
	case "link.ipv4", "link.ipv6", "route.gateway", "route.ipv6.gateway", "dns.servers", "sockets", "published.on":
		return addresses
	case "health":
		return healthStates
	}
	return anyWords
}

// comparison refuses one that holds, or fails, for every possible answer. from may be nil.
func (l *loader) comparison(n *yaml.Node, e Expectation, p Probe, from *peer) {
	a, ok := answers(p)
	v := e.Value
	switch {
	case p.Kind == "" || v.Ref.IsZero() && v.Literal == "" && !isEmptyText(n):
		return // already reported as an error
	case !ok && e.Test == Sees: // already reported as an error
	case !ok:
		l.errorf(n, "%s has no answer that %s could compare: expect its reason only", p.Kind, e.Test)
		return
	case isSelf(v.Ref, p, from) && e.Test != Sees:
		l.errorf(n, "this compares %s with itself", v)
		return
	}
	text := v.Ref.IsZero()
	switch e.Test {
	case AtLeast, AtMost:
		switch {
		case a.words != numbers.words:
			l.errorf(n, "%s compares numbers, and %s is none", e.Test, p)
		case !text && thingAnswer(v.Ref.Field).words != numbers.words:
			l.errorf(n, "%s needs a number, and %s is none", e.Test, v)
		case text && e.Test == AtLeast && strings.Trim(v.Literal, "0") == "":
			l.errorf(n, "every number is at least 0, so this can never fail")
		}
	case Within:
		subnet, err := netip.ParsePrefix(v.Literal)
		switch {
		case a.words != addresses.words && a.can != nil:
			l.errorf(n, "within compares an address, and %s is none", p)
		case text && err == nil && subnet.Bits() == 0:
			l.errorf(n, "every address is within %s, so this can never fail", v)
		}
	case Contains, Lacks:
		if words := strings.Fields(v.Literal); text && len(words) != 1 {
			l.errorf(n, "%s compares single words, and this text has %d", e.Test, len(words))
			return
		}
		l.possible(n, a, v)
	default:
		if text && strings.TrimSpace(v.Literal) == "" {
			l.errorf(n, "no answer is an empty text; where there is nothing, netlab says none")
			return
		}
		l.possible(n, a, v)
	}
}

// possible refuses a text that the answer cannot contain.
func (l *loader) possible(n *yaml.Node, a answer, v Value) {
	for _, word := range strings.Fields(v.Literal) {
		if a.can != nil && !a.can(word) {
			l.errorf(n, "the answer is never %s: it is %s", quote(word), a.words)
			return
		}
	}
}

// isEmptyText distinguishes an empty text from a value that could not be read.
func isEmptyText(n *yaml.Node) bool {
	return n.Kind == yaml.MappingNode && len(n.Content) == 2 && n.Content[0].Value == "text" && n.Content[1].Value == ""
}

func thing(p Probe) string {
	if p.Kind == Read || p.Kind == Inspect {
		return p.Thing
	}
	return ""
}

// isSelf reports whether a reference is what the probe itself reads.
func isSelf(r Reference, p Probe, from *peer) bool {
	switch {
	case r.IsZero() || r.Network != "" || r.Field != thing(p) || r.Field == "":
		return false
	case p.Kind == Inspect:
		return r.Head == p.Image
	}
	return from != nil && r.Head == from.name
}
