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

// jsonSchemas returns the JSON schemas (draft 2020-12) of the documents that netlab writes, by name, as published in
// scenarios/NAME.schema.json: indented, with a final newline. The error is the generator's, and does not depend on a
// document.
func jsonSchemas() (map[string][]byte, error) {
	all := map[string][]byte{}
	for name, generate := range map[string]func() (*jsonschema.Schema, error){
		"result": schema, KindWhy: whySchema, KindScan: scanSchema, KindMatrix: matrixSchema, KindDiff: diffSchema,
		KindDoctor: doctorSchema,
	} {
		s, err := generate()
		if err != nil {
			return nil, fmt.Errorf("making the schema of %s: %w", name, err)
		}
		s.Schema = "https://json-schema.org/draft/2020-12/schema"
		b, err := json.MarshalIndent(s, "", "  ")
		if err != nil {
			return nil, fmt.Errorf("writing the schema of %s: %w", name, err)
		}
		all[name] = append(b, '\n')
	}
	return all, nil
}

// textForms are the types that are text in JSON.
func textForms() *jsonschema.ForOptions {
	reasons := &jsonschema.Schema{Type: "string"}
	for _, r := range probe.Reasons() {
		reasons.Enum = append(reasons.Enum, string(r))
	}
	return &jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[time.Time]():    {Type: "string", Format: "date-time"},
		reflect.TypeFor[probe.Reason](): reasons,
		reflect.TypeFor[Choice]():       {Type: "string"},
	}}
}

func whySchema() (*jsonschema.Schema, error) {
	s, err := jsonschema.For[Why](textForms())
	if err != nil {
		return nil, err
	}
	s.Title = "Answer of netlab why"
	s.Description = "Whether one container can reach another, as measured, and why not. _us: microseconds."
	return s, restrict(s, append(causes("causes"), []closed{
		{[]string{"schema"}, []any{Schema}},
		{[]string{"kind"}, []any{KindWhy}},
		{[]string{"verdict"}, []any{Reachable, Unreachable, Ambiguous, Unknown, NothingFailed}},
		{[]string{"chain", "state"}, []any{HopOK, HopNo, HopUnknown}},
		{[]string{"chain", "direction"}, []any{Request, Reply}},
		{[]string{"watch", "moments", "kind"}, []any{MomentWorks, MomentFails, MomentMoved, MomentCause, MomentEvent}},
		{[]string{"live", "moments", "kind"}, []any{MomentListens, MomentFails, MomentEvent}},
		{[]string{"live", "failed", "network"}, []any{"tcp", "udp", "dns"}},
	}...))
}

func scanSchema() (*jsonschema.Schema, error) {
	s, err := jsonschema.For[Scan](textForms())
	if err != nil {
		return nil, err
	}
	s.Title = "Findings of netlab scan"
	s.Description = "What is wrong with the networks of containers, worst first. _us: microseconds."
	return s, restrict(s, append(causes("findings"), []closed{
		{[]string{"schema"}, []any{Schema}},
		{[]string{"kind"}, []any{KindScan}},
		{[]string{"findings", "severity"}, []any{Problem, Warning, Note}},
	}...))
}

func doctorSchema() (*jsonschema.Schema, error) {
	s, err := jsonschema.For[Doctor](textForms())
	if err != nil {
		return nil, err
	}
	s.Title = "Report of netlab doctor"
	s.Description = "What an engine is, which lessons it can run, and what is wrong with its host, worst first."
	return s, restrict(s, append(causes("findings"), []closed{
		{[]string{"schema"}, []any{Schema}},
		{[]string{"kind"}, []any{KindDoctor}},
		{[]string{"findings", "severity"}, []any{Problem, Warning, Note}},
	}...))
}

func matrixSchema() (*jsonschema.Schema, error) {
	s, err := jsonschema.For[Matrix](textForms())
	if err != nil {
		return nil, err
	}
	s.Title = "Answer of netlab matrix"
	s.Description = "Which containers can reach which others, as measured. _us: microseconds."
	sets := append(causes("causes"),
		closed{[]string{"schema"}, []any{Schema}}, closed{[]string{"kind"}, []any{KindMatrix}})
	for _, answer := range []string{"by_address", "by_name", "ports"} {
		sets = append(sets, closed{[]string{"cells", answer, "state"}, []any{HopOK, HopNo, HopUnknown, NotAsked}})
	}
	return s, restrict(s, sets)
}

func diffSchema() (*jsonschema.Schema, error) {
	s, err := jsonschema.For[Diff](textForms())
	if err != nil {
		return nil, err
	}
	s.Title = "Answer of netlab diff"
	s.Description = "What changed between two matrices. _us: microseconds."
	return s, restrict(s, []closed{
		{[]string{"schema"}, []any{Schema}},
		{[]string{"kind"}, []any{KindDiff}},
		{[]string{"changes", "what"}, []any{ByAddress, ByName, ByPort}},
	})
}

// causes are the closed sets of a list of causes.
func causes(list string) []closed {
	return []closed{
		{[]string{list, "direction"}, []any{Request, Reply}},
		{[]string{list, "fix", "class"}, []any{FixDocker, FixCompose, FixApplication, FixHost}},
	}
}

// A closed set is a plain string in Go.
type closed struct {
	path   []string
	values []any
}

// restrict allows only the values of the closed sets.
func restrict(s *jsonschema.Schema, sets []closed) error {
	for _, c := range sets {
		p := s
		for _, name := range c.path {
			if p.Items != nil {
				p = p.Items
			}
			if p = p.Properties[name]; p == nil {
				return errors.New("no property " + name)
			}
		}
		p.Enum = c.values
	}
	return nil
}

func schema() (*jsonschema.Schema, error) {
	target, err := jsonschema.For[ask.Target](nil)
	if err != nil {
		return nil, fmt.Errorf("making the schema of a target: %w", err)
	}
	options := textForms()
	options.TypeSchemas[reflect.TypeFor[ask.Target]()] = &jsonschema.Schema{Ref: "#/$defs/target"}
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
		return nil, err
	}
	s.Title = "Result of netlab"
	s.Defs = map[string]*jsonschema.Schema{"target": target}
	s.Description = "What was asked, expected and measured, and what was left on the engine. _us: microseconds."

	return s, restrict(s, []closed{
		{[]string{"schema"}, []any{Schema}},
		{[]string{"kind"}, anys(Kinds())},
		{[]string{"parts", "kind"}, []any{KindRun, KindCompare}},
		{[]string{"engines", "kind"}, []any{fact.KindEngine, fact.KindDesktop, fact.KindPodman}},
		{[]string{"scenarios", "steps", "verdict"}, []any{AsExpected, Surprise, Skipped, Broken}},
		{[]string{"scenarios", "steps", "do", "verb"}, anys(ask.VerbNames())},
		{[]string{"scenarios", "steps", "expect", "test"}, anys(ask.FieldNames(ask.Tests()))},
		{[]string{"scenarios", "steps", "wants"}, []any{ask.WantsYesNo, ask.WantsValue}},
		{[]string{"scenarios", "places", "kind"}, anys(fact.PlaceKinds())},
		{[]string{"scenarios", "steps", "observed", "lost", "way"}, []any{probe.WayIn, probe.WayOut}},
		{[]string{"scenarios", "steps", "observed", "lost", "packet"}, anys(probe.PacketKinds())},
		{[]string{"scenarios", "steps", "packets", "kind"}, anys(PacketKinds())},
		{[]string{"bench", "figures", "path"}, anys(Paths())},
		{[]string{"bench", "figures", "via"}, []any{ViaDirect, ViaProxy, ViaLoopback, ViaDNAT}},
		{[]string{"bench", "figures", "measure"}, anys(Measures())},
		{[]string{"bench", "figures", "unit"}, []any{"us", "bit/s", "1/s"}},
		{[]string{"bench", "figures", "verdict"}, []any{Skipped, Broken}},
		{[]string{"leftovers", "type"}, anys(fact.ObjectTypes())},
		{[]string{"swept", "type"}, anys(fact.ObjectTypes())},
	})
}

func anys(words []string) []any {
	values := make([]any, 0, len(words))
	for _, w := range words {
		values = append(values, w)
	}
	return values
}
