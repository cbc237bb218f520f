// Package quiz turns the questions of a lesson into ones to guess at: which answers there are to choose from, and which
// of them was measured.
//
// The choices are the same for every question of a kind, in the same order, and are made from the question and what its
// answer is compared with, never from the answer: so they give nothing away, and a worksheet that is printed before the
// lab ran has the same ones as its key. Where there may be others, the last one is "something else", so that whatever is
// measured is among them. A question whose answers are as many as there are addresses has no choices: it can only be
// shown.
//
// The package knows records and the words in which render tells them, no terminal and no engine.
package quiz

import (
	"slices"
	"strings"

	"netlab/netlab/probe"
	"netlab/netlab/render"
	"netlab/netlab/result"
)

// Another is the last of all choices.
const Another = "something else"

// Pose enters the choices of every check of a record, and which of them was measured; what was chosen stays.
func Pose(r *result.Record) {
	for i := range r.Scenarios {
		sc := &r.Scenarios[i]
		for j := range sc.Steps {
			st := &sc.Steps[j]
			choice := ""
			if st.Predicted != nil {
				choice = st.Predicted.Choice
			}
			st.Predicted = Judge(r, sc, st, choice)
		}
	}
}

// Judge holds a choice, "" for none, against what was measured in a step. It is nil for a question without choices.
func Judge(r *result.Record, sc *result.Scenario, st *result.Step, choice string) *result.Prediction {
	choices := Choices(st)
	if len(choices) == 0 {
		return nil
	}
	answer := measured(r, sc, st)
	return &result.Prediction{
		Choices: choices, Choice: choice, Answer: answer, Right: answer != "" && answer == choice,
	}
}

// Choices lists the answers that a check can have; none where it can only be shown, or is no check.
func Choices(st *result.Step) []string {
	if st.Check == "" {
		return nil
	}
	k := kindOf(st)
	if len(k.reasons) == 0 && len(k.values) == 0 {
		return nil
	}
	all := slices.Clone(k.values)
	for _, r := range k.reasons {
		all = append(all, r.Phrase().Lesson)
	}
	if k.closed {
		return all
	}
	return append(all, Another)
}

// measured is the choice that a step's outcome is; "" where there is none.
func measured(r *result.Record, sc *result.Scenario, st *result.Step) string {
	o := st.Observed
	if o == nil || st.Verdict == result.Skipped || st.Verdict == result.Broken || o.Reason == probe.Broken {
		return ""
	}
	k := kindOf(st)
	if o.Reason.Positive() && k.value != nil {
		if v := k.value(r, sc, st); slices.Contains(k.values, v) {
			return v
		}
		return Another
	}
	if slices.Contains(k.reasons, o.Reason) {
		return o.Reason.Phrase().Lesson
	}
	return Another
}

// A kind is what questions of one sort can be answered with: values, and reasons beside them.
type kind struct {
	values  []string
	value   func(*result.Record, *result.Scenario, *result.Step) string // which of values an ok is
	reasons []probe.Reason
	closed  bool // there is no other answer
}

func kindOf(st *result.Step) kind {
	word, rest, _ := strings.Cut(st.Probe, " ")
	thing, _, _ := strings.Cut(rest, " ")
	which := render.WantsValue(st)
	switch word {
	case "ping":
		return whether(probe.NetUnreachable, probe.HostUnreachable, probe.Timeout, probe.TooBig)
	case "connect":
		if which {
			return whoIsSeen(st.From)
		}
		return whether(probe.Refused, probe.Closed, probe.Timeout, probe.NetUnreachable, probe.HostUnreachable)
	case "resolve", "reverse":
		if which {
			return answered(probe.NameNotFound, probe.DNSError, probe.DNSNoAnswer, probe.NetUnreachable)
		}
		return whether(probe.NameNotFound, probe.DNSError, probe.DNSNoAnswer, probe.Refused, probe.NetUnreachable)
	case "listen", "start":
		return whether(probe.InUse, probe.AddressNotAvailable, probe.Denied)
	case "write":
		return whether(probe.Denied, probe.NotFound)
	case "file":
		if !which {
			return whether(probe.NotFound, probe.Denied)
		}
	case "hops":
		return routers()
	case "arp":
		if !which {
			return whether(probe.Timeout)
		}
	case "read":
		for _, k := range []kind{reading(thing, which), holds(which, st.Expect), comparing(thing, st.Expect), contents(thing, which)} {
			if len(k.values) > 0 {
				return k
			}
		}
	case "build":
		return builds()
	case "await":
		return whether(probe.Timeout)
	case "inspect":
		return ofImage(rest)
	}
	return kind{}
}

// whether is "yes", or "no" with the reason.
func whether(no ...probe.Reason) kind {
	return kind{reasons: append([]probe.Reason{probe.OK}, no...)}
}

// answered is whether, where the question asks which address it is.
func answered(no ...probe.Reason) kind {
	const found = "an answer"
	return kind{
		values: []string{found}, reasons: no,
		value: func(*result.Record, *result.Scenario, *result.Step) string { return found },
	}
}
