package result

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// A record of this version has questions, expectations and actions in the words of a scenario. They are read here, and
// nowhere else.

// Question returns what a check asked, or nil for another step and for a question that this netlab does not know.
func (st *Step) Question() ask.Question {
	ws := strings.Fields(st.Probe)
	if st.Measure != "" || len(ws) == 0 {
		return nil
	}
	kind, rest := ws[0], ws[1:]
	word := func(i int) string {
		if i < len(rest) {
			return rest[i]
		}
		return ""
	}
	key := func(name string) string { return word(1 + indexOr(rest, name, len(rest))) }
	for _, q := range ask.Kinds() {
		if q.Kind().Name != kind {
			continue
		}
		switch q.(type) {
		case ask.Connect:
			return ask.Connect{
				To: target(word(0)), Port: port(word(1)),
				Through: target(key("through")), At: target(key("at")), By: target(key("by")),
			}
		case ask.Chains:
			return ask.Chains{To: target(word(0)), Port: port(word(1)), Through: target(key("through"))}
		case ask.Balance:
			return ask.Balance{Service: word(0), Port: port(word(1))}
		case ask.Read:
			return ask.Read{Thing: word(0)}
		case ask.Listen:
			return ask.Listen{Port: port(word(0)), At: target(key("at")), Beside: key("beside")}
		case ask.Start:
			return ask.Start{Container: word(0)}
		case ask.Build:
			return ask.Build{Image: word(0)}
		case ask.Inspect:
			if word(1) == ask.ImageShares {
				return ask.Inspect{Image: word(0), Thing: word(1), With: word(2)}
			}
			return ask.Inspect{Image: word(0), Thing: word(1), Path: word(2)}
		case ask.Await:
			return ask.Await{Status: word(0)}
		case ask.Write:
			return ask.Write{Path: word(0)}
		case ask.File:
			return ask.File{Path: word(0)}
		}
		if q.Kind().Of != nil {
			return q.Kind().Of(target(word(0)))
		}
	}
	return nil
}

// indexOr returns where a word is, or other.
func indexOr(words []string, word string, other int) int {
	if i := slices.Index(words, word); i >= 0 {
		return i
	}
	return other
}

// target reads a target as written: a literal address, or a reference.
func target(word string) ask.Target {
	if ask.IsAddress(word) {
		return ask.Target{Literal: word}
	}
	return ask.Target{Ref: reference(word)}
}

// reference reads a reference as written: alice.web.ipv4, web.mtu, bob.
func reference(word string) ask.Reference {
	head, rest, _ := strings.Cut(word, ".")
	network, field, three := strings.Cut(rest, ".")
	if three && ask.Has(ask.EndpointFields(), field) && !ask.Has(ask.AllFields(), rest) {
		return ask.Reference{Head: head, Network: network, Field: field}
	}
	return ask.Reference{Head: head, Field: rest}
}

func port(word string) ask.Port {
	network, number, _ := strings.Cut(word, "/")
	n, err := strconv.Atoi(number)
	if err != nil {
		n = 0 // free
	}
	return ask.Port{Network: network, Number: n}
}

// Expects returns a check's expectations, without their conditions. The last one is the default.
func (st *Step) Expects() []ask.Expectation {
	var all []ask.Expectation
	for _, words := range st.Expect {
		all = append(all, expectation(words))
	}
	return all
}

// expectation reads an expectation in words: "timeout", "equals 1400", "ok, sees alice.ipv4".
func expectation(words string) ask.Expectation {
	for _, test := range ask.Tests() {
		e := ask.Expectation{Reason: probe.OK, Test: test.Name}
		if rest, ok := strings.CutPrefix(words, e.String()); ok {
			e.Value = target(rest)
			return e
		}
	}
	return ask.Expectation{Reason: probe.Reason(words)}
}

// Action returns what a `do` step did. ok is false for another step.
func (st *Step) Action() (a ask.Action, ok bool) {
	ws := strings.Fields(st.Do)
	if len(ws) == 0 {
		return a, false
	}
	a.Verb = ws[0]
	for i, object := range ask.FindVerb(a.Verb).Objects {
		if i+1 >= len(ws) {
			break
		}
		switch object {
		case ask.ObjectContainer:
			a.Peer = ws[i+1]
		case ask.ObjectNetwork:
			a.Network = ws[i+1]
		case ask.ObjectImage:
			a.Image = ws[i+1]
		case ask.ObjectFile:
			a.File = ws[i+1]
		}
	}
	return a, true
}

// WantsValue reports whether what was found answers a question, rather than whether it is so: "yes" does not answer
// "Which address does bob see?". Records of versions that did not say are judged by the first word of the question.
func (st *Step) WantsValue() bool {
	if st.Wants != "" {
		return st.Wants == WantsValue
	}
	_, last, several := strings.Cut(st.Ask, ". ")
	if !several {
		last = st.Ask
	}
	last = strings.ToLower(strings.TrimPrefix(last, "And "))
	return strings.HasPrefix(last, "wh") || strings.HasPrefix(last, "how ")
}

// Compares reports whether a check compares a value with one other, and whether the two should be equal, or one within
// the other.
func (st *Step) Compares() (same, ok bool) {
	if len(st.Expect) != 1 {
		return false, false
	}
	switch st.Expects()[0].Test {
	case ask.Equals, ask.Contains, ask.Within:
		return true, true
	case ask.Differs, ask.Lacks:
		return false, true
	}
	return false, false
}

// Holds reports whether a step's value equals the one it was compared with. It is not ok if the step compares nothing
// or has no verdict.
func (st *Step) Holds() (holds, ok bool) {
	same, ok := st.Compares()
	if !ok || st.Verdict != AsExpected && st.Verdict != Surprise || st.Observed == nil || !st.Observed.Reason.Positive() {
		return false, false
	}
	return same == (st.Verdict == AsExpected), true
}

var senders = regexp.MustCompile(
	`\b(?:RST|unreachable|NXDOMAIN|SERVFAIL|REFUSED) from (\S+)|(\S+) accepted, and closed`,
)

// Sender returns the address that said "no", or "" if none did or the record does not tell.
func (o *Observed) Sender() string {
	if o.From != "" {
		return o.From
	}
	if m := senders.FindStringSubmatch(o.Detail); m != nil { // of a version that did not record it
		return cmp.Or(m[1], m[2])
	}
	return ""
}

// Did reports whether evidence says what a peer did, as opposed to what was read somewhere.
func Did(e probe.Evidence) bool {
	verb, _, _ := strings.Cut(e.Text, " ") // of a version that did not record it
	return e.Did || slices.Contains([]string{"was", "held", "listened"}, verb)
}

// Facts reads the facts of a condition, in words: "web.mtu is 1400, web.icc is false".
func Facts(words string) []fact.Label {
	var facts []fact.Label
	for one := range strings.SplitSeq(words, ", ") {
		name, value, _ := strings.Cut(one, " is ")
		facts = append(facts, fact.Label{Name: name, Value: value})
	}
	return facts
}
