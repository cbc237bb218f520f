package result

import (
	"encoding/json"
	"errors"
	"reflect"

	"netlab/netlab/ask"
)

// A Question is what a check asked: one of ask.Kinds, or nil if this netlab does not know its kind. In JSON it is under
// the name of the kind, as in a scenario.
type Question struct{ ask.Question }

// MarshalJSON writes {"ping": {"to": …}}.
func (q Question) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]ask.Question{q.Kind().Name: q.Question})
}

// UnmarshalJSON reads it.
func (q *Question) UnmarshalJSON(doc []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(doc, &fields); err != nil {
		return errors.New("a question: " + err.Error()) // not wrapped: its offset is not one in the whole document
	}
	for _, kind := range ask.Kinds() {
		text, ok := fields[kind.Kind().Name]
		if !ok {
			continue
		}
		read := reflect.New(reflect.TypeOf(kind))
		if err := json.Unmarshal(text, read.Interface()); err != nil {
			return errors.New("a question: " + err.Error())
		}
		q.Question = read.Elem().Interface().(ask.Question)
	}
	return nil
}

// WantsValue reports whether what was found answers a question, rather than whether it is so: "yes" does not answer
// "Which address does bob see?".
func (st *Step) WantsValue() bool { return st.Wants == ask.WantsValue }

// Usual is the expectation that applies unless a condition holds.
func (st *Step) Usual() ask.Expectation {
	if len(st.Expect) == 0 {
		return ask.Expectation{}
	}
	return st.Expect[len(st.Expect)-1]
}

// Difference says how the answer differs from the expected one: "expected at most 5, measured 7". It is "" if they do
// not differ.
func (st *Step) Difference() string {
	if st.Verdict != Surprise || st.Expected == nil || st.Observed == nil {
		return ""
	}
	e, o := *st.Expected, st.Observed
	if e.Allows(o.Reason) {
		return "expected " + e.Says() + ", measured " + o.Value
	}
	return "expected " + e.Reason.Phrase().Lesson + ", measured " + o.Reason.Phrase().Lesson
}

// Compares reports whether a check compares a value with one other, and whether the two should be equal, or one within
// the other.
func (st *Step) Compares() (same, ok bool) {
	if len(st.Expect) != 1 {
		return false, false
	}
	switch st.Expect[0].Test {
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
