package scenario

import (
	"maps"
	"slices"

	"github.com/google/jsonschema-go/jsonschema"
)

// ModesSchema returns the JSON schema of a comparison of modes, for editors. LoadModes checks the rest, and for each
// mode all that Load checks in a scenario.
func ModesSchema() ([]byte, error) {
	file := fileSchema()
	defs := file.Defs
	// What a key lacks here can be in a mode, so nothing is required.
	for _, name := range []string{"image", "wire", "network", "container", "service"} {
		defs[name] = partial(defs[name])
	}
	defs["mode"] = partial(file, "version", "name", "steps")
	defs["world"] = partial(file, "version", "name", "steps", "title", "command", "use", "note")
	for name, required := range map[string][]string{"check": {"check", "ask"}, "measure": {"measure"}, "action": {"do"}} {
		inMode := name + "-in-mode"
		defs[inMode] = partial(defs[name])
		defs[name] = partial(defs[name])
		defs[name].Required = required
		add(defs[name], "in", "what is different in a mode, by the mode's name", inModes(inMode))
	}

	root := partial(file, "name")
	root.Schema, root.Title, root.Defs = draft, "netlab comparison", defs
	root.Description = "A comparison of modes: a scenario that has each question once, for all modes"
	root.Required = []string{"version", "modes", "steps"}
	add(root, "world", "what all modes share", ref("world"))
	add(root, "modes", "the scenario's keys in each mode, by the mode's name", inModes("mode"))
	return encode(root)
}

// partial returns a mapping that requires no key. A key without a value removes what is there otherwise.
func partial(s *schema, omitted ...string) *schema {
	part := &schema{
		Type: "object", Description: s.Description, Properties: maps.Clone(s.Properties),
		AdditionalProperties: s.AdditionalProperties, PropertyOrder: slices.Clone(s.PropertyOrder),
	}
	for name, value := range part.Properties {
		nullable := anyOf(value, &schema{Type: "null"})
		nullable.Description = value.Description
		part.Properties[name] = nullable
	}
	for _, name := range omitted {
		delete(part.Properties, name)
	}
	part.PropertyOrder = slices.DeleteFunc(part.PropertyOrder, func(name string) bool {
		return slices.Contains(omitted, name)
	})
	return part
}

// inModes is a mapping from the names of modes to a definition.
func inModes(definition string) *schema {
	return &schema{
		Type: "object", PropertyNames: &schema{Pattern: idPattern.String()}, AdditionalProperties: ref(definition),
		MinProperties: jsonschema.Ptr(1),
	}
}

func add(s *schema, name, what string, value *schema) {
	value.Description = what
	s.Properties[name] = value
	s.PropertyOrder = append(s.PropertyOrder, name)
}
