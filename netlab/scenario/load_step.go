package scenario

import (
	"fmt"
	"slices"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/probe"

	"go.yaml.in/yaml/v4"
)

// checked is a check with the node of each of its controls, which are looked up when all checks are known.
type checked struct {
	check    *Check
	controls []*yaml.Node
	node     *yaml.Node // its id
	negative *yaml.Node // an expected reason that is not ok
}

// maxAsk leaves room for the answer next to the question in 80 columns.
const maxAsk = 44

// step reads one step. Whether it is a check, a measure or an action decides which other keys it may have.
func (l *loader) step(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		l.errorf(n, "a step must be a mapping, not %s", kindOf(n))
		return
	}
	has := func(name string) bool {
		for i := 0; i < len(n.Content); i += 2 {
			if n.Content[i].Value == name {
				return true
			}
		}
		return false
	}
	switch {
	case has("check"):
		if m, ok := l.mapping(n, "a check", checkKeys()); ok {
			l.check(m)
		}
	case has("measure"):
		if m, ok := l.mapping(n, "a measure", measureKeys()); ok {
			l.measure(m)
		}
	case has("do"):
		if m, ok := l.mapping(n, "a do step", actionKeys()); ok {
			l.action(m)
		}
	default:
		l.errorf(n, `a step needs "check", "measure" or "do"`)
	}
}

func (l *loader) check(m mapping) {
	l.require(m, "the check", "check", "ask")
	// The engine does it, so it has no asker.
	engineActs := slices.ContainsFunc(engineKinds(), func(kind string) bool { return m.get(kind) != nil })
	if !engineActs {
		l.require(m, "the check", "from")
	}
	l.require(m, "the check", "expect")
	c := &Check{Lesson: l.boolean(m, "lesson"), Ask: l.ask(m), Because: l.prose(m, "because")}
	known := checked{check: c, node: m.get("check")}
	c.ID = l.stepID(known.node)
	from := l.from(m)
	switch {
	case from != nil:
		c.From = from.name
	case m.get("from") == nil && engineActs:
		c.From = ask.Host
	}
	c.Asks = l.question(m, from)
	c.Group = l.group(m, defaultGroup(c.Asks))
	if n := m.get("expect"); n != nil {
		c.Expect, known.negative = l.expect(n, c.Asks, from)
	}
	if c.Asks != nil {
		c.Wants = ask.Wants(c.Asks, c.Expect)
	}
	if n := m.get("path"); n != nil && len(c.Expect) > 0 {
		c.Expect = append(onPath(l.choice(n, "path", paths()), c), c.Expect...)
		if known.negative == nil {
			known.negative = n
		}
	}
	if n := m.get("wants"); n != nil {
		c.Wants = l.choice(n, "answer", []string{ask.WantsYesNo, ask.WantsValue})
	}
	if n := m.get("needs"); n != nil {
		c.Needs = l.choice(n, "need", []string{NeedsIPVS, NeedsProxy})
	}
	if start, ok := c.Asks.(ask.Start); ok && l.peers[start.Container] != nil {
		l.peers[start.Container].running = c.usuallyOK()
	}
	if n := m.get("control"); n != nil {
		known.controls = []*yaml.Node{n}
		if n.Kind == yaml.SequenceNode {
			known.controls = l.list(n, "control")
		}
		for _, id := range known.controls {
			if s, ok := l.text(id, "control"); ok {
				c.Control = append(c.Control, s)
			}
		}
	}
	l.withoutUpstream(known)
	l.checks = append(l.checks, known)
	l.s.Steps = append(l.s.Steps, Step{Check: c, Line: m.node.Line})
}

// AddUpstream is the advice for a lookup of a name that no DNS server of the lab can know.
const AddUpstream = `add "upstream: NETWORK", so that the lab runs one on that network`

// withoutUpstream refuses the expectation that a name is unknown if nothing in the lab could say so. The local
// network's resolver might know it, because some resolvers answer for every name.
func (l *loader) withoutUpstream(c checked) {
	q := c.check.Asks
	from := l.peers[c.check.From]
	if l.s.Upstream != "" || q == nil || !ask.AsksName(q) || !ask.Server(q).IsZero() || from == nil {
		return
	}
	name, _ := q.(ask.Resolve)
	if spec := from.owner().spec; spec == nil || spec.DNS == DNSEngine {
		return // the host, an outside computer, or a container that should ask the local network's server
	}
	for _, e := range c.check.Expect {
		if e.Reason == probe.NameNotFound && name.Type != "AAAA" {
			l.errorf(c.negative, "expecting %s needs a DNS server that knows every name: %s", e.Reason, AddUpstream)
			return
		}
	}
}

func (l *loader) measure(m mapping) {
	l.require(m, "the measure", "from")
	c := &Measure{
		Group: l.group(m, ask.Cost), Lesson: l.boolean(m, "lesson"), Ask: l.ask(m),
		ID: l.stepID(m.get("measure")), Because: l.prose(m, "because"),
	}
	from := l.from(m)
	if from != nil {
		c.From = from.name
	}
	start, ping := m.get("time"), m.get("ping")
	switch {
	case (start == nil) == (ping == nil):
		l.errorf(m.node, `a measure needs "time" or "ping"`)
	case start != nil:
		c.What = MeasureStart
		l.choice(start, "time", []string{MeasureStart})
		if from != nil && from.spec == nil {
			l.errorf(m.get("from"), "%s is not a container, so its start time cannot be measured", from.title())
		}
	default:
		c.What = MeasurePing
		c.Target = l.target(ping, ask.ForReach())
		l.running(m.get("from"), from)
	}
	if c.Ask == "" && m.get("ask") == nil {
		c.Ask = "Time from create to ready"
		if c.What == MeasurePing {
			c.Ask = fmt.Sprintf("Round trip to %.20s", c.Target)
		}
	}
	l.s.Steps = append(l.s.Steps, Step{Measure: c, Line: m.node.Line})
}

// stepID reads the id of a check or a measure, which must be unique.
func (l *loader) stepID(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	id := l.id(n, "the id")
	for _, s := range l.s.Steps {
		if id != "" && s.ID() == id {
			l.errorf(n, "duplicate id %s, first on line %d", quote(id), s.Line)
		}
	}
	return id
}

// ID returns the id of a check or a measure, or "" for an action.
func (s Step) ID() string {
	switch {
	case s.Check != nil:
		return s.Check.ID
	case s.Measure != nil:
		return s.Measure.ID
	}
	return ""
}

// IsControl reports whether the question is only there to be another's control.
func (s Step) IsControl() bool { return s.Check != nil && s.Check.Group == ask.Control }

func (l *loader) ask(m mapping) string {
	s := l.prose(m, "ask")
	if n := len([]rune(s)); n > maxAsk {
		l.errorf(m.get("ask"), "ask has %d characters, but only %d fit next to the answer", n, maxAsk)
	}
	return s
}

func (l *loader) group(m mapping, standard string) string {
	if n := m.get("group"); n != nil {
		return l.choice(n, "group", ask.GroupNames())
	}
	return standard
}

// defaultGroup is the default heading of a question.
func defaultGroup(q ask.Question) string {
	if q == nil {
		return ask.Reach
	}
	return q.Kind().Group
}

// engineKinds are the keys of the questions that have no asker, because the engine acts.
func engineKinds() []string {
	var kinds []string
	for _, q := range ask.Kinds() {
		if q.Kind().Engine {
			kinds = append(kinds, q.Kind().Name)
		}
	}
	return kinds
}

// from reads the asker. It returns nil if the asker is missing or invalid.
func (l *loader) from(m mapping) *peer {
	n := m.get("from")
	if n == nil {
		return nil
	}
	p := l.peerNamed(n)
	if p != nil && p.name == ask.Upstream {
		l.errorf(n, "the upstream DNS server cannot ask. Use a container")
		return nil
	}
	if m.get("check") != nil {
		l.running(n, p)
	}
	return p
}

func (l *loader) peerNamed(n *yaml.Node) *peer {
	if _, ok := l.text(n, "a container's name"); !ok {
		return nil
	}
	return l.lookUp(whole(n))
}

func (l *loader) lookUp(w word) *peer {
	p := l.peers[w.text]
	if p == nil {
		l.wordError(w, "unknown container %s%s", quote(w.text), closest(w.text, l.peerNames()))
	}
	return p
}

func (l *loader) peerNames() []string {
	names := append(slices.Clone(l.order), ask.Host)
	if l.s.Upstream != "" {
		names = append(names, ask.Upstream)
	}
	return names
}

// running records an error if a peer that must take part does not run at this step.
func (l *loader) running(n *yaml.Node, p *peer) {
	if n == nil || p == nil || p.running && !p.paused {
		return
	}
	l.errorf(n, "%s is not running at this step. Start or unpause it first", p.name)
}

// controls looks up the controls when all checks are known.
func (l *loader) controls() {
	byID := map[string]*checked{}
	var ids []string
	for i := range l.checks {
		if id := l.checks[i].check.ID; byID[id] == nil {
			byID[id] = &l.checks[i]
			ids = append(ids, id)
		}
	}
	for _, c := range l.checks {
		if c.negative != nil && len(c.controls) == 0 {
			l.errorf(c.negative, "expecting %q needs a control, another check in this scenario that expects ok",
				printable(c.negative.Value))
		}
		for _, n := range c.controls {
			control := byID[n.Value]
			switch {
			case n.Kind != yaml.ScalarNode:
			case control == nil:
				l.errorf(n, "control %s is not a check%s", quote(n.Value), closest(n.Value, ids))
			case control.check == c.check:
				l.errorf(n, "a check cannot be its own control")
			case !control.check.usuallyOK():
				l.errorf(n, "control %q is not expected to be ok, so it proves nothing", n.Value)
			case l.acted(c.check, control.check):
				l.errorf(n, "control %q is asked too late: a do step, start or measure comes in between", n.Value)
			}
		}
	}
	l.cycles(byID)
}

// acted reports whether an action, a start or a measurement comes between c and its later control, so that c has
// already been reported by then.
func (l *loader) acted(c, control *Check) bool {
	after := false
	for _, s := range l.s.Steps {
		switch {
		case s.Check == control:
			return after && (s.changes() || c.changes())
		case s.Check == c:
			after = true
		case after && (s.Check == nil || s.changes()):
			return true
		}
	}
	return false
}

// changes reports whether the step changes the lab, which separates the steps before it from those after it.
func (s Step) changes() bool { return s.Do != nil || s.Check != nil && s.Check.changes() }

func (c *Check) changes() bool { return c.Asks != nil && c.Asks.Kind().Changes }

// asks returns the question of a check, or nil for any other step.
func (s Step) asks() ask.Question {
	if s.Check == nil {
		return nil
	}
	return s.Check.Asks
}

// usuallyOK reports whether the check's default expectation is ok.
func (c *Check) usuallyOK() bool {
	n := len(c.Expect)
	return n == 0 || c.Expect[n-1].Reason == probe.OK
}

// cycles records an error for each cycle of controls, at the control that closes it.
func (l *loader) cycles(byID map[string]*checked) {
	const open, done = 1, 2
	state := map[string]int{}
	var visit func(id string, path []string)
	visit = func(id string, path []string) {
		state[id] = open
		path = append(path, id)
		for _, n := range byID[id].controls {
			next := n.Value
			switch {
			case byID[next] == nil || next == id:
			case state[next] == open:
				circle := append(slices.Clone(path[slices.Index(path, next):]), next)
				l.errorf(n, "controls go in a circle: %s", strings.Join(circle, ", "))
			case state[next] == 0:
				visit(next, path)
			}
		}
		state[id] = done
	}
	for _, c := range l.checks {
		if state[c.check.ID] == 0 {
			visit(c.check.ID, nil)
		}
	}
}
