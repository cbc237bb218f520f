package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// MaxSize bounds a file, in bytes, so that a wrong one is refused before it is parsed.
const MaxSize = 256 << 10

// A loader holds what is known while one file is read.
type loader struct {
	file  string
	lines []string
	errs  Errors
	s     *Scenario

	peers  map[string]*peer
	order  []string // of the machines and containers, as in the file
	checks []checked
	later  []func() // what is checked when all containers are known
}

// Load turns the bytes of the named file into a checked Scenario. The error is an Errors with everything that is wrong.
func Load(name string, data []byte) (*Scenario, error) {
	l := &loader{file: name, s: &Scenario{Source: bytes.Clone(data)}, peers: map[string]*peer{}}
	if len(data) > MaxSize {
		l.errorAt(1, 1, "a scenario has at most %d KiB, and this file has %d", MaxSize>>10, (len(data)+1023)>>10)
		return nil, l.errs
	}
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	l.lines = strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(data)), "\n")
	l.characters()
	if len(l.errs) > 0 {
		return nil, sorted(l.errs)
	}
	if root := l.parse(data); root != nil {
		l.refuse(root)
		l.scenario(root)
	}
	if len(l.errs) > 0 {
		return nil, sorted(l.errs)
	}
	return l.s, nil
}

// characters refuses what no scenario needs and what would hide text from a reader: bytes that are not UTF-8, control
// characters, and those that change the direction of text or end a line in YAML only.
func (l *loader) characters() {
	for i, line := range l.lines {
		column := 0
		for at, r := range line {
			column++
			switch {
			case r == utf8.RuneError && !strings.HasPrefix(line[at:], "\uFFFD"):
				l.errorAt(i+1, column, "the file is not UTF-8: byte 0x%02x", line[at])
			case r != '\t' && unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control) || r == '\uFEFF':
				l.errorAt(i+1, column, "character U+%04X is not allowed", r)
			}
		}
	}
}

// parse reads the one document of the file.
func (l *loader) parse(data []byte) *yaml.Node {
	loader, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithUniqueKeys(false))
	if err != nil {
		l.errorAt(1, 1, "reading YAML: %v", err)
		return nil
	}
	var root *yaml.Node
	for {
		var doc yaml.Node
		err := loader.Load(&doc)
		switch {
		case errors.Is(err, io.EOF) && root == nil:
			l.errorAt(1, 1, "the file is empty")
			return nil
		case errors.Is(err, io.EOF):
			return root
		case err != nil:
			l.syntax(err)
			return root
		case root != nil:
			l.errorAt(doc.Line, doc.Column, "a file has one scenario, and here a second document begins")
			return root
		case len(doc.Content) == 0 || doc.Content[0].Tag == "!!null":
			l.errorAt(1, 1, "the file is empty")
			return nil
		}
		root = doc.Content[0]
	}
}

// syntax notes what the YAML parser says.
func (l *loader) syntax(err error) {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		l.errorAt(1, 1, "not YAML: %s", printable(err.Error()))
		return
	}
	text := e.Message
	if e.ContextMsg != "" {
		text += " " + e.ContextMsg
	}
	if e.ContextMark.Line > 0 && e.ContextMark.Line != e.Mark.Line {
		text += fmt.Sprintf(" that begins on line %d", e.ContextMark.Line)
	}
	l.errorAt(e.Mark.Line, e.Mark.Column, "not YAML: %s", printable(text))
}

// refuse notes the features of YAML that a scenario has no use for. Without aliases there is no alias bomb.
func (l *loader) refuse(n *yaml.Node) {
	switch {
	case n.Kind == yaml.AliasNode:
		l.errorAt(n.Line, n.Column, "aliases are not allowed")
		return // its target is another part of the file
	case n.Anchor != "":
		l.errorf(n, "anchors are not allowed")
	case n.Style&yaml.TaggedStyle != 0:
		l.errorf(n, "tags are not allowed")
	}
	for _, c := range n.Content {
		l.refuse(c)
	}
}

// scenario reads the whole file. What is named is read before what names it, in whatever order they stand.
func (l *loader) scenario(root *yaml.Node) {
	m, ok := l.mapping(root, "a scenario", fileKeys())
	if !ok {
		return
	}
	l.require(m, "the scenario", "version", "name", "containers", "steps")
	if n := m.get("version"); n != nil && (n.Tag != "!!int" || n.Value != "1") {
		l.errorf(n, "version must be 1")
	}
	if n := m.get("name"); n != nil {
		l.s.Name = l.id(n, "the scenario's name")
	}
	l.s.Title = l.prose(m, "title")
	l.s.Command = l.prose(m, "command")
	l.s.Use = l.prose(m, "use")
	l.s.Note = l.prose(m, "note")
	l.peers[Host] = &peer{name: Host, running: true}
	if n := m.get("wires"); n != nil {
		l.wires(n)
	}
	if n := m.get("networks"); n != nil {
		l.networks(n)
	}
	if n := m.get("upstream"); n != nil {
		l.upstream(n)
	}
	if n := m.get("containers"); n != nil {
		l.containers(n)
	}
	if n := m.get("steps"); n != nil {
		for _, step := range l.list(n, "steps") {
			l.step(step)
		}
		l.controls()
	}
}

// hasNetwork reports whether the lab has the network, declared or the engine's own.
func (l *loader) hasNetwork(name string) bool { return slices.Contains(l.networkNames(), name) }

// networkNames lists the networks that a container can be on.
func (l *loader) networkNames() []string {
	names := []string{DefaultBridge, HostNetwork, NoneNetwork}
	for _, n := range l.s.Networks {
		names = append(names, n.Name)
	}
	return names
}
