package scenario

import (
	"go.yaml.in/yaml/v4"

	"netlab/netlab/ask"
)

// A form describes one kind of mapping. It is made for the value that it fills: each of its fields says where what it
// reads goes. The schema publishes the same fields, so that a new key is written in one place.
type form struct {
	a, the   string // what messages call the mapping: "a link", and "the link" where that differs
	name     string // among the schema's definitions
	doc      string
	required []string
	one      []string // exactly one of these is needed, which its reader checks
	fields   []field
}

// A field is a key of a mapping, with the sentence that documents it.
type field struct {
	name, doc string
	kind
}

// A kind is what a field may have: its schema for editors, and what the loader does with it. Without read, the field is
// read together with another one.
type kind struct {
	schema *schema
	read   func(*document, entry)
}

func (f form) names() []string {
	names := make([]string, len(f.fields))
	for i, field := range f.fields {
		names[i] = field.name
	}
	return names
}

// fill reads a mapping by its form, whatever the order of the file.
func (d *document) fill(n *yaml.Node, f form) (mapping, bool) {
	m, ok := d.mapping(n, f.a, f.names())
	if ok {
		d.readFields(m, f)
	}
	return m, ok
}

// readFields reads those fields of a form that the mapping has, in the order of the form.
func (d *document) readFields(m mapping, f form) {
	the := f.the
	if the == "" {
		the = f.a
	}
	d.require(m, the, f.required...)
	for _, field := range f.fields {
		if key := m.key(field.name); key != nil && field.read != nil {
			field.read(d, entry{key, m.get(field.name)})
		}
	}
}

// after postpones the reading until what the value refers to is known.
func (k kind) after(then *[]func()) kind {
	read := k.read
	k.read = func(d *document, e entry) { *then = append(*then, func() { read(d, e) }) }
	return k
}

// value is a kind that has its own reader.
func value(s *schema, read func(*yaml.Node)) kind {
	return kind{s, func(_ *document, e entry) { read(e.value) }}
}

// versionOne is the version of a language, which so far has only one.
func versionOne() kind {
	one := any(1)
	return kind{&schema{Const: &one}, func(d *document, e entry) {
		if e.value.Tag != "!!int" || e.value.Value != "1" {
			d.errorf(e.value, "version must be 1")
		}
	}}
}

// prose is text for people.
func prose(to *string) kind {
	return kind{text(), func(d *document, e entry) { *to = d.prose(e.value, e.key.Value) }}
}

func flag(to *bool) kind {
	return kind{boolean(), func(d *document, e entry) { *to = d.boolean(e.value, e.key.Value) }}
}

// oneOf is a word from a closed list. what is what messages call it.
func oneOf(what string, to *string, words ...string) kind {
	return kind{enum(words...), func(d *document, e entry) { *to = d.choice(e.value, what, words) }}
}

// onePort is a port with a number.
func onePort(to *ask.Port) kind {
	return kind{fixedPort(), func(d *document, e entry) { *to, _ = d.portNode(e.value, false) }}
}

func ports(to *[]ask.Port) kind {
	return kind{listOf(fixedPort()), func(d *document, e entry) { *to = d.ports(e.value, e.key.Value) }}
}

// fieldsOf makes fields of words that are documented elsewhere.
func fieldsOf(words []ask.Field, kindOf func(name string) kind) []field {
	var fields []field
	for _, w := range words {
		fields = append(fields, field{w.Name, w.Doc, kindOf(w.Name)})
	}
	return fields
}
