package result

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// JSONSchema returns the JSON schema (draft 2020-12) of a Record, as published in scenarios/result.schema.json:
// indented, with a final newline. The error is the generator's, and does not depend on a Record.
func JSONSchema() ([]byte, error) {
	s, err := schema()
	if err != nil {
		return nil, err
	}
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the result schema: %w", err)
	}
	return append(b, '\n'), nil
}

func schema() (*jsonschema.Schema, error) {
	reasons := &jsonschema.Schema{Type: "string"}
	for _, r := range probe.Reasons() {
		reasons.Enum = append(reasons.Enum, string(r))
	}
	target, err := jsonschema.For[ask.Target](nil)
	if err != nil {
		return nil, fmt.Errorf("making the schema of a target: %w", err)
	}
	options := &jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[probe.Reason](): reasons,
		reflect.TypeFor[time.Time]():    {Type: "string", Format: "date-time"},
		reflect.TypeFor[ask.Target]():   {Ref: "#/$defs/target"},
	}}
	questions := &jsonschema.Schema{Type: "object", Properties: map[string]*jsonschema.Schema{}}
	for _, q := range ask.Kinds() {
		fields, err := jsonschema.ForType(reflect.TypeOf(q), options)
		if err != nil {
			return nil, fmt.Errorf("making the schema of a question: %w", err)
		}
		fields.Description = q.Kind().Doc
		questions.Properties[q.Kind().Name] = fields
	}
	options.TypeSchemas[reflect.TypeFor[Question]()] = questions
	s, err := jsonschema.For[Record](options)
	if err != nil {
		return nil, fmt.Errorf("making the result schema: %w", err)
	}
	s.Schema = "https://json-schema.org/draft/2020-12/schema"
	s.Title = "Result of netlab"
	s.Defs = map[string]*jsonschema.Schema{"target": target}
	s.Description = "What was asked, expected and measured, and what was left on the engine. _us: microseconds."

	// The closed sets that are plain strings in Go.
	closed := []struct {
		path   []string
		values []any
	}{
		{[]string{"schema"}, []any{Schema}},
		{[]string{"kind"}, anys(Kinds())},
		{[]string{"parts", "kind"}, []any{KindRun, KindCompare}},
		{[]string{"engines", "kind"}, []any{fact.KindEngine, fact.KindDesktop, fact.KindPodman}},
		{[]string{"scenarios", "steps", "verdict"}, []any{AsExpected, Surprise, Skipped, Broken}},
		{[]string{"scenarios", "steps", "do", "verb"}, verbs()},
		{[]string{"scenarios", "steps", "expect", "test"}, anys(ask.FieldNames(ask.Tests()))},
		{[]string{"scenarios", "steps", "wants"}, []any{ask.WantsYesNo, ask.WantsValue}},
		{[]string{"scenarios", "places", "kind"}, anys(PlaceKinds())},
		{[]string{"scenarios", "steps", "packets", "kind"}, anys(PacketKinds())},
		{[]string{"bench", "figures", "path"}, anys(Paths())},
		{[]string{"bench", "figures", "via"}, anys(Vias())},
		{[]string{"bench", "figures", "measure"}, anys(Measures())},
		{[]string{"bench", "figures", "unit"}, []any{"us", "bit/s", "1/s"}},
		{[]string{"bench", "figures", "verdict"}, []any{Skipped, Broken}},
		{[]string{"leftovers", "type"}, anys(fact.ObjectTypes())},
		{[]string{"swept", "type"}, anys(fact.ObjectTypes())},
	}
	for _, c := range closed {
		p := s
		for _, name := range c.path {
			if p.Items != nil {
				p = p.Items
			}
			if p = p.Properties[name]; p == nil {
				return nil, errors.New("making the result schema: Record has no property " + name)
			}
		}
		p.Enum = c.values
	}
	return s, nil
}

func verbs() []any {
	var names []any
	for _, v := range ask.Verbs() {
		names = append(names, v.Name)
	}
	return names
}

func anys(words []string) []any {
	values := make([]any, 0, len(words))
	for _, w := range words {
		values = append(values, w)
	}
	return values
}
