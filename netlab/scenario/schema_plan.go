package scenario

import "github.com/google/jsonschema-go/jsonschema"

// PlanSchema returns the JSON schema of a class's plan, for editors. LoadPlan checks the rest.
func PlanSchema() ([]byte, error) {
	version := any(1)
	parts := listOf(ref("part"))
	parts.MaxItems = jsonschema.Ptr(maxParts)
	root, err := object("A lesson plan", planKeys(), properties{
		"version": {Const: &version}, "title": text(), "parts": parts,
	}, "version", "title", "parts")
	if err != nil {
		return nil, err
	}
	root.Schema, root.Title = draft, "netlab plan"
	compare := listOf(text())
	compare.MinItems, compare.MaxItems = jsonschema.Ptr(2), jsonschema.Ptr(maxCompare)
	minutes := &schema{
		Type: "integer", Minimum: jsonschema.Ptr(1.0), Maximum: jsonschema.Ptr(float64(maxMinutes)),
	}
	part, err := object("A section: one lesson, or several side by side", partKeys(), properties{
		"demo": text(), "compare": compare, "title": text(), "note": text(), "pause": text(), "minutes": minutes,
		"all": boolean(), "only": listOf(text()), "step": boolean(), "predict": boolean(),
	})
	if err != nil {
		return nil, err
	}
	for _, kind := range partKinds() {
		part.OneOf = append(part.OneOf, &schema{Required: []string{kind.Name}})
	}
	root.Defs = map[string]*schema{"part": part}
	return encode(root)
}
