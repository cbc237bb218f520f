package scenario

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// An entry is a key of a mapping with its value.
type entry struct{ key, value *yaml.Node }

// A mapping is a YAML mapping whose keys are known and unique, in the order of the file.
type mapping struct {
	node    *yaml.Node
	entries []entry
}

// get returns the value of a key, or nil.
func (m mapping) get(name string) *yaml.Node {
	for _, e := range m.entries {
		if e.key.Value == name {
			return e.value
		}
	}
	return nil
}

// key returns the key itself, for messages about its presence.
func (m mapping) key(name string) *yaml.Node {
	for _, e := range m.entries {
		if e.key.Value == name {
			return e.key
		}
	}
	return nil
}

// errorf records an error at a node. An alias is already an error, so its consequences are not reported.
func (d *document) errorf(n *yaml.Node, format string, args ...any) {
	if n.Kind != yaml.AliasNode {
		d.errorAt(n.Line, n.Column, format, args...)
	}
}

func (d *document) errorAt(line, column int, format string, args ...any) {
	line, column = max(line, 1), max(column, 1)
	source := ""
	if line <= len(d.lines) {
		source = d.lines[line-1]
	}
	d.errs = append(d.errs, Error{
		File: d.file, Line: line, Column: column, Source: source, Text: fmt.Sprintf(format, args...),
	})
}

// mapping reads a mapping whose keys must all be known. Without known keys any name is allowed.
func (d *document) mapping(n *yaml.Node, what string, known []string) (mapping, bool) {
	if n.Kind != yaml.MappingNode {
		d.errorf(n, "%s must be a mapping, not %s", what, kindOf(n))
		return mapping{node: n}, false
	}
	m := mapping{node: n}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Tag == "!!merge":
			d.errorf(key, "merge keys are not allowed")
		case key.Kind != yaml.ScalarNode || key.Tag != "!!str":
			d.errorf(key, "a key must be a name, not %s", kindOf(key))
		case value.Tag == "!!null" && strings.Contains(key.Value, " ") && n.Style&yaml.FlowStyle != 0:
			d.errorf(key, "a comma ends a value here. Put text with a comma in quotes")
		case len(known) > 0 && !slices.Contains(known, key.Value):
			d.errorf(key, "unknown key %s in %s%s", quote(key.Value), what, instead(what, key.Value, known))
		case m.get(key.Value) != nil:
			d.errorf(key, "duplicate key %s, first on line %d", quote(key.Value), m.key(key.Value).Line)
		default:
			m.entries = append(m.entries, entry{key, value})
		}
	}
	return m, true
}

// require records an error for each missing key.
func (d *document) require(m mapping, what string, names ...string) {
	for _, name := range names {
		if m.get(name) == nil {
			d.errorf(m.node, "%s has no %q", what, name)
		}
	}
}

// list reads a sequence, which must not be empty.
func (d *document) list(n *yaml.Node, what string) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		d.errorf(n, "%s must be a list, not %s", what, kindOf(n))
		return nil
	}
	if len(n.Content) == 0 {
		d.errorf(n, "%s must not be empty", what)
	}
	return n.Content
}

// scalar reads a single value of any type except null, as written but without quotes.
func (d *document) scalar(n *yaml.Node, what string) (string, bool) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		d.errorf(n, "%s must be a single value, not %s", what, kindOf(n))
		return "", false
	}
	for _, r := range n.Value {
		if !unicode.IsPrint(r) && !unicode.IsSpace(r) {
			d.errorf(n, "%s has a character that cannot be shown: %q", what, r)
			return "", false
		}
	}
	return n.Value, true
}

// text reads a single value that is text.
func (d *document) text(n *yaml.Node, what string) (string, bool) {
	s, ok := d.scalar(n, what)
	if !ok {
		return "", false
	}
	if n.Tag != "!!str" {
		d.errorf(n, "%s must be text, not %s. Put it in quotes if you mean text", what, kindOf(n))
		return "", false
	}
	if strings.TrimSpace(s) == "" {
		d.errorf(n, "%s must not be empty", what)
		return "", false
	}
	return s, true
}

// prose reads text for people. Line breaks count as spaces.
func (d *document) prose(n *yaml.Node, name string) string {
	s, _ := d.text(n, name)
	return strings.Join(strings.Fields(s), " ")
}

func (d *document) boolean(n *yaml.Node, name string) bool {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" {
		d.errorf(n, "%s must be true or false, not %s", name, kindOf(n))
		return false
	}
	b, err := strconv.ParseBool(strings.ToLower(n.Value))
	if err != nil {
		d.errorf(n, "%s must be true or false", name)
	}
	return b
}

// choice reads a word from a closed list.
func (d *document) choice(n *yaml.Node, what string, words []string) string {
	s, ok := d.text(n, what)
	if !ok {
		return ""
	}
	if slices.Contains(words, s) {
		return s
	}
	d.errorf(n, "unknown %s %s%s", what, quote(s), suggest(s, words))
	return ""
}

// names and ids become parts of container names and hostnames, and labels of columns and rows.
var (
	namePattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,15}$`)
	idPattern   = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
)

func (d *document) name(n *yaml.Node, what string) string {
	if !namePattern.MatchString(n.Value) {
		d.errorf(n, "the %s name %s must be 1 to 16 of a-z, 0-9 and -, starting with a letter", what, quote(n.Value))
	}
	return n.Value
}

func (d *document) id(n *yaml.Node, what string) string {
	s, ok := d.text(n, what)
	if ok && !idPattern.MatchString(s) {
		d.errorf(n, "%s %s must be 1 to 32 of a-z, 0-9 and -, starting with a letter", what, quote(s))
	}
	return s
}

// A word is a part of a value, with its position.
type word struct {
	text         string
	line, column int
}

func (d *document) wordError(w word, format string, args ...any) {
	d.errorAt(w.line, w.column, format, args...)
}

// words splits a value at its spaces. The positions are exact for a plain value on one line.
func words(n *yaml.Node) []word {
	quotes := 0
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		quotes = 1
	}
	var ws []word
	for part := range strings.FieldsSeq(n.Value) {
		ws = append(ws, word{text: part, line: n.Line, column: n.Column})
	}
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return ws
	}
	rest, at := n.Value, n.Column+quotes
	for i := range ws {
		before, after, _ := strings.Cut(rest, ws[i].text)
		at += len([]rune(before))
		ws[i].column = at
		at += len([]rune(ws[i].text))
		rest = after
	}
	return ws
}

// whole returns a value as one word.
func whole(n *yaml.Node) word { return word{text: n.Value, line: n.Line, column: n.Column} }

// kindOf returns the type of a node in everyday words.
func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	switch n.Tag {
	case "!!null":
		return "nothing"
	case "!!bool":
		return "true or false"
	case "!!int", "!!float":
		return "a number"
	case "!!str":
		return "text"
	}
	return "something else"
}
