package scenario

import (
	"bytes"
	"errors"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v4"
)

// A Plan is a class: scenarios in teaching order, with notes for the teacher.
type Plan struct {
	Title  string
	Parts  []Part
	Source []byte
}

// A Part is one section of a class: a lab, or several side by side.
type Part struct {
	Title     string // instead of the scenario's
	Note      string // for the teacher, before the section; not part of any report
	Pause     string // what to talk about once the answers are shown
	Minutes   int    // how long it should take, with the discussion; 0 if the plan does not say
	Scenarios []*Scenario
	Compare   bool     // side by side; otherwise there is one scenario
	All       bool     // all questions, not only the lesson's
	Only      []string // the ids of the questions; nil for no selection
	Step      bool     // the class guesses aloud, and each answer waits for a key
	Predict   bool     // the class answers with keys
}

// Minutes adds up how long sections should take. timed is how many of them say it.
func Minutes(parts []Part) (sum, timed int) {
	for _, p := range parts {
		if p.Minutes > 0 {
			sum, timed = sum+p.Minutes, timed+1
		}
	}
	return sum, timed
}

// Name is what a list of sections calls it: its title, or its scenario's name and title.
func (p *Part) Name() string {
	switch {
	case p.Title != "":
		return p.Title
	case p.Compare:
		return "side by side"
	case p.Scenarios[0].Title == "":
		return p.Scenarios[0].Name
	}
	return p.Scenarios[0].Name + ": " + p.Scenarios[0].Title
}

// Short is a name of one or two words.
func (p *Part) Short() string {
	if p.Title == "" && !p.Compare {
		return p.Scenarios[0].Name
	}
	return p.Name()
}

const (
	maxParts   = 50
	maxCompare = 8 // more columns do not fit on any screen
	maxMinutes = 240
)

func planKeys() []Field {
	return []Field{
		{"version", "version of the language: 1"},
		{"title", "what the class learns, in one line"},
		{"parts", "what the class sees, in order"},
	}
}

func partKeys() []Field {
	return append(partKinds(), []Field{
		{"title", "the section's heading, instead of the scenario's"},
		{"note", "note for the teacher, shown before the section and in no report"},
		{"pause", "what to discuss once the answers are shown"},
		{"minutes", "how long the section should take, with the discussion"},
		{"all", "true: ask all questions, not only the lesson's"},
		{"only", "ids of the questions to ask"},
		{"step", "true: wait for a key before each answer, so the class can guess"},
		{"predict", "true: guess each answer with a key, and keep score"},
	}...)
}

func partKinds() []Field {
	return []Field{
		{"demo", "the lesson to run: a built-in name, or a file next to the plan"},
		{"compare", "the lessons to compare"},
	}
}

// IsPlan reports whether a file is meant to be a plan, valid or not, rather than a scenario.
func IsPlan(data []byte) bool {
	root := (&document{}).read(data)
	return root != nil && hasKey(root, "parts") && !hasKey(root, "steps")
}

// A planLoader holds what is known while one plan is read.
type planLoader struct {
	document
	find    func(name string) (*Scenario, error)
	foreign Errors // errors in scenario files that the plan names
}

// LoadPlan turns the bytes of the named file into a checked Plan. It gets the scenarios from find, by name or file.
// The error is an Errors that lists everything wrong, including errors in the scenarios.
func LoadPlan(name string, data []byte, find func(name string) (*Scenario, error)) (*Plan, error) {
	l := &planLoader{document: document{file: name, what: "plan"}, find: find}
	p := &Plan{Source: bytes.Clone(data)}
	if root := l.read(data); root != nil {
		l.plan(root, p)
	}
	if errs := append(sorted(l.errs), l.foreign...); len(errs) > 0 {
		return nil, errs
	}
	return p, nil
}

func (l *planLoader) plan(root *yaml.Node, p *Plan) {
	if hasKey(root, "steps") && !hasKey(root, "parts") {
		l.errorf(root, "this is a scenario, not a lesson plan. Run it with netlab run")
		return
	}
	m, ok := l.mapping(root, "a plan", planKeys())
	if !ok {
		return
	}
	l.require(m, "the plan", "version", "title", "parts")
	if n := m.get("version"); n != nil && (n.Tag != "!!int" || n.Value != "1") {
		l.errorf(n, "version must be 1")
	}
	p.Title = l.prose(m, "title")
	if n := m.get("parts"); n != nil {
		parts := l.list(n, "parts")
		if len(parts) > maxParts {
			l.errorf(parts[maxParts], "a plan can have at most %d sections", maxParts)
		}
		for _, part := range parts {
			p.Parts = append(p.Parts, l.part(part))
		}
	}
}

func (l *planLoader) part(n *yaml.Node) Part {
	m, ok := l.mapping(n, "a section", partKeys())
	if !ok {
		return Part{}
	}
	p := Part{
		Title: l.prose(m, "title"), Note: l.prose(m, "note"), Pause: l.prose(m, "pause"),
		All: l.boolean(m, "all"), Step: l.boolean(m, "step"), Predict: l.boolean(m, "predict"),
	}
	demo, compare := m.get("demo"), m.get("compare")
	switch {
	case demo == nil && compare == nil:
		l.errorf(n, `a section needs "demo" or "compare"`)
		return p
	case demo != nil && compare != nil:
		l.errorf(m.key("compare"), `a section cannot have both "demo" and "compare"`)
		return p
	case demo != nil:
		p.Scenarios = l.scenarios("demo", demo)
	default:
		p.Compare = true
		list := l.list(compare, "compare")
		if len(list) == 1 || len(list) > maxCompare {
			l.errorf(compare, "compare takes 2 to %d scenarios, not %d", maxCompare, len(list))
		}
		p.Scenarios = l.scenarios("compare", list...)
	}
	if p.All && (p.Compare || m.get("only") != nil) {
		l.errorf(m.key("all"), `"all" works only with a demo that has no "only"`)
	}
	if p.Predict && p.Step {
		l.errorf(m.key("step"), `"predict" and "step" cannot be used together`)
	}
	if minutes := m.get("minutes"); minutes != nil {
		p.Minutes = l.minutes(minutes)
	}
	if only := m.get("only"); only != nil {
		p.Only = l.only(only, p.Scenarios)
	}
	return p
}

// minutes reads how long a section should take.
func (l *planLoader) minutes(n *yaml.Node) int {
	minutes, err := strconv.Atoi(n.Value)
	if n.Tag != "!!int" || err != nil || minutes < 1 || minutes > maxMinutes {
		l.errorf(n, "minutes must be a number from 1 to %d", maxMinutes)
		return 0
	}
	return minutes
}

// scenarios gets the scenarios that the nodes name. A name that is not found is an error at the node. Errors in a
// scenario file are reported with their positions in that file.
func (l *planLoader) scenarios(what string, nodes ...*yaml.Node) []*Scenario {
	var scenarios []*Scenario
	for _, n := range nodes {
		name, ok := l.text(n, what)
		if !ok {
			continue
		}
		sc, err := l.find(name)
		var wrong Errors
		switch {
		case errors.As(err, &wrong) && slices.Contains(l.foreign, wrong[0]): // already reported
		case errors.As(err, &wrong):
			l.foreign = append(l.foreign, wrong...)
		case err != nil:
			l.errorf(n, "%s", printable(err.Error()))
		case slices.ContainsFunc(scenarios, func(other *Scenario) bool { return other.Name == sc.Name }):
			l.errorf(n, "%s is listed twice", quote(sc.Name))
		default:
			scenarios = append(scenarios, sc)
		}
	}
	return scenarios
}

// only reads ids of questions. Each must exist in one of the scenarios.
func (l *planLoader) only(n *yaml.Node, scenarios []*Scenario) []string {
	var known, ids []string
	for _, sc := range scenarios {
		for _, st := range sc.Steps {
			if st.ID() != "" {
				known = append(known, st.ID())
			}
		}
	}
	for _, id := range l.list(n, "only") {
		s, ok := l.text(id, "only")
		if ok && len(known) > 0 && !slices.Contains(known, s) {
			l.errorf(id, "unknown check %s%s", quote(s), closest(s, known))
		}
		ids = append(ids, s)
	}
	return ids
}
