package scenario

import (
	"slices"

	"go.yaml.in/yaml/v4"

	"netlab/netlab/ask"
)

// LoadModes reads a comparison of modes: one file that has each question once. It returns a scenario for
// each mode, in the order of the file. The file is a scenario with three more keys:
//
//	world:  what all modes share: links, networks, containers, the upstream DNS server
//	modes:  the name of each mode, with the keys that the scenario has in that mode
//	in:     in a step, the name of a mode, with the keys that the step has in that mode
//
// The keys of a mode are added to those of the scenario, and replace existing ones. A key without a value removes the
// scenario's key.
func LoadModes(name string, data []byte) ([]*Scenario, error) {
	d := document{file: name, what: "comparison"}
	root := d.read(data)
	if len(d.errs) > 0 {
		return nil, sorted(d.errs)
	}
	modes, world := child(root, "modes"), child(root, "world")
	if modes == nil || modes.Kind != yaml.MappingNode {
		d.errorf(root, `a comparison has no "modes"`)
		return nil, sorted(d.errs)
	}
	d.knownModes(root, modes)
	var scenarios []*Scenario
	for i := 0; i < len(modes.Content); i += 2 {
		l := newLoader(document{file: name, what: d.what, lines: d.lines})
		l.scenario(inMode(root, world, modes.Content[i], modes.Content[i+1]))
		l.s.Shared = shared(world)
		scenarios = append(scenarios, l.s)
		d.errs = append(d.errs, l.errs...)
	}
	if len(d.errs) > 0 {
		return nil, sorted(d.errs)
	}
	return scenarios, nil
}

// knownModes records an error for each mode that a step names and the file does not define.
func (d *document) knownModes(root, modes *yaml.Node) {
	steps := child(root, "steps")
	if steps == nil {
		return
	}
	for _, step := range steps.Content {
		in := child(step, "in")
		for i := 0; in != nil && i+1 < len(in.Content); i += 2 {
			if name := in.Content[i]; child(modes, name.Value) == nil {
				d.errorf(name, "unknown mode %s", quote(name.Value))
			}
		}
	}
}

// inMode returns the file as it reads in one mode.
func inMode(root, world, name, mode *yaml.Node) *yaml.Node {
	base := without(root, "modes", "world")
	if steps := child(base, "steps"); steps != nil {
		cut := *steps
		cut.Content = nil
		for _, step := range steps.Content {
			cut.Content = append(cut.Content, merged(without(step, "in"), child(child(step, "in"), name.Value), false))
		}
		base = replaced(base, "steps", &cut)
	}
	key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "name", Line: name.Line, Column: name.Column}
	base = &yaml.Node{
		Kind: base.Kind, Tag: base.Tag, Line: base.Line, Column: base.Column,
		Content: append([]*yaml.Node{key, name}, base.Content...),
	}
	return merged(merged(base, world, true), mode, true)
}

// merged adds the keys of more to those of base. If both have a key, the value of more wins, or with deep it is merged
// too if both are mappings. A key without a value removes one.
func merged(base, more *yaml.Node, deep bool) *yaml.Node {
	if more == nil || base.Kind != yaml.MappingNode || more.Kind != yaml.MappingNode {
		return base
	}
	out := *base
	out.Content = slices.Clone(base.Content)
	for i := 0; i+1 < len(more.Content); i += 2 {
		key, value := more.Content[i], more.Content[i+1]
		was := child(&out, key.Value)
		switch {
		case value.Tag == "!!null":
			out = *without(&out, key.Value)
		case was == nil:
			out.Content = append(out.Content, key, value)
		case deep && was.Kind == yaml.MappingNode && value.Kind == yaml.MappingNode:
			out = *replaced(&out, key.Value, merged(was, value, true))
		default:
			out = *replaced(&out, key.Value, value)
		}
	}
	return &out
}

// child returns the value of a key of a mapping, or nil.
func child(n *yaml.Node, name string) *yaml.Node {
	for i := 0; n != nil && n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

// replaced returns a mapping with a new value for one of its keys.
func replaced(n *yaml.Node, name string, value *yaml.Node) *yaml.Node {
	out := *n
	out.Content = slices.Clone(n.Content)
	for i := 0; i+1 < len(out.Content); i += 2 {
		if out.Content[i].Value == name {
			out.Content[i+1] = value
		}
	}
	return &out
}

// without returns a mapping without some keys.
func without(n *yaml.Node, names ...string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return n
	}
	out := *n
	out.Content = nil
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !slices.Contains(names, n.Content[i].Value) {
			out.Content = append(out.Content, n.Content[i], n.Content[i+1])
		}
	}
	return &out
}

// shared lists the names of what the modes share.
func shared(world *yaml.Node) []string {
	var names []string
	if up := child(world, "upstream"); up != nil {
		names = append(names, ask.Upstream)
	}
	for _, kind := range []string{"wires", "networks", "containers"} {
		n := child(world, kind)
		for i := 0; n != nil && i+1 < len(n.Content); i += 2 {
			names = append(names, n.Content[i].Value)
		}
	}
	return names
}

// IsShared reports whether all modes of the comparison share the link, network or container of that name.
func (s *Scenario) IsShared(name string) bool { return slices.Contains(s.Shared, name) }

// World returns what the scenarios share: a lab without questions of its own, or nil if they share nothing.
func World(scenarios []*Scenario) *Scenario {
	w := &Scenario{Name: "world"}
	has := map[string]bool{}
	first := func(s *Scenario, name string) bool {
		if !s.IsShared(name) || has[name] {
			return false
		}
		has[name] = true
		return true
	}
	for _, s := range scenarios {
		if s.Upstream != "" && first(s, ask.Upstream) {
			w.Upstream = s.Upstream
		}
		for _, wire := range s.Wires {
			if first(s, wire.Name) {
				w.Wires = append(w.Wires, wire)
			}
		}
		for _, n := range s.Networks {
			if first(s, n.Name) {
				w.Networks = append(w.Networks, n)
			}
		}
		for _, c := range s.Containers {
			if first(s, c.Name) {
				w.Containers = append(w.Containers, c)
			}
		}
	}
	if len(has) == 0 {
		return nil
	}
	return w
}
