package scenario

import (
	"bytes"
	"errors"
	"slices"
	"strconv"

	"github.com/google/jsonschema-go/jsonschema"
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

func planForm(l *planLoader, p *Plan) form {
	parts := listOf(ref("part"))
	parts.MaxItems = jsonschema.Ptr(maxParts)
	return form{
		a: "a plan", the: "the plan", doc: "A lesson plan", required: []string{"version", "title", "parts"},
		fields: []field{
			{"version", "version of the language: 1", versionOne()},
			{"title", "what the class learns, in one line", prose(&p.Title)},
			{"parts", "what the class sees, in order", value(parts, func(n *yaml.Node) { l.parts(p, n) })},
		},
	}
}

func partForm(l *planLoader, p *Part) form {
	compare := listOf(text())
	compare.MinItems, compare.MaxItems = jsonschema.Ptr(2), jsonschema.Ptr(maxCompare)
	minutes := &schema{Type: "integer", Minimum: jsonschema.Ptr(1.0), Maximum: jsonschema.Ptr(float64(maxMinutes))}
	return form{
		a: "a section", name: "part", doc: "A section: one lesson, or several side by side", one: []string{"demo", "compare"},
		fields: []field{
			{
				"demo", "the lesson to run: a built-in name, or a file next to the plan",
				value(text(), func(n *yaml.Node) { p.Scenarios = l.scenarios("demo", n) }),
			},
			{"compare", "the lessons to compare", value(compare, func(n *yaml.Node) { l.compare(p, n) })},
			{"title", "the section's heading, instead of the scenario's", prose(&p.Title)},
			{"note", "note for the teacher, shown before the section and in no report", prose(&p.Note)},
			{"pause", "what to discuss once the answers are shown", prose(&p.Pause)},
			{
				"minutes", "how long the section should take, with the discussion",
				value(minutes, func(n *yaml.Node) { p.Minutes = l.minutes(n) }),
			},
			{"all", "true: ask all questions, not only the lesson's", flag(&p.All)},
			{
				"only", "ids of the questions to ask",
				value(listOf(text()), func(n *yaml.Node) { p.Only = l.only(n, p.Scenarios) }),
			},
			{"step", "true: wait for a key before each answer, so the class can guess", flag(&p.Step)},
			{"predict", "true: guess each answer with a key, and keep score", flag(&p.Predict)},
		},
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
	l.fill(root, planForm(l, p))
}

func (l *planLoader) parts(p *Plan, n *yaml.Node) {
	parts := l.list(n, "parts")
	if len(parts) > maxParts {
		l.errorf(parts[maxParts], "a plan can have at most %d sections", maxParts)
	}
	for _, part := range parts {
		p.Parts = append(p.Parts, l.part(part))
	}
}

func (l *planLoader) part(n *yaml.Node) (p Part) {
	m, ok := l.fill(n, partForm(l, &p))
	if !ok {
		return p
	}
	switch demo := m.get("demo"); {
	case demo == nil && !p.Compare:
		l.errorf(n, `a section needs "demo" or "compare"`)
	case demo != nil && p.Compare:
		l.errorf(m.key("compare"), `a section cannot have both "demo" and "compare"`)
	}
	if p.All && (p.Compare || m.get("only") != nil) {
		l.errorf(m.key("all"), `"all" works only with a demo that has no "only"`)
	}
	if p.Predict && p.Step {
		l.errorf(m.key("step"), `"predict" and "step" cannot be used together`)
	}
	return p
}

// compare reads the scenarios of a comparison.
func (l *planLoader) compare(p *Part, n *yaml.Node) {
	list := l.list(n, "compare")
	if len(list) == 1 || len(list) > maxCompare {
		l.errorf(n, "compare takes 2 to %d scenarios, not %d", maxCompare, len(list))
	}
	p.Compare, p.Scenarios = true, append(p.Scenarios, l.scenarios("compare", list...)...)
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
