package scenario

import (
	"github.com/google/jsonschema-go/jsonschema"

	"netlab/netlab/ask"
)

type schema = jsonschema.Schema

func text() *schema           { return &schema{Type: "string", Pattern: `\S`} }
func boolean() *schema        { return &schema{Type: "boolean"} }
func ref(name string) *schema { return &schema{Ref: "#/$defs/" + name} }

func pattern(p string) *schema { return &schema{Type: "string", Pattern: p} }

func enum(words ...string) *schema {
	s := &schema{Type: "string"}
	for _, w := range words {
		s.Enum = append(s.Enum, w)
	}
	return s
}

func listOf(s *schema) *schema { return &schema{Type: "array", Items: s, MinItems: jsonschema.Ptr(1)} }

func anyOf(s ...*schema) *schema { return &schema{AnyOf: s} }

// anyScalar is a value whose text is taken as written.
func anyScalar() *schema { return &schema{Types: []string{"string", "number", "boolean"}} }

func fixedPort() *schema { return pattern(`^(tcp|udp)/[1-9][0-9]{0,4}$`) }

// named is a mapping whose keys are names that the author chooses.
func named(names string, value *schema, most int) *schema {
	return &schema{
		Type: "object", PropertyNames: &schema{Pattern: names}, AdditionalProperties: value,
		MaxProperties: jsonschema.Ptr(most),
	}
}

// things is what can be read, each with its documentation.
func things() *schema {
	s := &schema{}
	for _, f := range ask.Things() {
		name := any(f.Name)
		s.AnyOf = append(s.AnyOf, &schema{Const: &name, Description: f.Doc})
	}
	return s
}
