package ask

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// An Answer describes which words an outcome can contain, so that a comparison that always or never holds is found when
// a file is loaded.
type Answer int

// The answers that an outcome can have in addition to its reason.
const (
	AnyWords      Answer = iota
	NoAnswer             // nothing
	Numbers              // or none, as in the next ones
	Addresses            // IP addresses
	YesOrNo              // a yes or a no itself
	HealthStates         // what Docker reports about a HEALTHCHECK
	ChainNames           // of the host's firewall
	CachedOrBuilt        // one word for each instruction of a build
)

var number = regexp.MustCompile(`^[0-9]{1,9}$`)

// words are the only possible ones, if they can be listed.
func (a Answer) words() []string {
	switch a {
	case YesOrNo:
		return []string{"yes", "no"}
	case HealthStates:
		return []string{Starting, Healthy, Unhealthy, None}
	case CachedOrBuilt:
		return []string{Cached, Built}
	}
	return nil
}

// String says what the answer can contain: "a number".
func (a Answer) String() string {
	switch a {
	case Numbers:
		return "a number"
	case Addresses:
		return "an address"
	case ChainNames:
		return "table/CHAIN, such as filter/FORWARD"
	case AnyWords, NoAnswer:
		return ""
	}
	return Either(a.words())
}

// Can reports whether the answer can contain a word.
func (a Answer) Can(word string) bool {
	switch a {
	case AnyWords:
		return true
	case Numbers:
		return word == None || number.MatchString(word)
	case Addresses:
		_, err := netip.ParseAddr(word)
		return err == nil || word == None
	case ChainNames:
		table, chain, ok := strings.Cut(word, "/")
		return ok && table != "" && chain != ""
	}
	return slices.Contains(a.words(), word)
}

// None is what is read where there is nothing: no route, no published port, no bridge.
const None = "none"

// Either lists the words to choose from: "a, b or c".
func Either(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
