package scenario_test

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netlab/netlab/ask"
	"netlab/netlab/scenario"
	"netlab/scenarios"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
	"go.yaml.in/yaml/v4"
)

var update = flag.Bool("update", false, "write the schemas in scenarios/ again")

const schemaFile = "../../scenarios/schema.json"

func TestSchemaFilesAreCurrent(t *testing.T) {
	for file, schema := range map[string]func() ([]byte, error){
		schemaFile: scenario.Schema, "../../scenarios/plan.schema.json": scenario.PlanSchema,
		"../../scenarios/modes.schema.json": scenario.ModesSchema,
	} {
		want, err := schema()
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(file, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s is not what the loader takes; go test ./netlab/scenario -update writes it (-want +got):\n%s",
				file, diff)
		}
	}
}

// The loader is stricter than a schema can be, so the schema must accept what the loader accepts.
func TestSchemaAcceptsWhatLoadAccepts(t *testing.T) {
	schema := resolve(t)
	files, _ := filepath.Glob("testdata/valid-*.yaml")
	for _, name := range scenarios.Names() {
		files = append(files, "../../scenarios/"+name+".yaml")
	}
	for _, file := range files {
		if err := schema.Validate(instance(t, file)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// The comparison of the modes is valid by its schema, which finds the mistakes that Schema finds in a scenario.
func TestModesSchema(t *testing.T) {
	doc, err := scenario.ModesSchema()
	if err != nil {
		t.Fatal(err)
	}
	var root jsonschema.Schema
	if err := json.Unmarshal(doc, &root); err != nil {
		t.Fatal(err)
	}
	schema, err := root.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	whole := string(scenarios.Modes())
	if err := schema.Validate(value(t, []byte(whole))); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(whole, "# yaml-language-server: $schema=../modes.schema.json\n") {
		t.Error("the file does not name its schema")
	}
	for _, tt := range []struct{ name, from, to string }{
		{"an unknown key of a mode", "command: docker run IMAGE", "comand: docker run IMAGE"},
		{"an unknown key of a step in a mode", "host: {expect:", "host: {expects:"},
		{"an unknown reason in a mode", "none: {expect: net-unreachable", "none: {expect: unreachable"},
		{"an unknown key of the world", "world:", "world:\n  upstreams: bridge"},
		{"a step without a question", "    ask: What is the MTU of alice's interface?\n", ""},
		{"no modes", "\nmodes:", "\nmode:"},
	} {
		source := strings.Replace(whole, tt.from, tt.to, 1)
		if source == whole {
			t.Errorf("%s: the file has no %q", tt.name, tt.from)
		}
		if schema.Validate(value(t, []byte(source))) == nil {
			t.Errorf("%s: the schema accepts it", tt.name)
		}
	}
}

// An editor underlines mistakes that can be found without knowing the names in the file.
func TestSchemaRefuses(t *testing.T) {
	schema := resolve(t)
	const check = "check: a, ask: Why?, from: host, ping: alice, expect: ok"
	tests := []struct{ name, from, to string }{
		{"unknown key", "name: lab", "name: lab, titel: A lab"},
		{"missing name", "name: lab, ", ""},
		{"another version", "version: 1", "version: 2"},
		{"no containers", "alice: {networks: [bridge]}", ""},
		{"wrong name", "alice: {", "Alice: {"},
		{"wrong type", "[bridge]", "bridge"},
		{"an address out of range", "[bridge]", "{web: {address: 15}}"},
		{"a free port all the time", "[bridge]", "[bridge], listen: [tcp/free]"},
		{"two probes", "ping: alice", "ping: alice, read: links"},
		{"no probe", "ping: alice, ", ""},
		{"unknown thing", "ping: alice", "read: link"},
		{"unknown reason", "expect: ok", "expect: okay"},
		{"broken is expected", "expect: ok", "expect: {reason: broken}"},
		{"a comma too many", "expect: ok", "expect: {reason: ok, because: One, two}"},
		{"a long question", "Why?", strings.Repeat("Why?", 12)},
		{"two steps in one", check, check + ", do: stop alice"},
		{"unknown verb", check, "do: explode alice"},
		{"a network is missing", check, "do: connect alice"},
		{"a wire without a machine", "name: lab", "name: lab, wires: {uplink: {}}"},
		{"an unknown driver", "name: lab", "name: lab, networks: {web: {driver: ring}}"},
		{"a parent that is no name", "name: lab", "name: lab, networks: {web: {driver: macvlan, parent: 5}}"},
		{"a published port without a number", "[bridge]", "[bridge], publish: [{on: all}]"},
		{"a health check of no port", "[bridge]", "[bridge], health: \"yes\""},
		{"a tiny packet", "ping: alice", "ping: alice, bytes: 5"},
		{"nothing is measured", check, "measure: a, from: alice"},
	}
	base := "{version: 1, name: lab, containers: {alice: {networks: [bridge]}}, steps: [{" + check + "}]}"
	if err := schema.Validate(value(t, []byte(base))); err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		source := strings.Replace(base, tt.from, tt.to, 1)
		if schema.Validate(value(t, []byte(source))) == nil {
			t.Errorf("%s: the schema accepts %s", tt.name, source)
		}
	}
}

// The document for teachers has every key of the language.
func TestDocumentMentionsEveryKey(t *testing.T) {
	text, err := os.ReadFile("../../docs/scenario.md")
	if err != nil {
		t.Fatal(err)
	}
	var root jsonschema.Schema
	if err := json.Unmarshal(schemaJSON(t), &root); err != nil {
		t.Fatal(err)
	}
	keys := keysOf(&root)
	for _, def := range root.Defs {
		keys = append(keys, keysOf(def)...)
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	if len(keys) < 40 {
		t.Fatalf("the schema has only the keys %q", keys)
	}
	for _, key := range keys {
		if !strings.Contains(string(text), "`"+key+"`") && !strings.Contains(string(text), "`"+key+":") {
			t.Errorf("docs/scenario.md does not mention `%s`", key)
		}
	}
	for _, thing := range ask.Things() {
		if !strings.Contains(string(text), "`"+thing.Name+"`") {
			t.Errorf("docs/scenario.md does not mention `%s`", thing.Name)
		}
	}
}

func keysOf(s *jsonschema.Schema) []string {
	var keys []string
	for key := range s.Properties {
		keys = append(keys, key)
	}
	return keys
}

// The complete examples of the document are scenarios, and use each key of the language in each place where it is
// allowed. They also run on engines: see TestIntegrationDocument and TestEnginesDocument in netlab/cli.
func TestDocumentExamples(t *testing.T) {
	text, err := os.ReadFile("../../docs/scenario.md")
	if err != nil {
		t.Fatal(err)
	}
	var root jsonschema.Schema
	if err := json.Unmarshal(schemaJSON(t), &root); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for i, block := range strings.Split(string(text), "```yaml\n") {
		source, _, _ := strings.Cut(block, "```")
		if i == 0 || !strings.Contains(source, "version: 1") {
			continue
		}
		if _, err := scenario.Load("docs/scenario.md", []byte(source)); err != nil {
			t.Errorf("example %d: %v", i, err)
			continue
		}
		noteKeys(&root, "file", &root, value(t, []byte(source)), used)
	}
	places := map[string]*jsonschema.Schema{"file": &root}
	maps.Copy(places, root.Defs)
	for _, place := range slices.Sorted(maps.Keys(places)) {
		for _, key := range keysOf(places[place]) {
			if !used[place+" "+key] {
				t.Errorf("no whole example of docs/scenario.md has the key %q of a %s", key, place)
			}
		}
	}
}

// noteKeys walks a value along the schema that it matches, and records "PLACE KEY" for each key of the language in
// it.
func noteKeys(root *jsonschema.Schema, place string, s *jsonschema.Schema, v any, used map[string]bool) {
	if name, ok := strings.CutPrefix(s.Ref, "#/$defs/"); ok {
		place, s = name, root.Defs[name]
	}
	for _, one := range s.AnyOf {
		if one.Type == "" && one.Ref == "" && len(one.Properties) == 0 && one.Const == nil {
			continue // a rule about the same value
		}
		noteKeys(root, place, one, v, used)
	}
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			if s.Items != nil {
				noteKeys(root, place, s.Items, item, used)
			}
		}
	case map[string]any:
		for _, key := range s.Required { // for a different type of value
			if _, ok := v[key]; !ok {
				return
			}
		}
		for key, of := range v {
			switch property := s.Properties[key]; {
			case property != nil:
				used[place+" "+key] = true
				noteKeys(root, place, property, of, used)
			case s.AdditionalProperties != nil && len(s.Properties) == 0:
				noteKeys(root, place, s.AdditionalProperties, of, used)
			}
		}
	}
}

func resolve(t *testing.T) *jsonschema.Resolved {
	t.Helper()
	var root jsonschema.Schema
	if err := json.Unmarshal(schemaJSON(t), &root); err != nil {
		t.Fatal(err)
	}
	schema, err := root.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// instance reads a YAML file as the JSON value that an editor would check.
func instance(t *testing.T, file string) any {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return value(t, data)
}

func value(t *testing.T, data []byte) any {
	t.Helper()
	var read map[string]any
	if err := yaml.Load(data, &read); err != nil {
		t.Fatal(err)
	}
	encoded, err := json.Marshal(read)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(encoded, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// schemaJSON is the published schema of scenario files.
func schemaJSON(t *testing.T) []byte {
	t.Helper()
	text, ok := scenarios.SchemaJSON("scenario")
	if !ok {
		t.Fatal("scenarios have no schema")
	}
	return text
}
