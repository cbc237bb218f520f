package scenario

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/probe"

	"go.yaml.in/yaml/v4"
)

// expect reads one expectation or a list of them, and returns the first reason that is not ok.
func (l *loader) expect(n *yaml.Node, q ask.Question, from *peer) (es []ask.Expectation, negative *yaml.Node) {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = l.list(n, "expect")
	}
	for i, item := range items {
		e, reason := l.expectation(item, q, from)
		if negative == nil {
			negative = reason
		}
		last := i == len(items)-1
		switch {
		case last && len(e.When) > 0:
			l.errorf(item, "the last expectation is the default, so it must not have a when")
		case !last && len(e.When) == 0 && !hasKey(item, "when"):
			l.errorf(item, "every expectation but the last needs a when, or those after it never count")
		}
		es = append(es, e)
	}
	return es, negative
}

func hasKey(n *yaml.Node, name string) bool {
	for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return true
		}
	}
	return false
}

// expectation reads a reason or a mapping. negative is the reason's node if it is not ok.
func (l *loader) expectation(n *yaml.Node, q ask.Question, from *peer) (e ask.Expectation, negative *yaml.Node) {
	e.Reason = probe.OK
	if n.Kind != yaml.MappingNode {
		return l.reason(n, e)
	}
	m, ok := l.mapping(n, "an expectation", expectKeys())
	if !ok {
		return e, nil
	}
	if when := m.get("when"); when != nil {
		e.When = l.when(when)
	}
	e.Because = l.prose(m, "because")
	if reason := m.get("reason"); reason != nil {
		e, negative = l.reason(reason, e)
	}
	if by := m.get("dropped-by"); by != nil {
		e.DroppedBy = l.choice(by, "dropped-by", []string{ask.Docker})
		if e.Reason != probe.Timeout {
			l.errorf(by, "dropped-by needs the reason no answer (timeout)")
		}
	}
	l.test(&e, m, q, from)
	if e.Test == "" && m.get("reason") == nil {
		l.errorf(n, "an expectation needs a reason or one of %s", strings.Join(fieldNames(testKeys()), ", "))
	}
	return e, negative
}

func (l *loader) reason(n *yaml.Node, e ask.Expectation) (ask.Expectation, *yaml.Node) {
	text, ok := l.text(n, "reason")
	if !ok {
		return e, nil
	}
	reason, ok := probe.FindReason(text)
	switch {
	case !ok:
		l.errorf(n, "unknown reason %s%s", quote(text), reasonHint(text))
		return e, nil
	case reason == probe.Broken:
		l.errorf(n, "%s cannot be expected: it means that netlab could not ask the question", text)
		return e, nil
	}
	e.Reason = reason
	if e.Reason == probe.OK {
		return e, nil
	}
	return e, n
}

// reasonHint suggests the reason that was probably meant, or lists all of them, each with its phrase.
func reasonHint(text string) string {
	if hint := closest(text, reasonNames()); hint != "" {
		return hint
	}
	var phrases []string
	for _, r := range expectable() {
		phrases = append(phrases, fmt.Sprintf("%s (%s)", r, r.Phrase().Lesson))
	}
	return ", must be one of " + strings.Join(phrases, ", ")
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

// test reads the one comparison of an expectation.
func (l *loader) test(e *ask.Expectation, m mapping, q ask.Question, from *peer) {
	_, sees := q.(ask.Connect)
	for _, f := range testKeys() {
		n := m.get(f.Name)
		switch {
		case n == nil:
			continue
		case e.Test != "":
			l.errorf(m.key(f.Name), "an expectation has only one comparison, and this one already has %q", e.Test)
			continue
		case e.Reason != probe.OK:
			l.errorf(m.key(f.Name), "%s compares an answer, but %q has none", f.Name, e.Reason)
		case f.Name == ask.Sees && !sees && q != nil:
			l.errorf(m.key(f.Name), "sees works only with connect: the listener reports the address it sees")
		}
		e.Test = f.Name
		wrong := len(l.errs)
		e.Value = l.value(n)
		switch f.Name {
		case ask.Within:
			l.subnet(n, e.Value)
		case ask.AtLeast, ask.AtMost:
			l.amount(n, f.Name, e.Value)
		}
		if len(l.errs) == wrong && e.Reason == probe.OK {
			l.comparison(n, *e, q, from)
		}
	}
}

// value reads a reference, a number, true or false, an address, a subnet, or {text: …}.
func (l *loader) value(n *yaml.Node) ask.Value {
	if n.Kind == yaml.MappingNode {
		m, ok := l.mapping(n, "a value", textKeys())
		if !ok {
			return ask.Value{}
		}
		l.require(m, "a value", "text")
		s := ""
		if text := m.get("text"); text != nil {
			s, _ = l.scalar(text, "text")
		}
		return ask.Value{Literal: s}
	}
	s, ok := l.scalar(n, "a value")
	if !ok {
		return ask.Value{}
	}
	if n.Tag != "!!str" || ask.IsAddress(s) {
		return ask.Value{Literal: s}
	}
	r, ok := l.named(whole(n), fmt.Sprintf("; for literal text write {text: %s}", quote(s)))
	if !ok || !l.addressed(whole(n), r) {
		return ask.Value{}
	}
	return ask.Value{Ref: r}
}

// amount checks that what is compared as a number can be one.
func (l *loader) amount(n *yaml.Node, test string, v ask.Value) {
	if v.Ref.IsZero() && v.Literal != "" && !numberPattern.MatchString(v.Literal) {
		l.errorf(n, "%s needs a number or a reference to one, such as alice.memory.limit", test)
	}
}

func (l *loader) subnet(n *yaml.Node, v ask.Value) {
	_, err := netip.ParsePrefix(v.Literal)
	subnets := []string{"subnet", "ipv6.subnet", "range"}
	if v.Literal != "" && err != nil || v.Ref.Head != "" && !slices.Contains(subnets, v.Ref.Field) {
		l.errorf(n, "within needs a subnet, such as bridge.subnet or 10.0.0.0/8")
	}
}

// when reads the conditions of an expectation.
func (l *loader) when(n *yaml.Node) []ask.Condition {
	m, ok := l.mapping(n, "when", nil)
	if !ok {
		return nil
	}
	if len(m.entries) == 0 {
		l.errorf(n, "when must not be empty")
	}
	var conditions []ask.Condition
	for _, e := range m.entries {
		if c, ok := l.condition(e.key, e.value); ok {
			conditions = append(conditions, c)
		}
	}
	return conditions
}

// conditionFields are the facts about a network that explain different behavior.
func conditionFields() []string {
	return []string{"mtu", "icc", "masquerade", "internal", "range", "default-gateway", "gateway-mode", "host-binding"}
}

// Facts lists what conditions can name: all facts of the engine, and those of a network for the default bridge.
func Facts() []string {
	var names []string
	for _, f := range ask.EngineFields() {
		names = append(names, "engine."+f.Name)
	}
	for _, field := range conditionFields() {
		names = append(names, "bridge."+field)
	}
	return names
}

var (
	operatorPattern  = regexp.MustCompile(`^(!=|<=|>=|=|<|>)?\s*(.*)$`)
	versionPattern   = regexp.MustCompile(`^[0-9]{1,6}(\.[0-9]{1,6}){0,3}$`)
	addressesPattern = regexp.MustCompile(`^[0-9a-f.:]+(/[0-9]+)?( [0-9a-f.:]+)*$`)
	numberPattern    = regexp.MustCompile(`^[0-9]{1,9}$`)
)

func (l *loader) condition(key, value *yaml.Node) (ask.Condition, bool) {
	r, ok := l.named(whole(key), "")
	if !ok {
		return ask.Condition{}, false
	}
	isNetwork := (l.hasNetwork(r.Head) || r.Head == ask.GatewayBridge) && l.peers[r.Head] == nil
	if r.Head != ask.EngineHead && (!isNetwork || !slices.Contains(conditionFields(), r.Field)) {
		l.errorf(key, "a condition needs a fact of the engine, or %s of a network", strings.Join(conditionFields(), ", "))
		return ask.Condition{}, false
	}
	s, ok := l.scalar(value, "a condition's value")
	if !ok {
		return ask.Condition{}, false
	}
	parts := operatorPattern.FindStringSubmatch(strings.Join(strings.Fields(s), " "))
	c := ask.Condition{Fact: r, Op: parts[1], Value: parts[2]}
	if c.Op == "" {
		c.Op = "="
	}
	ordered, problem := factType(r, c.Value)
	if problem == "" && !ordered && c.Op != "=" && c.Op != "!=" {
		problem = "can only be compared with = and !="
	}
	if problem != "" {
		l.errorf(value, "%s %s", r, problem)
		return c, false
	}
	return c, true
}

// gatewayModes are the values of com.docker.network.bridge.gateway_mode_ipv4.
func gatewayModes() []string { return []string{"nat", "nat-unprotected", "routed", "isolated"} }

// factType returns whether a fact has an order, and what is wrong with a value that it is compared with.
func factType(r ask.Reference, value string) (ordered bool, problem string) {
	switch r.Field {
	case "mtu":
		if !numberPattern.MatchString(value) {
			problem = "is a number"
		}
		return true, problem
	case "version":
		if !versionPattern.MatchString(value) {
			problem = "is a version, such as 28.0"
		}
		return true, problem
	case "kind":
		if !slices.Contains([]string{"engine", "desktop", "podman"}, value) {
			problem = "is engine, desktop or podman"
		}
	case "forward-policy", "ipv6-forward-policy":
		if value != "accept" && value != "drop" {
			problem = "is accept or drop"
		}
	case "input-policy", "ipv6-input-policy":
		if !slices.Contains([]string{"accept", "drop", "reject"}, value) {
			problem = "is accept, drop or reject"
		}
	case "forwarding", "ipv6-forwarding":
		if !slices.Contains([]string{"open", "off", "dropped"}, value) {
			problem = "is open, off or dropped"
		}
	case "firewall-backend":
		if !slices.Contains([]string{"iptables", "nftables", "iptables+firewalld"}, value) {
			problem = "is iptables, nftables or iptables+firewalld"
		}
	case "swarm":
		if value != "inactive" && value != "active" {
			problem = "is inactive or active"
		}
	case "gateway-mode":
		if !slices.Contains(gatewayModes(), value) {
			problem = "is one of " + strings.Join(gatewayModes(), ", ")
		}
	case "range", "default-gateway", "host-binding", "dns", "dns-omitted", "host-gateway":
		if value != "none" && !addressesPattern.MatchString(value) {
			problem = "is an address, or none"
		}
	case "kernel":
		if value == "" {
			problem = "is a kernel's release"
		}
	default:
		if value != "true" && value != "false" {
			problem = "is true or false"
		}
	}
	return false, problem
}
