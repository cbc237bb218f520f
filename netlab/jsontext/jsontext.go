// Package jsontext changes one string in a JSON text, and leaves every other byte as it is: the order, the indentation,
// and what it does not know. It imports nothing of netlab.
//
// A path is the name of a member of the outermost object, the name of a member in there, and so on.
package jsontext

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A member is a member of an object, and where it is in the text.
type member struct {
	name              string
	start, value, end int // where its name begins, where its value begins, and where that ends
}

// An object is an object in the text, and where its braces are.
type object struct {
	start, end int
	members    []member
}

// Get returns the string at the path. ok is false if there is nothing.
func Get(text []byte, path ...string) (value string, ok bool, err error) {
	objects, err := follow(text, path)
	if err != nil || len(objects) < len(path) {
		return "", false, err
	}
	m := objects[len(path)-1].member(path[len(path)-1])
	if m == nil {
		return "", false, nil
	}
	if text[m.value] != '"' {
		return "", false, fmt.Errorf("%s is not a string", strings.Join(path, "."))
	}
	return value, true, json.Unmarshal(text[m.value:m.end], &value)
}

// Set returns the text with the string at the path, in new objects where there are none. An empty text is an object.
func Set(text []byte, value string, path ...string) ([]byte, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		text = []byte("{}\n")
	}
	objects, err := follow(text, path)
	if err != nil {
		return nil, err
	}
	in, rest := objects[len(objects)-1], path[len(objects)-1:]
	if m := in.member(rest[0]); m != nil {
		return splice(text, m.value, m.end, quoted(value)), nil
	}
	s := styleOf(text, objects[0])
	if n := len(in.members); n > 0 {
		lead := s.lead(text, in)
		return splice(text, in.members[n-1].end, in.members[n-1].end, ","+lead+s.render(rest, value, lead)), nil
	}
	outer := ""
	if s.unit != "" {
		line := text[bytes.LastIndexByte(text[:in.start], '\n')+1:]
		outer = "\n" + string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
	}
	return splice(text, in.start, in.end, "{"+outer+s.unit+s.render(rest, value, outer+s.unit)+outer+"}"), nil
}

// Remove returns the text without the member at the path, and without the objects that only had this one.
func Remove(text []byte, path ...string) ([]byte, error) {
	objects, err := follow(text, path)
	if err != nil || len(objects) < len(path) {
		return text, err
	}
	i := len(path) - 1
	if objects[i].member(path[i]) == nil {
		return text, nil
	}
	for i > 0 && len(objects[i].members) == 1 {
		i--
	}
	in := objects[i]
	at := slices.IndexFunc(in.members, func(m member) bool { return m.name == path[i] })
	switch {
	case len(in.members) == 1:
		return splice(text, in.start, in.end, "{}"), nil
	case at == 0:
		return splice(text, in.members[0].start, in.members[1].start, ""), nil
	}
	return splice(text, in.members[at-1].end, in.members[at].end, ""), nil
}

// follow returns the outermost object, and those that the path leads through, as far as they exist.
func follow(text []byte, path []string) ([]object, error) {
	var valid json.RawMessage
	if err := json.Unmarshal(text, &valid); err != nil {
		return nil, placed(text, err)
	}
	at := len(text) - len(bytes.TrimLeft(text, " \t\r\n"))
	var objects []object
	for i, name := range path {
		if text[at] != '{' {
			if i == 0 {
				return nil, errors.New("it is not a JSON object")
			}
			return nil, fmt.Errorf("%s is not an object", strings.Join(path[:i], "."))
		}
		o, err := read(text, at)
		if err != nil {
			return nil, err
		}
		objects = append(objects, o)
		m := o.member(name)
		if m == nil {
			break
		}
		at = m.value
	}
	return objects, nil
}

// placed says where the text is not JSON.
func placed(text []byte, err error) error {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return err
	}
	before := text[:syntax.Offset]
	line := bytes.Count(before, []byte("\n")) + 1
	return fmt.Errorf("line %d, column %d: %w", line, len(before)-bytes.LastIndexByte(before, '\n')-1, err)
}

// read reads the object whose brace is at a place of a valid text.
func read(text []byte, at int) (object, error) {
	o := object{start: at}
	d := json.NewDecoder(bytes.NewReader(text[at:]))
	if _, err := d.Token(); err != nil {
		return o, err
	}
	for d.More() {
		from := at + int(d.InputOffset())
		name, err := d.Token()
		if err != nil {
			return o, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return o, err
		}
		end := at + int(d.InputOffset())
		start := from + bytes.IndexByte(text[from:], '"')
		o.members = append(o.members, member{name: name.(string), start: start, value: end - len(value), end: end})
	}
	_, err := d.Token()
	o.end = at + int(d.InputOffset())
	return o, err
}

// member returns the member of that name, or nil.
func (o object) member(name string) *member {
	i := slices.IndexFunc(o.members, func(m member) bool { return m.name == name })
	if i < 0 {
		return nil
	}
	return &o.members[i]
}

// A style is how the text is written.
type style struct {
	unit  string // of indentation; "" if the text is on one line
	colon string
}

// styleOf returns the text's style. An empty object gets that of the docker command.
func styleOf(text []byte, root object) style {
	s := style{unit: "\t", colon: ": "}
	if len(root.members) > 0 {
		first := root.members[0]
		_, s.unit, _ = strings.Cut(string(text[root.start+1:first.start]), "\n")
		if text[first.value-1] != ' ' {
			s.colon = ":"
		}
	}
	return s
}

// lead returns what stands before the last member of an object: blanks, or a line break and the indentation.
func (s style) lead(text []byte, o object) string {
	n := len(o.members)
	if n == 1 {
		return string(text[o.start+1 : o.members[0].start])
	}
	_, lead, _ := strings.Cut(string(text[o.members[n-2].end:o.members[n-1].start]), ",")
	return lead
}

// render writes a member, whose value is a string in objects, as it stands behind lead.
func (s style) render(path []string, value, lead string) string {
	text := quoted(path[0]) + s.colon
	if len(path) == 1 {
		return text + quoted(value)
	}
	if !strings.Contains(lead, "\n") {
		return text + "{" + s.render(path[1:], value, "") + "}"
	}
	return text + "{" + lead + s.unit + s.render(path[1:], value, lead+s.unit) + lead + "}"
}

func quoted(text string) string {
	q, _ := json.Marshal(text) // a string can always be written
	return string(q)
}

func splice(text []byte, from, to int, with string) []byte {
	return slices.Concat(text[:from], []byte(with), text[to:])
}
