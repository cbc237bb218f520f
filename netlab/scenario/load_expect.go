package scenario

import (
	"cmp"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
	"go.yaml.in/yaml/v4"

	"netlab/netlab/ask"
	"netlab/netlab/probe"
)

// expect reads one expectation or a list of them.
func (a *asking) expect(n *yaml.Node) {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = a.list(n, "expect")
	}
	for i, item := range items {
		x := &expecting{loader: a.loader, q: a.c.Asks, from: a.from}
		x.read(item)
		if a.known.negative == nil {
			a.known.negative = x.negative
		}
		last := i == len(items)-1
		switch {
		case last && len(x.When) > 0:
			a.errorf(item, "the last expectation is the default, so it must not have a when")
		case !last && len(x.When) == 0 && !hasKey(item, "when"):
			a.errorf(item, "every expectation but the last needs a when, or those after it never count")
		}
		a.c.Expect = append(a.c.Expect, x.Expectation)
	}
}

func hasKey(n *yaml.Node, name string) bool {
	for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return true
		}
	}
	return false
}

// An expecting is an expectation that is being read.
type expecting struct {
	*loader
	ask.Expectation
	q        ask.Question // nil if it is missing or invalid
	from     *peer        // who asks it, or nil
	negative *yaml.Node   // the reason, if it is not ok
}

// read reads a reason or a mapping.
func (x *expecting) read(n *yaml.Node) {
	x.Reason = probe.OK
	if n.Kind != yaml.MappingNode {
		x.reason(n)
		return
	}
	m, ok := x.fill(n, expectForm(x))
	if ok && x.Test == "" && m.get("reason") == nil {
		x.errorf(n, "an expectation needs a reason or one of %s", strings.Join(ask.FieldNames(ask.Tests()), ", "))
	}
}

func expectForm(x *expecting) form {
	return form{
		a: "an expectation", name: "expectation", doc: "An expected answer",
		fields: append([]field{
			{"when", "facts of the engine or of a network that make this expectation count", value(&schema{
				Type: "object", MinProperties: jsonschema.Ptr(1), AdditionalProperties: anyScalar(),
			}, x.when)},
			{"reason", "the expected reason (ok if there is only a comparison)", value(ref("reason"), x.reason)},
			{"because", "why it is expected under its when", prose(&x.Because)},
			{
				"dropped-by",
				"docker: the reason says that Docker dropped the packets, and a counter of its rules must show it",
				value(pattern(`^\s*`+ask.Docker+`\s*$`), x.droppedBy),
			},
		}, fieldsOf(ask.Tests(), func(string) kind {
			return kind{ref("values"), func(_ *document, e entry) { x.test(e) }}
		})...),
	}
}

func (x *expecting) droppedBy(n *yaml.Node) {
	x.DroppedBy = x.choice(n, "dropped-by", []string{ask.Docker})
	if x.Reason != probe.Timeout {
		x.errorf(n, "dropped-by needs the reason no answer (timeout)")
	}
}

func (x *expecting) reason(n *yaml.Node) {
	text, ok := x.text(n, "reason")
	if !ok {
		return
	}
	reason, ok := probe.FindReason(text)
	switch {
	case !ok:
		x.errorf(n, "unknown reason %s%s", quote(text), reasonHint(text))
	case reason == probe.Broken:
		x.errorf(n, "%s cannot be expected: it means that netlab could not ask the question", text)
	case reason != probe.OK:
		x.Reason, x.negative = reason, n
	}
}

// reasonHint suggests the reason that was probably meant, or lists all of them, each with its phrase.
func reasonHint(text string) string {
	var phrases []string
	for _, r := range expectable() {
		phrases = append(phrases, fmt.Sprintf("%s (%s)", r, r.Phrase().Lesson))
	}
	return cmp.Or(closest(text, reasonNames()), mustBe(phrases))
}

// expectable are the reasons that can be expected.
func expectable() []probe.Reason {
	return slices.DeleteFunc(probe.Reasons(), func(r probe.Reason) bool { return r == probe.Broken })
}

// reasonNames are what a file can call a reason: the ids, then the phrases.
func reasonNames() []string {
	var names []string
	for _, r := range expectable() {
		names = append(names, string(r))
	}
	for _, r := range expectable() {
		for _, phrase := range []string{r.Phrase().Table, r.Phrase().Lesson} {
			if !slices.Contains(names, phrase) {
				names = append(names, phrase)
			}
		}
	}
	return names
}

// test reads a comparison. An expectation has only one.
func (x *expecting) test(e entry) {
	name, n := e.key.Value, e.value
	_, sees := x.q.(ask.Connect)
	switch {
	case x.Test != "":
		x.errorf(e.key, "an expectation has only one comparison, and this one already has %q", x.Test)
		return
	case x.Reason != probe.OK:
		x.errorf(e.key, "%s compares an answer, but %q has none", name, x.Reason)
	case name == ask.Sees && !sees && x.q != nil:
		x.errorf(e.key, "sees works only with connect: the listener reports the address it sees")
	}
	x.Test = name
	wrong := len(x.errs)
	x.Value = x.value(n)
	switch name {
	case ask.Within:
		x.subnet(n)
	case ask.AtLeast, ask.AtMost:
		x.amount(n)
	}
	if len(x.errs) == wrong && x.Reason == probe.OK {
		x.comparison(n)
	}
}

// value reads a reference, a number, true or false, an address, a subnet, or {text: …}.
func (x *expecting) value(n *yaml.Node) (v ask.Value) {
	if n.Kind == yaml.MappingNode {
		x.fill(n, textForm(&v))
		return v
	}
	s, ok := x.scalar(n, "a value")
	if !ok {
		return v
	}
	if n.Tag != "!!str" || ask.IsAddress(s) {
		return ask.Value{Literal: s}
	}
	r, ok := x.named(whole(n), fmt.Sprintf("; for literal text write {text: %s}", quote(s)))
	if !ok || !x.addressed(whole(n), r) {
		return v
	}
	return ask.Value{Ref: r}
}

func textForm(v *ask.Value) form {
	return form{
		a: "a value", name: "text", doc: "Literal text", required: []string{"text"},
		fields: []field{{"text", "literal text", kind{anyScalar(), func(d *document, e entry) {
			v.Literal, _ = d.scalar(e.value, "text")
		}}}},
	}
}

// amount checks that what is compared as a number can be one.
func (x *expecting) amount(n *yaml.Node) {
	if v := x.Value; v.Ref.IsZero() && v.Literal != "" && !numberPattern.MatchString(v.Literal) {
		x.errorf(n, "%s needs a number or a reference to one, such as alice.memory.limit", x.Test)
	}
}

func (x *expecting) subnet(n *yaml.Node) {
	v := x.Value
	_, err := netip.ParsePrefix(v.Literal)
	subnets := []string{ask.FieldSubnet, ask.FieldIPv6Subnet, ask.FactRange}
	if v.Literal != "" && err != nil || v.Ref.Head != "" && !slices.Contains(subnets, v.Ref.Field) {
		x.errorf(n, "within needs a subnet, such as bridge.subnet or 10.0.0.0/8")
	}
}

// when reads the conditions of an expectation.
func (x *expecting) when(n *yaml.Node) {
	m, ok := x.mapping(n, "when", nil)
	if !ok {
		return
	}
	if len(m.entries) == 0 {
		x.errorf(n, "when must not be empty")
	}
	for _, e := range m.entries {
		if c, ok := x.condition(e.key, e.value); ok {
			x.When = append(x.When, c)
		}
	}
}

var (
	operatorPattern = regexp.MustCompile(`^(!=|<=|>=|=|<|>)?\s*(.*)$`)
	numberPattern   = regexp.MustCompile(`^[0-9]{1,9}$`)
)

func (x *expecting) condition(key, value *yaml.Node) (ask.Condition, bool) {
	r, ok := x.named(whole(key), "")
	if !ok {
		return ask.Condition{}, false
	}
	isNetwork := (x.s.hasNetwork(r.Head) || r.Head == ask.GatewayBridge) && x.peers[r.Head] == nil
	facts := ask.NetworkFacts()
	if r.Head != ask.EngineHead && (!isNetwork || !ask.Has(facts, r.Field)) {
		x.errorf(key, "a condition needs a fact of the engine, or %s of a network",
			strings.Join(ask.FieldNames(facts), ", "))
		return ask.Condition{}, false
	}
	s, ok := x.scalar(value, "a condition's value")
	if !ok {
		return ask.Condition{}, false
	}
	parts := operatorPattern.FindStringSubmatch(strings.Join(strings.Fields(s), " "))
	c := ask.Condition{Fact: r, Op: parts[1], Value: parts[2]}
	if c.Op == "" {
		c.Op = "="
	}
	switch values := ask.Fact(r.Field).Values; {
	case !values.Can(c.Value):
		x.errorf(value, "%s is %s", r, values.Says)
	case !values.Ordered && c.Op != "=" && c.Op != "!=":
		x.errorf(value, "%s can only be compared with = and !=", r)
	default:
		return c, true
	}
	return c, false
}
