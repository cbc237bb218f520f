package scenario

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
	"go.yaml.in/yaml/v4"

	"netlab/netlab/ask"
	"netlab/netlab/probe"
)

// checked is a check with the node of each of its controls, which are looked up when all checks are known.
type checked struct {
	check    *Check
	controls []*yaml.Node
	negative *yaml.Node // an expected reason that is not ok
}

// maxAsk leaves room for the answer next to the question in 80 columns.
const maxAsk = 44

// A script is the steps that are being read, in order: what they may name depends on what those before them did.
type script struct {
	*loader
	checks  []checked
	written int // by the builds up to the current step, at most, in bytes
}

func readSteps(l *loader, n *yaml.Node) {
	sc := &script{loader: l}
	for _, step := range l.list(n, "steps") {
		sc.step(step)
	}
	sc.controls()
	l.s.markLessons()
}

// step reads one step. Whether it is a check, a measure or an action decides which other keys it may have.
func (sc *script) step(n *yaml.Node) {
	switch {
	case n.Kind != yaml.MappingNode:
		sc.errorf(n, "a step must be a mapping, not %s", kindOf(n))
	case hasKey(n, "check"):
		sc.check(n)
	case hasKey(n, "measure"):
		sc.measure(n)
	case hasKey(n, "do"):
		sc.fill(n, actionForm(sc))
	default:
		sc.errorf(n, `a step needs "check", "measure" or "do"`)
	}
}

func (sc *script) check(n *yaml.Node) {
	a := newAsking(sc)
	f := checkForm(a)
	m, ok := sc.mapping(n, f.a, f.names())
	if !ok {
		return
	}
	a.mapping = m
	// The engine does some things, so those have no asker.
	engineActs := slices.ContainsFunc(engineKinds(), func(kind string) bool { return m.get(kind) != nil })
	if !engineActs {
		f.required = []string{"check", "ask", "from", "expect"}
	}
	sc.readFields(m, f)
	c := a.c
	if m.get("from") == nil && engineActs {
		c.From = ask.Host
	}
	if c.Asks == nil {
		sc.errorf(n, "a check needs one of %s", strings.Join(ask.FieldNames(ask.KindFields()), ", "))
	}
	for _, read := range a.then {
		read()
	}
	if c.Group == "" {
		c.Group = defaultGroup(c.Asks)
	}
	if c.Asks != nil && c.Wants == "" {
		c.Wants = ask.Wants(c.Asks, c.Expect)
	}
	if start, ok := c.Asks.(ask.Start); ok && sc.peers[start.Container] != nil {
		sc.peers[start.Container].running = c.usuallyOK()
	}
	sc.withoutUpstream(a.known)
	sc.checks = append(sc.checks, a.known)
	sc.s.Steps = append(sc.s.Steps, Step{Check: c, Line: n.Line})
}

// AddUpstream is the advice for a lookup of a name that no DNS server of the lab can know.
const AddUpstream = `add "upstream: NETWORK", so that the lab runs one on that network`

// withoutUpstream refuses the expectation that a name is unknown if nothing in the lab could say so. The local
// network's resolver might know it, because some resolvers answer for every name.
func (sc *script) withoutUpstream(c checked) {
	q := c.check.Asks
	from := sc.peers[c.check.From]
	if sc.s.Upstream != "" || q == nil || !ask.AsksName(q) || !ask.Server(q).IsZero() || from == nil {
		return
	}
	name, _ := q.(ask.Resolve)
	if spec := from.owner().spec; spec == nil || spec.DNS == DNSEngine {
		return // the host, an outside computer, or a container that should ask the local network's server
	}
	for _, e := range c.check.Expect {
		if e.Reason == probe.NameNotFound && name.Type != "AAAA" {
			sc.errorf(c.negative, "expecting %s needs a DNS server that knows every name: %s", e.Reason, AddUpstream)
			return
		}
	}
}

func (sc *script) measure(n *yaml.Node) {
	c := &Measure{Group: ask.Cost}
	var from *peer
	m, ok := sc.fill(n, measureForm(sc, c, &from))
	if !ok {
		return
	}
	asker := m.get("from")
	switch {
	case (m.get("time") == nil) == (m.get("ping") == nil):
		sc.errorf(n, `a measure needs "time" or "ping"`)
	case c.What == MeasurePing:
		sc.running(asker, from)
	case from != nil && from.spec == nil:
		sc.errorf(asker, "%s is not a container, so its start time cannot be measured", from.title())
	}
	if c.Ask == "" && m.get("ask") == nil {
		c.Ask = "Time from create to ready"
		if c.What == MeasurePing {
			c.Ask = fmt.Sprintf("Round trip to %.20s", c.Target)
		}
	}
	sc.s.Steps = append(sc.s.Steps, Step{Measure: c, Line: n.Line})
}

func measureForm(sc *script, c *Measure, from **peer) form {
	return form{
		a: "a measure", the: "the measure", name: "measure", doc: "A measurement", required: []string{"measure", "from"},
		one: []string{"time", "ping"},
		fields: []field{
			{"measure", "id of the measurement, which has no expectation", sc.stepID(&c.ID)},
			{"group", ask.GroupWords() + ", the default", oneOf("group", &c.Group, ask.GroupNames()...)},
			{"lesson", "true: asked without --all (if no step has it, all are)", flag(&c.Lesson)},
			{"ask", "what is measured, at most 44 characters", question(&c.Ask)},
			{"from", "container that is measured", value(text(), func(n *yaml.Node) {
				if *from = sc.asker(n); *from != nil {
					c.From = (*from).name
				}
			})},
			{
				"time", "start: how long the engine takes from create until the container is ready",
				oneOf("time", &c.What, MeasureStart),
			},
			{"ping", "measure round trips to this target", value(ref("target"), func(n *yaml.Node) {
				c.What, c.Target = MeasurePing, sc.target(n, ask.ForReach())
			})},
			{"because", "a comment on the measurement", prose(&c.Because)},
		},
	}
}

// stepID is the id of a check or a measure, which must be unique.
func (sc *script) stepID(to *string) kind {
	return value(pattern(idPattern.String()), func(n *yaml.Node) {
		*to = sc.id(n, "the id")
		for _, s := range sc.s.Steps {
			if *to != "" && s.ID() == *to {
				sc.errorf(n, "duplicate id %s, first on line %d", quote(*to), s.Line)
			}
		}
	})
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

// question is the text of a question.
func question(to *string) kind {
	s := text()
	s.MaxLength = jsonschema.Ptr(maxAsk)
	return kind{s, func(d *document, e entry) {
		*to = d.prose(e.value, "ask")
		if n := len([]rune(*to)); n > maxAsk {
			d.errorf(e.value, "ask has %d characters, but only %d fit next to the answer", n, maxAsk)
		}
	}}
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

// asker reads who asks. It returns nil if that is invalid.
func (l *loader) asker(n *yaml.Node) *peer {
	p := l.peerNamed(n)
	if p != nil && p.name == ask.Upstream {
		l.errorf(n, "the upstream DNS server cannot ask. Use a container")
		return nil
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
	if l.peers[ask.Upstream] != nil {
		names = append(names, ask.Upstream)
	}
	return names
}

// running records an error if a peer that must take part does not run at this step.
func (sc *script) running(n *yaml.Node, p *peer) {
	if n == nil || p == nil || p.running && !p.paused {
		return
	}
	sc.errorf(n, "%s is not running at this step. Start or unpause it first", p.name)
}

// controls looks up the controls when all checks are known.
func (sc *script) controls() {
	byID := map[string]*checked{}
	var ids []string
	for i := range sc.checks {
		if id := sc.checks[i].check.ID; byID[id] == nil {
			byID[id] = &sc.checks[i]
			ids = append(ids, id)
		}
	}
	for _, c := range sc.checks {
		if c.negative != nil && len(c.controls) == 0 {
			sc.errorf(c.negative, "expecting %q needs a control, another check in this scenario that expects ok",
				printable(c.negative.Value))
		}
		for _, n := range c.controls {
			control := byID[n.Value]
			switch {
			case n.Kind != yaml.ScalarNode:
			case control == nil:
				sc.errorf(n, "control %s is not a check%s", quote(n.Value), closest(n.Value, ids))
			case control.check == c.check:
				sc.errorf(n, "a check cannot be its own control")
			case !control.check.usuallyOK():
				sc.errorf(n, "control %q is not expected to be ok, so it proves nothing", n.Value)
			case sc.s.acted(c.check, control.check):
				sc.errorf(n, "control %q is asked too late: a do step, start or measure comes in between", n.Value)
			}
		}
	}
	sc.cycles(byID)
}

// acted reports whether an action, a start or a measurement comes between c and its later control, so that c has
// already been reported by then.
func (s *Scenario) acted(c, control *Check) bool {
	after := false
	for _, s := range s.Steps {
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
func (sc *script) cycles(byID map[string]*checked) {
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
				sc.errorf(n, "controls go in a circle: %s", strings.Join(circle, ", "))
			case state[next] == 0:
				visit(next, path)
			}
		}
		state[id] = done
	}
	for _, c := range sc.checks {
		if state[c.check.ID] == 0 {
			visit(c.check.ID, nil)
		}
	}
}
