// Package quiz turns the questions of a lesson into quiz questions: which answers there are to choose from, and which
// of them was measured.
//
// The choices are the same for every question of a kind, in the same order. They depend on the question and on what
// its answer is compared with, never on the answer. So they give nothing away, and a worksheet that is printed before
// the lab ran has the same choices as its key. If other answers are possible, the last choice is "something else", so
// that whatever is measured is among the choices. A question with as many possible answers as there are addresses has
// no choices and can only be shown.
//
// The package knows records, but no terminal and no engine.
package quiz

import (
	"slices"

	"netlab/netlab/ask"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// somethingElse is the last choice of all.
const somethingElse = "something else"

// Pose records the choices of every check in a record, and which of them was measured. What was already chosen stays.
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

// Judge compares a choice, or "" for none, with what was measured in a step. It returns nil for a question without
// choices.
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

// Choices lists the answers that a check can have. It returns none if the answer can only be shown, or if the step is
// not a check.
func Choices(st *result.Step) []result.Choice {
	if st.Check == "" {
		return nil
	}
	k := kindOf(st)
	if len(k.reasons) == 0 && len(k.values) == 0 {
		return nil
	}
	var choices []result.Choice
	for _, v := range k.values {
		choices = append(choices, result.Choice{Text: v})
	}
	for _, r := range k.reasons {
		choices = append(choices, result.Choice{Reason: r, Text: r.Phrase().Lesson})
	}
	if !k.closed {
		choices = append(choices, result.Choice{Text: somethingElse})
	}
	return choices
}

// measured is the choice that matches a step's outcome, or "".
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
		return somethingElse
	}
	if slices.Contains(k.reasons, o.Reason) {
		return o.Reason.Phrase().Lesson
	}
	return somethingElse
}

// A kind is a set of possible answers: values, and reasons in addition to them.
type kind struct {
	values  []string
	value   func(*result.Record, *result.Scenario, *result.Step) string // which of values an ok outcome is
	reasons []probe.Reason
	closed  bool // whether no other answer is possible
}

func kindOf(st *result.Step) kind {
	which := st.WantsValue()
	switch q := st.Asks.Question.(type) {
	case ask.Ping:
		return whether(probe.NetUnreachable, probe.HostUnreachable, probe.Timeout, probe.TooBig)
	case ask.Connect:
		if which {
			return whoIsSeen(st.From)
		}
		return whether(probe.Refused, probe.Closed, probe.Timeout, probe.NetUnreachable, probe.HostUnreachable)
	case ask.Resolve, ask.Reverse:
		if which {
			return answered(probe.NameNotFound, probe.DNSError, probe.DNSNoAnswer, probe.NetUnreachable)
		}
		return whether(probe.NameNotFound, probe.DNSError, probe.DNSNoAnswer, probe.Refused, probe.NetUnreachable)
	case ask.Listen, ask.Start:
		return whether(probe.InUse, probe.AddressNotAvailable, probe.Denied)
	case ask.Write:
		return whether(probe.Denied, probe.NotFound)
	case ask.File:
		if !which {
			return whether(probe.NotFound, probe.Denied)
		}
	case ask.Hops:
		return routers()
	case ask.ARP:
		if !which {
			return whether(probe.Timeout)
		}
	case ask.Read:
		for _, k := range []kind{
			reading(q.Thing, which), holds(st, which), comparing(q.Thing, st), contents(q.Thing, which),
		} {
			if len(k.values) > 0 {
				return k
			}
		}
	case ask.Build:
		return builds()
	case ask.Await:
		return whether(probe.Timeout)
	case ask.Inspect:
		if q.Thing == ask.ImageHolds { // a size has no choices
			return exactly("yes", "no")
		}
	}
	return kind{}
}

// whether is the kind with "yes", and "no" with each reason.
func whether(no ...probe.Reason) kind {
	return kind{reasons: append([]probe.Reason{probe.OK}, no...)}
}

// answered is like whether, for a question that asks which address it is.
func answered(no ...probe.Reason) kind {
	const found = "an answer"
	return kind{
		values: []string{found}, reasons: no,
		value: func(*result.Record, *result.Scenario, *result.Step) string { return found },
	}
}
