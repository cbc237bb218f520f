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

// schemaV1 names the format before this one. It had questions, expectations, conditions and actions in the words of a
// scenario. This file reads it, and nothing else knows of it.
const schemaV1 = "netlab.result/v1"

// A recordV1 is a record in that format. Its fields hide those of a Record that have the same name in JSON.
type recordV1 struct {
	Record
	Scenarios []struct {
		Scenario
		Steps []stepV1 `json:"steps"`
	} `json:"scenarios"`
}

type stepV1 struct {
	Step
	Do        string   `json:"do"`
	To        string   `json:"to"`
	Probe     string   `json:"probe"`
	Expect    []string `json:"expect"`
	Condition string   `json:"condition"`
	Known     string   `json:"known"`
}

// convert returns the record in today's format. What the words do not say, it does not have: the conditions of
// expectations, and the value that was expected. The Why of a surprise says that instead.
func (v *recordV1) convert() Record {
	r := v.Record
	r.Schema, r.Scenarios = Schema, []Scenario{}
	for _, sc := range v.Scenarios {
		sc.Scenario.Steps = []Step{}
		for _, st := range sc.Steps {
			sc.Scenario.Steps = append(sc.Scenario.Steps, st.convert())
		}
		r.Scenarios = append(r.Scenarios, sc.Scenario)
	}
	return r
}

func (v stepV1) convert() Step {
	st := v.Step
	st.Do, st.Condition, st.Known, st.Wants = action(v.Do), facts(v.Condition), facts(v.Known), wants(v)
	switch {
	case st.Check != "":
		st.Asks.Question = question(v.Probe)
	case st.Measure != "":
		st.What, st.Target = v.Probe, target(v.To)
	}
	for _, words := range v.Expect {
		st.Expect = append(st.Expect, expectation(words))
	}
	if st.Observed != nil {
		st.Observed.complete()
	}
	return st
}

// question reads a question: "ping bob". It is nil if this netlab does not know its kind.
func question(words string) ask.Question {
	kind, text, _ := strings.Cut(words, " ")
	rest := strings.Fields(text)
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

// expectation reads an expectation in words: "timeout", "equals 1400", "ok, sees alice.ipv4".
func expectation(words string) ask.Expectation {
	for _, test := range ask.Tests() {
		e := ask.Expectation{Reason: probe.OK, Test: test.Name}
		if rest, ok := strings.CutPrefix(words, e.String()); ok {
			e.Value = target(rest)
			if test.Name != ask.Sees && !strings.Contains(rest, ".") { // yes, 1500, lo eth0
				e.Value = ask.Value{Literal: rest}
			}
			return e
		}
	}
	return ask.Expectation{Reason: probe.Reason(words)}
}

// action reads an action: "connect alice back". An action of a later version keeps its words.
func action(words string) *ask.Action {
	ws := strings.Fields(words)
	if len(ws) == 0 {
		return nil
	}
	a := &ask.Action{Verb: ws[0]}
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
	if a.String() != words {
		return &ask.Action{Verb: words}
	}
	return a
}

// facts reads the facts of a condition: "web.mtu is 1400, web.icc is false".
func facts(words string) []fact.Label {
	if words == "" {
		return nil
	}
	var facts []fact.Label
	for one := range strings.SplitSeq(words, ", ") {
		name, value, _ := strings.Cut(one, " is ")
		facts = append(facts, fact.Label{Name: name, Value: value})
	}
	return facts
}

// wants returns the kind of answer that a check wants. Records of versions that did not say are judged by the first
// word of the question.
func wants(st stepV1) string {
	_, last, several := strings.Cut(st.Ask, ". ")
	if !several {
		last = st.Ask
	}
	last = strings.ToLower(strings.TrimPrefix(last, "And "))
	switch {
	case st.Check == "" || st.Wants != "":
		return st.Wants
	case strings.HasPrefix(last, "wh"), strings.HasPrefix(last, "how "):
		return ask.WantsValue
	}
	return ask.WantsYesNo
}

var senders = regexp.MustCompile(
	`\b(?:RST|unreachable|NXDOMAIN|SERVFAIL|REFUSED) from (\S+)|(\S+) accepted, and closed`,
)

// complete adds to an outcome what early versions had only in words: who said "no", and what peers did.
func (o *Observed) complete() {
	if m := senders.FindStringSubmatch(o.Detail); m != nil && o.From == "" {
		o.From = strings.TrimRight(cmp.Or(m[1], m[2]), ",;.")
	}
	for i, e := range o.Evidence {
		verb, _, _ := strings.Cut(e.Text, " ")
		o.Evidence[i].Did = e.Did || slices.Contains([]string{"was", "held", "listened"}, verb)
	}
}
