// Package scenarios holds the built-in scenario files and plan, and the schemas that editors use to check other
// files.
//
// It returns bytes. Package netlab/scenario interprets them.
package scenarios

import (
	"embed"
	"slices"
	"strings"
)

//go:embed *.yaml schema.json plan.schema.json result.schema.json why.schema.json scan.schema.json doctor.schema.json matrix.schema.json diff.schema.json plans compare
var files embed.FS

// teaching is the order of the list of scenarios: the modes, each building on the one before, the
// lessons, and advanced topics.
func teaching() []string {
	return slices.Concat(
		ModeNames(),
		Lessons(),
		[]string{"publish", "host-service", "internal", "multi-homed", "shared", "icc-off", "dual-stack", "ipvlan"},
	)
}

// ModeNames are the scenarios of the six network modes, in teaching order.
func ModeNames() []string {
	return []string{"bridge", "custom-bridge", "host", "none", "macvlan", "overlay"}
}

// Lessons are the scenarios about containers and images rather than networks, in teaching order.
func Lessons() []string {
	return []string{"containers-and-vms", "image-and-container", "layers", "multi-stage"}
}

// Names lists the built-in scenarios in teaching order, followed by any others sorted by name.
func Names() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil // not possible: the folder is embedded in the program
	}
	first, present := teaching(), map[string]bool{}
	var names, rest []string
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".yaml")
		present[name] = ok
		if ok && !slices.Contains(first, name) {
			rest = append(rest, name) // ReadDir sorts by name
		}
	}
	for _, name := range first {
		if present[name] {
			names = append(names, name)
		}
	}
	return append(names, rest...)
}

// Source returns the file of a built-in scenario.
func Source(name string) ([]byte, bool) {
	data, err := files.ReadFile(name + ".yaml")
	return data, err == nil
}

// Schemas are the files and documents that have a JSON schema, by name.
func Schemas() []string {
	return []string{"scenario", "plan", "result", "why", "scan", "doctor", "matrix", "diff"}
}

// SchemaJSON returns the JSON schema of a kind of file, one of Schemas.
func SchemaJSON(kind string) ([]byte, bool) {
	name := kind + ".schema.json"
	if kind == "scenario" {
		name = "schema.json" // its address in editors' settings
	}
	data, err := files.ReadFile(name)
	return data, err == nil && slices.Contains(Schemas(), kind)
}

// Plan returns the built-in plan of a class: the whole seminar, in teaching order.
func Plan() []byte {
	data, err := files.ReadFile("plans/seminar.yaml")
	if err != nil {
		return nil // not possible: the file is embedded in the program
	}
	return data
}

// Modes returns the comparison of the network modes. scenario.LoadModes turns it into a scenario for each mode.
func Modes() []byte {
	data, err := files.ReadFile("compare/modes.yaml")
	if err != nil {
		return nil // not possible: the file is embedded in the program
	}
	return data
}
