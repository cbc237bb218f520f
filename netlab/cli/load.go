package cli

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"netlab/netlab/near"
	"netlab/netlab/scenario"
	"netlab/scenarios"
)

// loadComparison turns arguments into scenarios to compare. Several modes share one lab and the same questions. For
// anything else it does what load does, and the questions whose ids they have in common become the rows.
func loadComparison(args []string) ([]*scenario.Scenario, error) {
	if !areModes(args) {
		return load(args)
	}
	known, err := scenario.LoadModes("modes.yaml", scenarios.Modes())
	if err != nil {
		return nil, err
	}
	var wanted []*scenario.Scenario
	for _, arg := range args {
		i := slices.IndexFunc(known, func(sc *scenario.Scenario) bool { return sc.Name == arg })
		wanted = append(wanted, known[i])
	}
	return wanted, nil
}

// areModes reports whether all names are modes, without duplicates.
func areModes(names []string) bool {
	sorted := slices.Sorted(slices.Values(names))
	return len(slices.Compact(sorted)) == len(names) &&
		!slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(scenarios.ModeNames(), name) })
}

// load turns arguments into scenarios: built-in names or files. The error has all mistakes in all of them.
func load(args []string) ([]*scenario.Scenario, error) {
	var (
		lessons  []*scenario.Scenario
		mistakes scenario.Errors
	)
	for _, arg := range args {
		source, err := source(arg)
		if err != nil {
			return nil, err
		}
		sc, err := scenario.Load(arg, source)
		if err == nil {
			lessons = append(lessons, sc)
			continue
		}
		var errs scenario.Errors
		if !errors.As(err, &errs) {
			return nil, err
		}
		mistakes = append(mistakes, errs...)
	}
	if len(mistakes) > 0 {
		return nil, mistakes
	}
	return lessons, nil
}

// source returns the text of a scenario. An argument that looks like a file is a file, anything else is a built-in
// name.
func source(arg string) ([]byte, error) {
	if isFile(arg) {
		return readScenario(arg)
	}
	name, near := builtIn(arg)
	if text, ok := scenarios.Source(name); ok {
		return text, nil
	}
	hint := didYouMean(near, "Try one of "+strings.Join(scenarios.Names(), ", ")+", or a .yaml file")
	return nil, usagef("unknown lesson %q. %s", arg, hint)
}

// builtIn returns the built-in scenario for a name, ignoring case, or for a prefix that only one name has. Otherwise
// near lists names that may be meant.
func builtIn(arg string) (name string, near []string) {
	var begun []string
	for _, n := range scenarios.Names() {
		switch {
		case n == strings.ToLower(arg):
			return n, nil
		case arg != "" && strings.HasPrefix(n, strings.ToLower(arg)):
			begun = append(begun, n)
		}
	}
	if len(begun) == 1 {
		return begun[0], nil
	}
	return "", similar(arg, scenarios.Names())
}

// similar returns the names that the word may be meant to be.
func similar(word string, names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !isNear(word, name) })
}

// isNear reports whether the word begins the name, or is almost spelled like it.
func isNear(word, name string) bool {
	word, name = strings.ToLower(word), strings.ToLower(name)
	return strings.HasPrefix(name, word) || near.Distance(name, word) <= 2
}

// didYouMean is a hint that names the words that may be meant, or otherwise if there is none.
func didYouMean(near []string, otherwise string) string {
	if len(near) == 0 {
		return otherwise
	}
	return "Did you mean " + strings.Join(near, " or ") + "?"
}

func isFile(arg string) bool {
	return strings.ContainsRune(arg, filepath.Separator) || slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(arg))
}

// readScenario reads a file up to just over the size that the loader accepts.
func readScenario(name string) ([]byte, error) {
	file, err := os.Open(name)
	var text []byte
	if err == nil {
		defer file.Close()
		text, err = io.ReadAll(io.LimitReader(file, scenario.MaxSize+1)) // one byte too many makes the loader report the size
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		return nil, usagef("reading %s: %w", name, path.Err)
	}
	return text, err
}

// selectSteps reduces each scenario to the steps to keep.
func selectSteps(lessons []*scenario.Scenario, keep func(*scenario.Scenario, scenario.Step) bool) []*scenario.Scenario {
	cut := make([]*scenario.Scenario, 0, len(lessons))
	for _, sc := range lessons {
		cut = append(cut, sc.Select(func(st scenario.Step) bool { return keep(sc, st) }))
	}
	return cut
}

func isLesson(st scenario.Step) bool {
	return st.Check != nil && st.Check.Lesson || st.Measure != nil && st.Measure.Lesson
}

// A keeper reports whether a step of a scenario is selected.
type keeper func(*scenario.Scenario, scenario.Step) bool

// only checks that each wanted id is a question of some scenario, and returns the filter for the steps to keep.
func only(lessons []*scenario.Scenario, ids []string) (keeper, error) {
	what := "This lesson has "
	if len(lessons) > 1 {
		what = "These lessons have "
	}
	return choose(ids, questionIDs(lessons, allSteps(lessons)), what)
}

func allSteps([]*scenario.Scenario) keeper {
	return func(*scenario.Scenario, scenario.Step) bool { return true }
}

// questionIDs lists the ids of the questions to keep, in order.
func questionIDs(lessons []*scenario.Scenario, keep keeper) []string {
	var known []string
	for _, sc := range lessons {
		for _, st := range questions(sc) {
			if i := st.ID(); i != "" && keep(sc, st) && !slices.Contains(known, i) {
				known = append(known, i)
			}
		}
	}
	return known
}

// choose returns the filter for the questions with these ids, or an error if one is not known.
func choose(ids, known []string, what string) (keeper, error) {
	for _, i := range ids {
		if !slices.Contains(known, i) {
			hint := didYouMean(similar(i, known), what+strings.Join(known, ", "))
			return nil, usagef("unknown check %q. %s", i, hint)
		}
	}
	return func(_ *scenario.Scenario, st scenario.Step) bool { return slices.Contains(ids, st.ID()) }, nil
}

// alsoAsked lists the questions that are asked in addition to the wanted ones: their controls and prerequisites.
func alsoAsked(lessons []*scenario.Scenario, wanted []string) []string {
	var ids []string
	for _, sc := range lessons {
		for _, st := range sc.Steps {
			if id := st.ID(); id != "" && !slices.Contains(wanted, id) && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// questions returns a scenario's steps, including skipped ones.
func questions(sc *scenario.Scenario) []scenario.Step {
	steps := slices.Clone(sc.Steps)
	for _, skipped := range sc.Skipped {
		steps = append(steps, skipped.Step)
	}
	return steps
}

// checkCommon returns an error if the scenarios have no question in common, so a comparison would have no rows.
func checkCommon(lessons []*scenario.Scenario) error {
	keep, names := inCommon(lessons), make([]string, len(lessons))
	for i, sc := range lessons {
		if slices.ContainsFunc(questions(sc), func(st scenario.Step) bool { return keep(sc, st) }) {
			return nil
		}
		names[i] = sc.Name
	}
	return usagef("%s have no check in common, so there is nothing to compare", strings.Join(names, ", "))
}

// rows keeps the questions that the table of a comparison shows. Controls are asked, but not shown.
func rows(lessons []*scenario.Scenario) keeper {
	keep := inCommon(lessons)
	return func(sc *scenario.Scenario, st scenario.Step) bool { return keep(sc, st) && !st.IsControl() }
}

// inCommon keeps the steps whose id appears in at least two scenarios: those make a row.
func inCommon(lessons []*scenario.Scenario) keeper {
	count := map[string]int{}
	for _, sc := range lessons {
		for _, st := range questions(sc) {
			count[st.ID()]++
		}
	}
	return func(_ *scenario.Scenario, st scenario.Step) bool {
		return st.ID() != "" && (count[st.ID()] > 1 || len(lessons) == 1)
	}
}
