package ask

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// An Answer describes which words an outcome can contain, so that a comparison that always or never holds is found when
// a file is loaded. The zero Answer is any words.
type Answer struct {
	Words string            // what it can contain: "a number"
	Can   func(string) bool // whether it can contain a word; nil for any word
	None  bool              // there is nothing but the reason
}

// Is reports whether two answers are of one kind.
func (a Answer) Is(b Answer) bool { return a.Words == b.Words && a.None == b.None }

var number = regexp.MustCompile(`^[0-9]{1,9}$`)

// NoAnswer is for a question that has only a reason.
func NoAnswer() Answer { return Answer{None: true} }

// Numbers is for an answer that consists of numbers.
func Numbers() Answer {
	return Answer{Words: "a number", Can: func(w string) bool { return w == none || number.MatchString(w) }}
}

// YesOrNo is for an answer that is a yes or a no itself.
func YesOrNo() Answer { return oneOf("yes", "no") }

// Addresses is for an answer that consists of IP addresses.
func Addresses() Answer {
	return Answer{Words: "an address", Can: func(w string) bool {
		_, err := netip.ParseAddr(w)
		return err == nil || w == none
	}}
}

func healthStates() Answer { return oneOf(Starting, Healthy, Unhealthy, none) }

func chainNames() Answer {
	return Answer{Words: "table/CHAIN, such as filter/FORWARD", Can: func(w string) bool {
		table, chain, ok := strings.Cut(w, "/")
		return ok && table != "" && chain != ""
	}}
}

// none is what is read where there is nothing.
const none = "none"

// oneOf is for an answer that is one of these words.
func oneOf(words ...string) Answer {
	return Answer{Words: list(words), Can: func(w string) bool { return slices.Contains(words, w) }}
}

// list is "a, b or c".
func list(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
