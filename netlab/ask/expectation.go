package ask

import (
	"fmt"
	"slices"

	"netlab/netlab/probe"
)

// An Expectation is one answer that may be right.
type Expectation struct {
	When      []Condition    `json:"when,omitempty"` // all must hold; none for the default
	Reason    probe.Reason   `json:"reason"`
	Or        []probe.Reason `json:"or,omitempty"`         // as right, if a host's firewall decides which it is
	Test      string         `json:"test,omitempty"`       // how the outcome's value is compared with Value: one of Tests
	Value     Value          `json:"value,omitzero"`       // for Test
	Because   string         `json:"because,omitempty"`    // why this one is expected
	DroppedBy string         `json:"dropped_by,omitempty"` // Docker if a counter of one of its rules must have grown
}

// Docker is the only value of Expectation.DroppedBy.
const Docker = "docker"

// How an outcome's value is compared.
const (
	Equals   = "equals"   // exactly this
	Differs  = "differs"  // anything but this
	Contains = "contains" // the value's words include this
	Lacks    = "lacks"    // the value's words do not include it
	AtLeast  = "at-least" // a number, this or more
	AtMost   = "at-most"  // a number, this or less
	Within   = "within"   // an address within a subnet
	Sees     = "sees"     // the listener saw this source address
)

// Tests lists the comparisons.
func Tests() []Field {
	return []Field{
		{Name: Equals, Doc: "the answer is this"},
		{Name: Differs, Doc: "the answer is not this"},
		{Name: Contains, Doc: "the answer contains this word"},
		{Name: Lacks, Doc: "the answer does not contain this word"},
		{Name: AtLeast, Doc: "the answer is this number or more"},
		{Name: AtMost, Doc: "the answer is this number or less"},
		{Name: Within, Doc: "the answer is an address within this subnet"},
		{Name: Sees, Doc: "the listener saw this source address"},
	}
}

// String returns the expectation in words, without its condition: "timeout", "equals 1400", "ok, sees alice.ipv4".
func (e Expectation) String() string {
	switch e.Test {
	case "":
		return string(e.Reason)
	case Sees:
		return fmt.Sprintf("%s, sees %s", e.Reason, e.Value)
	case AtLeast:
		return fmt.Sprintf("at least %s", e.Value)
	case AtMost:
		return fmt.Sprintf("at most %s", e.Value)
	case Differs:
		return fmt.Sprintf("differs from %s", e.Value)
	}
	return fmt.Sprintf("%s %s", e.Test, e.Value)
}

// Allows reports whether a reason is right.
func (e Expectation) Allows(reason probe.Reason) bool {
	return reason == e.Reason || slices.Contains(e.Or, reason)
}

// Says returns the expectation in words that can follow "expected": "no answer", "at least 1400", "not 10.0.0.1".
func (e Expectation) Says() string {
	switch e.Test {
	case "":
		return e.Reason.Phrase().Lesson
	case Differs:
		return "not " + e.Value.String()
	case Contains:
		return e.Value.String() + " among them"
	case Lacks:
		return "all but " + e.Value.String()
	case AtLeast:
		return "at least " + e.Value.String()
	case AtMost:
		return "at most " + e.Value.String()
	case Within:
		return "one of " + e.Value.String()
	}
	return e.Value.String()
}

// A Condition holds when comparing the named fact with the value by Op succeeds.
type Condition struct {
	Fact  Reference `json:"fact"`
	Op    string    `json:"op"` // = != < <= > >=
	Value string    `json:"value"`
}

// String returns the condition in words: "bridge.mtu != 1500".
func (c Condition) String() string { return fmt.Sprintf("%s %s %s", c.Fact, c.Op, c.Value) }
