package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/google/jsonschema-go/jsonschema"

	"netlab/netlab/ask"
)

// Schema returns the JSON schema of the language, which editors use for completion and to underline mistakes. It
// covers what can be checked in a single file without knowing names. Load checks the rest.
func Schema() ([]byte, error) {
	return encode(fileSchema())
}

// draft is the dialect of the published schemas.
const draft = "https://json-schema.org/draft/2020-12/schema"

func encode(root *schema) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(root); err != nil {
		return nil, fmt.Errorf("encoding the schema: %w", err)
	}
	return b.Bytes(), nil
}

func fileSchema() *schema {
	l := newLoader(document{})
	root := fileForm(l).object()
	root.Schema = draft
	root.Title = "netlab scenario"
	root.AnyOf = []*schema{{Required: []string{"containers"}}, {Required: []string{"images"}}}
	root.Defs = definitions(l)
	return root
}

// definitions are the parts of a file that have their own name in the schema.
func definitions(l *loader) map[string]*schema {
	defs := map[string]*schema{
		"step":   anyOf(ref("check"), ref("measure"), ref("action")),
		"values": anyOf(text(), &schema{Type: "number"}, boolean(), ref("text")),
		"target": anyOf(text(), ref("literal")),
		"expect": anyOf(ref("reason"), ref("expectation"), listOf(anyOf(ref("reason"), ref("expectation")))),
		"reason": enum(reasonNames()...),
	}
	defs["values"].Description = "a reference such as alice.ipv4, a number, an address, a subnet, or {text: …}"
	defs["target"].Description = "a reference such as bob or bob.name, or {address: …} or {name: …}"
	sc, c := &script{loader: l}, &Container{}
	for _, f := range []form{
		imageForm(), wireForm(l, &Wire{}), networkForm(l, &Network{}), containerForm(l, c), serviceForm(l, &Service{}),
		listenerForm(&Listener{}), publishForm(l, c, &Publish{}), attachmentForm(l, "", &Attachment{}),
		checkForm(newAsking(sc)), measureForm(sc, &Measure{}, nil), actionForm(sc), expectForm(&expecting{loader: l}),
		targetForm(&ask.Target{}), endpointForm(&ask.Target{}, &ask.Port{}), textForm(&ask.Value{}),
	} {
		defs[f.name] = f.object()
	}
	defs["check"].If, defs["check"].Then, defs["check"].Else = checkBytes()
	for _, name := range append([]string{"from"}, engineKinds()...) {
		defs["check"].AnyOf = append(defs["check"].AnyOf, &schema{Required: []string{name}})
	}
	// "web:" without a value is a network or an attachment with default settings.
	for _, name := range []string{"network", "attachment"} {
		defs[name].Type, defs[name].Types = "", []string{"object", "null"}
	}
	return defs
}

// checkBytes returns what "bytes" may be, for a write and for a ping.
func checkBytes() (isWrite, written, sent *schema) {
	size := func(least, most int) *schema {
		return &schema{
			Type: "integer", Minimum: jsonschema.Ptr(float64(least)), Maximum: jsonschema.Ptr(float64(most)),
		}
	}
	packet := anyOf(size(minBytes, maxBytes), pattern(`^\s*\S+(\s+[+-]\s+[0-9]+)?\s*$`))
	isWrite = &schema{Required: []string{ask.Write{}.Kind().Name}}
	return isWrite, &schema{Properties: map[string]*schema{"bytes": size(1, maxFile)}},
		&schema{Properties: map[string]*schema{"bytes": packet}}
}

// object is the schema of a form: a closed mapping.
func (f form) object() *schema {
	s := &schema{
		Type: "object", Description: f.doc, Properties: map[string]*schema{}, Required: f.required,
		AdditionalProperties: &schema{Not: &schema{}}, PropertyOrder: f.names(),
	}
	for _, field := range f.fields {
		field.schema.Description = field.doc
		s.Properties[field.name] = field.schema
	}
	for _, name := range f.one {
		s.OneOf = append(s.OneOf, &schema{Required: []string{name}})
	}
	return s
}

// PlanSchema returns the JSON schema of a class's plan, for editors. LoadPlan checks the rest.
func PlanSchema() ([]byte, error) {
	l := &planLoader{}
	root := planForm(l, &Plan{}).object()
	root.Schema, root.Title = draft, "netlab plan"
	root.Defs = map[string]*schema{"part": partForm(l, &Part{}).object()}
	return encode(root)
}
