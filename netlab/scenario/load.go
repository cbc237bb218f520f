package scenario

import (
	"bytes"
	"slices"

	"go.yaml.in/yaml/v4"

	"netlab/netlab/ask"
)

// A loader holds what is known while one file is read.
type loader struct {
	document
	s *Scenario

	images  []*image
	written int // by the builds up to the current step, at most, in bytes
	peers   map[string]*peer
	order   []string // of the outside computers and containers, as in the file
	checks  []checked
	later   []func() // checks that run when all containers are known
}

// Load turns the bytes of the named file into a checked Scenario. The error is an Errors that lists everything wrong
// with the file.
func Load(name string, data []byte) (*Scenario, error) {
	l := &loader{
		document: document{file: name, what: "scenario"},
		s:        &Scenario{Source: bytes.Clone(data)}, peers: map[string]*peer{},
	}
	if root := l.read(data); root != nil {
		l.scenario(root)
	}
	if len(l.errs) > 0 {
		return nil, sorted(l.errs)
	}
	return l.s, nil
}

// scenario reads the whole file. It reads definitions before the keys that refer to them, whatever their order in the
// file.
func (l *loader) scenario(root *yaml.Node) {
	if hasKey(root, "parts") && !hasKey(root, "steps") {
		l.errorf(root, "this is a lesson plan, not a scenario. Run it with netlab class")
		return
	}
	if isCompose(root) {
		l.errorf(root, "this is a Compose file, not a scenario: netlab show bridge prints one to start from")
		return
	}
	m, ok := l.mapping(root, "a scenario", fileKeys())
	if !ok {
		return
	}
	l.require(m, "the scenario", "version", "name")
	if m.get("images") == nil {
		l.require(m, "the scenario", "containers")
	}
	l.require(m, "the scenario", "steps")
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
	l.peers[ask.Host] = &peer{name: ask.Host, running: true}
	if n := m.get("images"); n != nil {
		l.readImages(n)
	}
	if n := m.get("wires"); n != nil {
		l.wires(n)
	}
	if n := m.get("networks"); n != nil {
		l.networks(n)
	}
	if n := m.get("services"); n != nil {
		l.services(n)
	}
	if n := m.get("upstream"); n != nil {
		l.upstream(n)
	}
	if n := m.get("volumes"); n != nil {
		l.volumes(n)
	}
	if n := m.get("containers"); n != nil {
		l.containers(n)
	}
	if n := m.get("steps"); n != nil {
		for _, step := range l.list(n, "steps") {
			l.step(step)
		}
		l.controls()
		l.s.markLessons()
	}
}

// markLessons makes every question part of the lesson if the file marks none, so that a short file shows all it asks.
func (s *Scenario) markLessons() {
	for _, st := range s.Steps {
		if st.Check != nil && st.Check.Lesson || st.Measure != nil && st.Measure.Lesson {
			return
		}
	}
	for _, st := range s.Steps {
		switch {
		case st.Check != nil:
			st.Check.Lesson = true
		case st.Measure != nil:
			st.Measure.Lesson = true
		}
	}
}

// hasNetwork reports whether the lab has the network, either declared or one of the engine's own.
func (l *loader) hasNetwork(name string) bool { return slices.Contains(l.networkNames(), name) }

// networkNames lists the networks that a container can be on.
func (l *loader) networkNames() []string {
	names := []string{DefaultBridge, HostNetwork, NoneNetwork}
	for _, n := range l.s.Networks {
		names = append(names, n.Name)
	}
	return names
}
