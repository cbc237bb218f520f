package run

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/lab"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/safely"
	"netlab/netlab/scenario"
)

// A laboratory is what a judge needs from a lab.
type laboratory interface {
	Ask(ctx context.Context, from string, p ask.Question) probe.Outcome
	Value(ctx context.Context, r ask.Reference, asker string) (string, error)
	Try(ctx context.Context, from string, p ask.Question) string
	Dropped(ctx context.Context, s lab.Silence) *fact.Drop
	RoundTrips(ctx context.Context, from string, t ask.Target, count int) probe.Outcome
	StartTime(name string) (time.Duration, bool)
	Do(ctx context.Context, a ask.Action) error
	Now(name string) (fact.Peer, bool)
	Release(ctx context.Context, needed func(name string) bool)
}

// A judge asks a lab's questions and compares the answers with what the scenario expects.
type judge struct {
	lab   laboratory
	alive func(context.Context) error // of the lab's engine
	steps []scenario.Step
	out   []result.Step
	facts []fact.Label

	scenario *scenario.Scenario // used to look up networks for a surprise; nil in tests that need none

	brief bool // see Options.Brief

	answered func() // called for each answer as it arrives, or nil

	witness *witness // nil if nothing is captured
}

// count reports one more answer.
func (j *judge) count() {
	if j.answered != nil {
		j.answered()
	}
}

// An answer is an outcome, with its packets if they were captured.
type answer struct {
	probe.Outcome
	packets  []result.Packet
	unlisted int
}

func newJudge(l *lab.Lab, out *result.Scenario) *judge {
	sc := l.Scenario()
	for i := range sc.Steps {
		out.Steps = append(out.Steps, begin(&sc.Steps[i]))
	}
	for i := range sc.Skipped {
		skipped := begin(&sc.Skipped[i].Step)
		skipped.Verdict, skipped.Why = result.Skipped, sc.Skipped[i].Why
		out.Steps = append(out.Steps, skipped)
	}
	return &judge{lab: l, alive: l.Alive, steps: sc.Steps, out: out.Steps, facts: l.Facts(), scenario: sc}
}

// do carries out an action. If the action is not possible because an earlier step failed, the run continues.
func (j *judge) do(ctx context.Context, a ask.Action, st *result.Step) error {
	if j.witness != nil {
		if err := j.witness.rest(ctx); err != nil {
			return err
		}
	}
	err := j.lab.Do(ctx, a)
	var absent lab.Absent
	if errors.As(err, &absent) {
		st.Verdict, st.Why, err = result.Broken, absent.Error(), nil
	} else if err == nil {
		st.Changed = changed(j.lab, a)
	}
	if j.witness != nil {
		err = errors.Join(err, j.witness.look(ctx))
	}
	return err
}

// question asks one question. If netlab panics there, the answer is broken, and the other questions are still asked.
func (j *judge) question(ctx context.Context, c scenario.Check) (o probe.Outcome) {
	err := safely.Do(func() error {
		o = j.lab.Ask(ctx, c.From, c.Asks)
		return nil
	})
	if err != nil {
		return probe.Outcome{Reason: probe.Broken, Detail: err.Error()}
	}
	return o
}

// askOne asks one question, and captures its packets if they are wanted.
func (j *judge) askOne(ctx context.Context, c scenario.Check) (answer, error) {
	question := func() probe.Outcome { return j.question(ctx, c) }
	if j.witness == nil {
		return answer{Outcome: question()}, nil
	}
	a, err := j.witness.watch(ctx, c.ID, c.From, question)
	if _, starts := c.Asks.(ask.Start); err == nil && starts {
		err = j.witness.look(ctx)
	}
	return a, err
}

// lacks returns what the check needs and this kernel or engine does not have, or "". Such a check is skipped.
func (j *judge) lacks(c scenario.Check) string {
	ipvs, _ := j.fact(ask.EngineFact(ask.FactIPVS))
	proxy, _ := j.fact(ask.EngineFact(ask.FactUserlandProxy))
	through, _ := ask.Through(c.Asks)
	switch {
	case c.Needs == scenario.NeedsIPVS && ipvs != "true":
		return "this kernel has no IPVS"
	case c.Needs == scenario.NeedsProxy && proxy == "false":
		return "this engine has no userland proxy"
	case !through.IsZero():
		for _, name := range j.networksOf(ask.TargetOf(c.Asks).Ref.Head) {
			if mode, _ := j.fact(name + "." + ask.FactGatewayMode); mode == fact.GatewayRouted || mode == fact.GatewayIsolated {
				return "network " + name + " is in gateway mode " + mode + ", so -p opens no host port"
			}
		}
	}
	return ""
}

// check judges one outcome, apart from its controls, and returns the expected reason.
func (j *judge) check(ctx context.Context, c scenario.Check, o probe.Outcome, st *result.Step) (want probe.Reason) {
	st.Observed = observed(o)
	st.Try = j.lab.Try(ctx, c.From, c.Asks)
	e := j.expectation(c, st)
	want = e.Reason
	_, awaits := c.Asks.(ask.Await)
	switch {
	case o.Reason == probe.Broken:
		st.Verdict, st.Why = result.Broken, "netlab could not ask the question: "+o.Detail
	case o.Reason == probe.Denied && unreadable(c.Asks, want) != "":
		st.Verdict, st.Why = result.Skipped, unreadable(c.Asks, want)+o.Detail
	case o.Reason == probe.Denied && awaits:
		st.Verdict, st.Why = result.Skipped, o.Detail
	case !e.Allows(o.Reason):
		st.Verdict, st.Why = result.Surprise, ""
	default:
		st.Verdict, st.Why = j.test(ctx, c, e, o)
	}
	st.Known = nil
	if st.Verdict == result.Surprise {
		st.Known = j.bearing(c)
	}
	return want
}

// unreadable introduces the reason why something cannot be read here. It is "" where being denied is an answer that can
// be right or wrong.
func unreadable(q ask.Question, want probe.Reason) string {
	switch q.(type) {
	case ask.Chains:
		if want != probe.Denied {
			return "the counters of the host's firewall do not show it: "
		}
	case ask.Read:
		return "netlab cannot read it here: "
	}
	return ""
}

// test compares the value of an outcome that has the right reason with the expected value.
func (j *judge) test(
	ctx context.Context, c scenario.Check, e *ask.Expectation, o probe.Outcome,
) (verdict, why string) {
	if e.Test == "" {
		return result.AsExpected, ""
	}
	if !e.Value.Ref.IsZero() {
		value, err := j.lab.Value(ctx, e.Value.Ref, c.From)
		if err != nil {
			return result.Broken, "netlab could not read the expected value: " + err.Error()
		}
		e.Value = ask.Value{Literal: value}
	}
	if !holds(e.Test, o.Value, e.Value.Literal) {
		return result.Surprise, ""
	}
	return result.AsExpected, ""
}

// chosen returns the expectation that applies: the first whose conditions hold.
func (j *judge) chosen(c scenario.Check) ask.Expectation {
	for _, e := range c.Expect {
		if j.all(e.When) {
			return e
		}
	}
	return ask.Expectation{Reason: probe.OK} // the loader makes sure that the last one has no condition
}

// expectation records the expectation that applies, and the facts that made it apply instead of the default.
func (j *judge) expectation(c scenario.Check, st *result.Step) *ask.Expectation {
	e := j.chosen(c)
	st.Expected, st.Condition = &e, j.measured(e.When)
	st.Because = cmp.Or(e.Because, st.Because)
	e.Because, e.Reason = "", cmp.Or(e.Reason, probe.OK)
	return &e
}

func (j *judge) all(when []ask.Condition) bool {
	for _, c := range when {
		v, known := j.fact(c.Fact.String())
		if !known || !compare(v, c.Op, c.Value) {
			return false
		}
	}
	return true
}

// measured lists the facts that made the conditions hold, with their values on this engine.
func (j *judge) measured(when []ask.Condition) []fact.Label {
	var facts []fact.Label
	for _, c := range when {
		v, _ := j.fact(c.Fact.String())
		facts = append(facts, fact.Label{Name: c.Fact.String(), Value: v})
	}
	return facts
}

func (j *judge) fact(name string) (string, bool) {
	for _, f := range j.facts {
		if f.Name == name {
			return f.Value, true
		}
	}
	return "", false
}

// deniesByValue reports whether the check expects a value that means "no", as opposed to a reason. Such a check also
// needs a control.
func (j *judge) deniesByValue(c scenario.Check) bool {
	e := j.chosen(c)
	return e.Test != "" && e.Test != ask.Sees
}

// control withdraws the verdict of an expected "no" whose control failed: a dead container refuses too. If the
// control failed because of a fact that also explains the "no", the "no" does not need that control.
func (j *judge) control(c scenario.Check, st *result.Step) {
	if st.Verdict != result.AsExpected || st.Observed.Reason.Positive() && !j.deniesByValue(c) {
		return
	}
	for _, id := range c.Control {
		i := slices.IndexFunc(j.out, func(s result.Step) bool { return s.Check == id })
		var held, explained bool
		if i >= 0 {
			o := j.out[i].Observed
			held = j.out[i].Verdict == result.AsExpected && o.Reason.Positive()
			explained = j.out[i].Verdict == result.AsExpected && sameCause(j.out[i].Condition, st.Condition)
		}
		if held || explained {
			continue
		}
		st.Verdict, st.Unproven = result.Broken, id
		return
	}
}

// sameCause reports whether the facts that decided the condition of a control also decided that of its check, or the
// first of them did.
func sameCause(control, check []fact.Label) bool {
	if len(control) == 0 || len(check) == 0 {
		return false
	}
	of := func(f fact.Label) bool { return slices.Contains(check, f) }
	return control[0] == check[0] && control[0].Name != ask.EngineFact(ask.FactVersion) ||
		!slices.ContainsFunc(control, func(f fact.Label) bool { return !of(f) })
}

// holds compares a measured value with the expected one.
func holds(test, measured, expected string) bool {
	switch test {
	case ask.Equals, ask.Sees:
		return measured == expected
	case ask.Differs:
		return measured != expected
	case ask.Contains:
		return slices.Contains(strings.Fields(measured), expected)
	case ask.Lacks:
		return !slices.Contains(strings.Fields(measured), expected)
	case ask.AtLeast, ask.AtMost:
		a, measuredErr := strconv.ParseUint(measured, 10, 64)
		b, expectedErr := strconv.ParseUint(expected, 10, 64)
		return measuredErr == nil && expectedErr == nil && (a == b || (a > b) == (test == ask.AtLeast))
	case ask.Within:
		subnet, subnetErr := netip.ParsePrefix(expected)
		address, addressErr := netip.ParseAddr(measured)
		return subnetErr == nil && addressErr == nil && subnet.Contains(address)
	}
	return false
}

// compare compares a fact with a condition's value: numbers and versions number by number, everything else as text.
func compare(measured, op, value string) bool {
	order := strings.Compare(measured, value)
	if a, b := numbers(measured), numbers(value); a != nil && b != nil {
		order = slices.Compare(a, b[:min(len(a), len(b))])
		if len(a) > len(b) { // 20.10.24 is a 20.10, not greater
			order = slices.Compare(a[:len(b)], b)
		}
	}
	switch op {
	case "=":
		return order == 0
	case "!=":
		return order != 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	}
	return false
}

// numbers reads "20.10.24+dfsg1" as 20 10 24. It returns nil if the text does not begin with a number.
func numbers(s string) []int {
	var parts []int
	for part := range strings.SplitSeq(s, ".") {
		digits := part[:len(part)-len(strings.TrimLeft(part, "0123456789"))]
		n, err := strconv.Atoi(digits)
		if err != nil {
			break
		}
		parts = append(parts, n)
		if digits != part {
			break
		}
	}
	return parts
}
