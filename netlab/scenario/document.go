package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// MaxSize bounds a file, in bytes, so that a wrong one is refused before it is parsed.
const MaxSize = 256 << 10

// A document is a YAML file that is being read, with the errors found so far. Scenarios and plans use the same
// restricted YAML.
type document struct {
	file  string
	what  string // the type of document: scenario or plan
	lines []string
	errs  Errors
}

// read returns the root of the file. If the file is not YAML that netlab accepts, it returns nil and adds the reason
// to errs.
func (d *document) read(data []byte) *yaml.Node {
	if len(data) > MaxSize {
		d.errorAt(1, 1, "a %s can be at most %d KiB, but this file has %d", d.what, MaxSize>>10, (len(data)+1023)>>10)
		return nil
	}
	data = utf8Of(data)
	d.lines = strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(data)), "\n")
	d.characters()
	if len(d.errs) > 0 {
		return nil
	}
	root := d.parse(data)
	if root != nil {
		d.refuse(root)
	}
	return root
}

// characters refuses characters that no netlab file needs and that could hide text from a reader: bytes that are not
// UTF-8, control characters, and characters that change the direction of text or that end a line only in YAML.
func (d *document) characters() {
	for i, line := range d.lines {
		column := 0
		for at, r := range line {
			column++
			switch {
			case r == utf8.RuneError && !strings.HasPrefix(line[at:], "\uFFFD"):
				d.errorAt(i+1, column, "the file is not UTF-8: byte 0x%02x", line[at])
			case r != '\t' && unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control) || r == '\uFEFF':
				d.errorAt(i+1, column, "character U+%04X is not allowed", r)
			}
		}
	}
}

// parse reads the file's only document.
func (d *document) parse(data []byte) *yaml.Node {
	loader, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithUniqueKeys(false))
	if err != nil {
		d.errorAt(1, 1, "reading YAML: %v", err)
		return nil
	}
	var root *yaml.Node
	for {
		var doc yaml.Node
		err := loader.Load(&doc)
		switch {
		case errors.Is(err, io.EOF) && root == nil:
			d.errorAt(1, 1, "the file is empty")
			return nil
		case errors.Is(err, io.EOF):
			return root
		case err != nil:
			d.syntax(err)
			return root
		case root != nil:
			d.errorAt(doc.Line, doc.Column, "a file holds one %s, but a second document starts here", d.what)
			return root
		case len(doc.Content) == 0 || doc.Content[0].Tag == "!!null":
			d.errorAt(1, 1, "the file is empty")
			return nil
		}
		root = doc.Content[0]
	}
}

// syntax records the YAML parser's error.
func (d *document) syntax(err error) {
	if d.tabs(); len(d.errs) > 0 {
		return
	}
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		d.errorAt(1, 1, "not YAML: %s", printable(err.Error()))
		return
	}
	text := e.Message
	if e.ContextMsg != "" {
		text += " " + e.ContextMsg
	}
	if e.ContextMark.Line > 0 && e.ContextMark.Line != e.Mark.Line {
		text += fmt.Sprintf(" that starts on line %d", e.ContextMark.Line)
	}
	d.errorAt(e.Mark.Line, e.Mark.Column, "not YAML: %s", printable(text))
}

// refuse records the YAML features that netlab's languages do not use. Without aliases there can be no alias bomb.
func (d *document) refuse(n *yaml.Node) {
	switch {
	case n.Kind == yaml.AliasNode:
		d.errorAt(n.Line, n.Column, "aliases are not allowed")
		return // its target is another part of the file
	case n.Anchor != "":
		d.errorf(n, "anchors are not allowed")
	case n.Style&yaml.TaggedStyle != 0:
		d.errorf(n, "tags are not allowed")
	}
	for _, c := range n.Content {
		d.refuse(c)
	}
}
