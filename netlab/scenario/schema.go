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
	root, err := fileSchema()
	if err != nil {
		return nil, err
	}
	return encode(root)
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

type (
	schema     = jsonschema.Schema
	properties map[string]*schema
)

// object is a closed mapping with the given keys. Each key needs a schema and each schema a key, so that the loader's
// lists and the schema cannot diverge.
func object(what string, keys []Field, p properties, required ...string) (*schema, error) {
	s := &schema{
		Type: "object", Description: what, Properties: p, Required: required,
		AdditionalProperties: &schema{Not: &schema{}}, PropertyOrder: fieldNames(keys),
	}
	for _, k := range keys {
		if p[k.Name] == nil {
			return nil, fmt.Errorf("the schema of %s has no %q", what, k.Name)
		}
		p[k.Name].Description = k.Doc
	}
	if len(p) != len(keys) {
		return nil, fmt.Errorf("the schema of %s has an extra key", what)
	}
	return s, nil
}

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

func fixedPort() *schema { return pattern(`^(tcp|udp)/[1-9][0-9]{0,4}$`) }

// named is a mapping whose keys are names that the author chooses.
func named(names string, value *schema, most int) *schema {
	return &schema{
		Type: "object", PropertyNames: &schema{Pattern: names}, AdditionalProperties: value,
		MaxProperties: jsonschema.Ptr(most),
	}
}

func fileSchema() (*schema, error) {
	version := any(1)
	containers := named(namePattern.String(), ref("container"), maxPeers)
	containers.MinProperties = jsonschema.Ptr(1)
	root, err := object("A netlab scenario", fileKeys(), properties{
		"version": {Const: &version}, "name": pattern(idPattern.String()),
		"title": text(), "command": text(), "use": text(), "note": text(), "upstream": text(),
		"images":     named(namePattern.String(), ref("image"), maxImages),
		"wires":      named(namePattern.String(), ref("wire"), maxWires),
		"networks":   named(namePattern.String(), ref("network"), maxNetworks),
		"volumes":    named(namePattern.String(), &schema{Type: "null"}, maxVolumes),
		"services":   named(namePattern.String(), ref("service"), maxServices),
		"containers": containers,
		"steps":      listOf(ref("step")),
	}, "version", "name", "steps")
	if err != nil {
		return nil, err
	}
	root.Schema = draft
	root.Title = "netlab scenario"
	root.AnyOf = []*schema{{Required: []string{"containers"}}, {Required: []string{"images"}}}
	root.Defs, err = definitions()
	return root, err
}

// definitions are the parts of a file that have their own name in the schema.
func definitions() (map[string]*schema, error) {
	defs := map[string]*schema{
		"step":   anyOf(ref("check"), ref("measure"), ref("action")),
		"values": anyOf(text(), &schema{Type: "number"}, boolean(), ref("text")),
		"target": anyOf(text(), ref("literal")),
		"expect": anyOf(ref("reason"), ref("expectation"), listOf(anyOf(ref("reason"), ref("expectation")))),
		"reason": {Type: "string", Enum: reasonWords()},
	}
	defs["values"].Description = "a reference such as alice.ipv4, a number, an address, a subnet, or {text: …}"
	defs["target"].Description = "a reference such as bob or bob.name, or {address: …} or {name: …}"
	parts := []struct {
		name, what string
		keys       []Field
		p          properties
		required   []string
		one        []Field // exactly one of these must be present
	}{
		{name: "image", what: "An image that the steps build", keys: imageKeys(), p: properties{
			"dockerfile": text(), "files": named(filePattern.String(), &schema{
				Types: []string{"string", "number", "boolean"},
			}, maxFiles),
			"of": text(), "stage": pattern(namePattern.String()),
		}, one: []Field{{Name: "dockerfile"}, {Name: "of"}}},
		{name: "wire", what: "A simulated link to an outside computer", keys: wireKeys(), p: properties{
			"machine": pattern(namePattern.String()), "ipv6": boolean(), "listen": listOf(anyOf(fixedPort(), ref("listener"))),
		}, required: []string{"machine"}},
		{name: "network", what: "A network that the lab creates", keys: networkKeys(), p: properties{
			"driver": enum(DriverBridge, DriverMacvlan, DriverIPvlan, DriverOverlay), "parent": text(),
			"ipv6": boolean(), "internal": boolean(),
			"options": {
				Type: "object", PropertyNames: &schema{Pattern: optionPattern.String()},
				AdditionalProperties: &schema{Types: []string{"string", "number", "boolean"}},
			},
		}},
		{name: "container", what: "A container of the lab", keys: containerKeys(), p: properties{
			"networks": anyOf(listOf(text()), &schema{
				Type: "object", AdditionalProperties: ref("attachment"), MinProperties: jsonschema.Ptr(1),
			}),
			"share": text(), "listen": listOf(anyOf(fixedPort(), ref("listener"))),
			"publish": listOf(anyOf(fixedPort(), ref("publish"))), "health": fixedPort(), "host-gateway": boolean(),
			"expose": listOf(fixedPort()), "dns": enum(DNSEngine), "image": text(), "created": boolean(),
			"writable": boolean(),
			"volumes":  named(namePattern.String(), pattern(pathPattern.String()), maxVolumes),
		}, one: []Field{{Name: "networks"}, {Name: "share"}}},
		{name: "service", what: "A service of the swarm", keys: serviceKeys(), p: properties{
			"network": text(), "replicas": {
				Type: "integer", Minimum: jsonschema.Ptr(1.0), Maximum: jsonschema.Ptr(float64(maxReplicas)),
			},
			"endpoint": enum(EndpointVIP, EndpointDNSRR), "listen": listOf(fixedPort()),
		}, required: []string{"network"}},
		{name: "listener", what: "A port that answers at one address", keys: listenerKeys(), p: properties{
			"port": fixedPort(), "at": text(),
		}, required: []string{"port"}},
		{name: "publish", what: "A published port", keys: publishKeys(), p: properties{
			"port": fixedPort(), "on": text(), "ipv6": boolean(), "as": text(),
		}, required: []string{"port"}},
		{name: "attachment", what: "A container on one network", keys: attachmentKeys(), p: properties{
			"address": {
				Type: "integer", Minimum: jsonschema.Ptr(float64(FirstAddress)), Maximum: jsonschema.Ptr(float64(LastAddress)),
			},
			"aliases": listOf(pattern(idPattern.String())),
		}},
		{
			name: "check", what: "A question and the expected answer", keys: checkKeys(), p: checkProperties(),
			required: []string{"check", "ask", "expect"}, one: probeKeys(),
		},
		{name: "measure", what: "A measurement", keys: measureKeys(), p: properties{
			"measure": pattern(idPattern.String()), "group": enum(ask.GroupNames()...), "lesson": boolean(),
			"ask": question(), "from": text(), "time": enum(MeasureStart), "ping": ref("target"), "because": text(),
		}, required: []string{"measure", "from"}, one: []Field{{Name: "time"}, {Name: "ping"}}},
		{name: "action", what: "A change to the lab", keys: actionKeys(), p: properties{
			"do": pattern(ask.ActionPattern()),
		}, required: []string{"do"}},
		{name: "expectation", what: "An expected answer", keys: expectKeys(), p: expectProperties()},
		{name: "literal", what: "A literal address or name", keys: targetKeys(), p: properties{
			"address": text(), "name": text(),
		}, one: targetKeys()},
		{name: "endpoint", what: "An address or a name, and a port", keys: append(targetKeys(), portKeys()...), p: properties{
			"address": text(), "name": text(), "port": fixedPort(),
		}, required: []string{"port"}, one: targetKeys()},
		{name: "text", what: "Literal text", keys: textKeys(), p: properties{
			"text": {Types: []string{"string", "number", "boolean"}},
		}, required: []string{"text"}},
	}
	for _, part := range parts {
		s, err := object(part.what, part.keys, part.p, part.required...)
		if err != nil {
			return nil, err
		}
		for _, f := range part.one {
			s.OneOf = append(s.OneOf, &schema{Required: []string{f.Name}})
		}
		defs[part.name] = s
	}
	defs["check"].If, defs["check"].Then, defs["check"].Else = checkBytes()
	for _, name := range append([]string{"from"}, engineKinds()...) {
		defs["check"].AnyOf = append(defs["check"].AnyOf, &schema{Required: []string{name}})
	}
	// "web:" without a value is a network or an attachment with default settings.
	for _, name := range []string{"network", "attachment"} {
		defs[name].Type, defs[name].Types = "", []string{"object", "null"}
	}
	return defs, nil
}

func question() *schema {
	s := text()
	s.MaxLength = jsonschema.Ptr(maxAsk)
	return s
}

func expectProperties() properties {
	p := properties{
		"when": {
			Type: "object", MinProperties: jsonschema.Ptr(1),
			AdditionalProperties: &schema{Types: []string{"string", "number", "boolean"}},
		},
		"reason": ref("reason"), "because": text(), "dropped-by": pattern(`^\s*` + ask.Docker + `\s*$`),
	}
	for _, test := range ask.Tests() {
		p[test.Name] = ref("values")
	}
	return p
}

func checkProperties() properties {
	p := properties{
		"check": pattern(idPattern.String()), "group": enum(ask.GroupNames()...), "lesson": boolean(), "ask": question(),
		"from": text(), "server": ref("target"), "type": enum("A", "AAAA"), "at": ref("target"), "beside": text(),
		"by": ref("target"), "through": ref("target"), "bytes": {}, // checkBytes has the details
		"text": text(), "expect": ref("expect"), "control": anyOf(text(), listOf(text())), "because": text(),
		"path": enum(paths()...), "wants": enum(ask.WantsYesNo, ask.WantsValue), "needs": enum(NeedsIPVS, NeedsProxy),
	}
	for _, q := range ask.Kinds() {
		p[q.Kind().Name] = shape(q)
	}
	return p
}

// shape is what the key of a kind of question may have.
func shape(q ask.Question) *schema {
	switch q.(type) {
	case ask.Connect:
		return anyOf(pattern(`^\s*\S+\s+(tcp|udp)/(free|[1-9][0-9]{0,4})\s*$`), ref("endpoint"))
	case ask.Chains, ask.Balance:
		return pattern(`^\s*\S+\s+(tcp|udp)/[1-9][0-9]{0,4}\s*$`)
	case ask.Read:
		return things()
	case ask.Listen:
		return pattern(`^(tcp|udp)/(free|[1-9][0-9]{0,4})$`)
	case ask.Inspect:
		return pattern(`^\s*\S+\s+\S+(\s+\S+)?\s*$`)
	case ask.Await:
		return enum(healthWords()...)
	case ask.Write, ask.File:
		return pattern(pathPattern.String())
	case ask.Start, ask.Build:
		return text()
	}
	return ref("target")
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
	return isWrite, &schema{Properties: properties{"bytes": size(1, maxFile)}},
		&schema{Properties: properties{"bytes": packet}}
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

func reasonWords() []any {
	var words []any
	for _, name := range reasonNames() {
		words = append(words, name)
	}
	return words
}
