package scenario

import (
	"bytes"
	"slices"

	"github.com/google/jsonschema-go/jsonschema"
	"go.yaml.in/yaml/v4"

	"netlab/netlab/ask"
)

// A loader holds what is known while one file is read.
type loader struct {
	document
	s *Scenario

	images []*image
	peers  map[string]*peer
	order  []string         // of the outside computers and containers, as in the file
	chosen map[place]string // the container that chose an address
	then   []func()         // what is read when all containers are known
}

// Load turns the bytes of the named file into a checked Scenario. The error is an Errors that lists everything wrong
// with the file.
func Load(name string, data []byte) (*Scenario, error) {
	l := newLoader(document{file: name, what: "scenario"})
	l.s.Source = bytes.Clone(data)
	if root := l.read(data); root != nil {
		l.scenario(root)
	}
	if len(l.errs) > 0 {
		return nil, sorted(l.errs)
	}
	return l.s, nil
}

func newLoader(d document) *loader {
	return &loader{document: d, s: &Scenario{}, peers: map[string]*peer{}, chosen: map[place]string{}}
}

// scenario reads the whole file.
func (l *loader) scenario(root *yaml.Node) {
	if hasKey(root, "parts") && !hasKey(root, "steps") {
		l.errorf(root, "this is a lesson plan, not a scenario. Run it with netlab class")
		return
	}
	if isCompose(root) {
		l.errorf(root, "this is a Compose file, not a scenario: netlab show bridge prints one to start from")
		return
	}
	f := fileForm(l)
	if !hasKey(root, "images") {
		f.required = []string{"version", "name", "containers", "steps"}
	}
	l.peers[ask.Host] = &peer{name: ask.Host, running: true}
	l.fill(root, f)
	for _, read := range l.then {
		read()
	}
}

// fileForm is a whole file. Definitions come before what refers to them.
func fileForm(l *loader) form {
	s := l.s
	containers := named(namePattern.String(), ref("container"), maxPeers)
	containers.MinProperties = jsonschema.Ptr(1)
	return form{
		a: "a scenario", the: "the scenario", doc: "A netlab scenario", required: []string{"version", "name", "steps"},
		fields: []field{
			{"version", "version of the language: 1", versionOne()},
			{"name", "name of the scenario", value(pattern(idPattern.String()), func(n *yaml.Node) {
				s.Name = l.id(n, "the scenario's name")
			})},
			{"title", "what the lab is, in one line", prose(&s.Title)},
			{"command", "how a student would get this mode", prose(&s.Command)},
			{"use", "what the mode is good for", prose(&s.Use)},
			{"note", "what textbooks often get wrong", prose(&s.Note)},
			{
				"upstream", "network or link of the lab's own upstream DNS server (no server without this key)",
				value(text(), l.upstream).after(&l.then),
			},
			{
				"images", "images that steps build, based on netlab's own image",
				value(named(namePattern.String(), ref("image"), maxImages), l.readImages),
			},
			{
				"wires", "simulated links from the engine's host to a machine that plays outside computers",
				value(named(namePattern.String(), ref("wire"), maxWires), l.wires),
			},
			{
				"networks", "networks that the lab creates (bridge, host and none always exist)",
				value(named(namePattern.String(), ref("network"), maxNetworks), l.networks),
			},
			{
				"volumes", "volumes that the lab creates, each a name without a value",
				value(named(namePattern.String(), &schema{Type: "null"}, maxVolumes), l.volumes),
			},
			{
				"services", "swarm services, each with its tasks on an overlay network",
				value(named(namePattern.String(), ref("service"), maxServices), l.services),
			},
			{"containers", "containers of the lab", value(containers, l.containers)},
			{
				"steps", "checks, measures and actions, in order",
				value(listOf(ref("step")), func(n *yaml.Node) { readSteps(l, n) }).after(&l.then),
			},
		},
	}
}

// definitions reads a mapping that defines names: from each name to what has it.
func (l *loader) definitions(n *yaml.Node, key, plural string, most int) ([]entry, bool) {
	m, ok := l.mapping(n, key, nil)
	if ok && len(m.entries) > most {
		l.errorf(n, "a lab can have at most %d %s", most, plural)
	}
	return m.entries, ok
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
func (s *Scenario) hasNetwork(name string) bool { return slices.Contains(s.networkNames(), name) }

// networkNames lists the networks that a container can be on.
func (s *Scenario) networkNames() []string {
	names := []string{DefaultBridge, HostNetwork, NoneNetwork}
	for _, n := range s.Networks {
		names = append(names, n.Name)
	}
	return names
}
