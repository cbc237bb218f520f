package scenario

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"netlab/netlab/ask"
)

// An asking is a check that is being read.
type asking struct {
	*script
	mapping
	c     *Check
	known checked  // about c
	from  *peer    // nil if the asker is missing or invalid
	then  []func() // reads what depends on the question
}

func newAsking(sc *script) *asking {
	c := &Check{}
	return &asking{script: sc, c: c, known: checked{check: c}}
}

func checkForm(a *asking) form {
	c := a.c
	return form{
		a: "a check", the: "the check", name: "check", doc: "A question and the expected answer",
		required: []string{"check", "ask", "expect"}, one: ask.FieldNames(ask.KindFields()),
		fields: append([]field{
			{"check", "id of the check, used by controls and comparisons", a.stepID(&c.ID)},
			{
				"group", ask.GroupWords() + "; the default depends on the probe",
				oneOf("group", &c.Group, ask.GroupNames()...),
			},
			{"lesson", "true: shown without --all", flag(&c.Lesson)},
			{"ask", "the question, at most 44 characters", question(&c.Ask)},
			{
				"from", "container or machine that asks, or host (not needed for start, build and inspect)",
				value(text(), a.readFrom),
			},
			{
				"server", "resolve and reverse: the DNS server to ask",
				a.only(ref("target"), ask.Resolve{}, ask.Reverse{}),
			},
			{"type", "resolve: A (the default) or AAAA", a.only(enum("A", "AAAA"), ask.Resolve{})},
			{
				"at", "listen, and connect to a free port: the address to listen on",
				a.onlyIf(ref("target"), "listen, and connect to a free port", func() bool {
					return a.isA(ask.Listen{}) || a.connectsFree()
				}),
			},
			{
				"by", "connect to a free port: the name that the asker connects to",
				a.onlyIf(ref("target"), "connect to a free port", a.connectsFree),
			},
			{
				"through", "connect and chains: the host address where the target's port is published",
				a.onlyIf(ref("target"), "chains, and connect to a published port", func() bool {
					return a.isA(ask.Chains{}, ask.Connect{}) && !a.connectsFree()
				}),
			},
			{
				"bytes", "ping: size of the whole IP packet, which must not be fragmented: 1500, web.mtu or web.mtu + 1;" +
					" write: size of the file",
				a.only(&schema{}, ask.Ping{}, ask.Write{}), // checkBytes has the details
			},
			{"text", "write: the line to put in the file", a.only(text(), ask.Write{})},
			{"beside", "listen: the container that already uses the same port", a.only(text(), ask.Listen{})},
			{
				"expect", "the expected reason, a mapping, or a list: the first entry whose when holds counts",
				value(ref("expect"), a.expect).after(&a.then),
			},
			{
				"path", "how the packets pass the host's firewall: " + strings.Join(paths(), ", ") +
					"; netlab then knows what to expect where the host itself stops them",
				value(enum(paths()...), a.path).after(&a.then),
			},
			{
				"control", "ids of checks that must be ok, so that an expected no proves something",
				value(anyOf(text(), listOf(text())), a.control),
			},
			{"because", "why this answer is expected", prose(&c.Because)},
			{
				"wants", "whether the answer is yes-no, or value (what was found); by default what suits the probe and its expect",
				oneOf("answer", &c.Wants, ask.WantsYesNo, ask.WantsValue),
			},
			{
				"needs", "ipvs or userland-proxy: the check is skipped if the kernel or the engine does not have it",
				oneOf("need", &c.Needs, NeedsIPVS, NeedsProxy),
			},
		}, a.kinds()...),
	}
}

func (a *asking) readFrom(n *yaml.Node) {
	if a.from = a.asker(n); a.from != nil {
		a.c.From = a.from.name
		a.running(n, a.from)
	}
}

// only is a key that belongs to some kinds of question, which read it.
func (a *asking) only(s *schema, kinds ...ask.Question) kind {
	var names []string
	for _, k := range kinds {
		names = append(names, k.Kind().Name)
	}
	return a.onlyIf(s, strings.Join(names, " and "), func() bool { return a.isA(kinds...) })
}

func (a *asking) onlyIf(s *schema, words string, fits func() bool) kind {
	return kind{s, func(d *document, e entry) {
		if a.c.Asks != nil && !fits() {
			d.errorf(e.key, "%q works only with %s", e.key.Value, words)
		}
	}}.after(&a.then)
}

func (a *asking) isA(kinds ...ask.Question) bool {
	return slices.ContainsFunc(kinds, func(k ask.Question) bool {
		return k.Kind().Name == a.c.Asks.Kind().Name
	})
}

// connectsFree reports whether the question connects to a free port.
func (a *asking) connectsFree() bool {
	connect, ok := a.c.Asks.(ask.Connect)
	return ok && connect.Port.Number == 0
}

// control reads the ids of the controls.
func (a *asking) control(n *yaml.Node) {
	a.known.controls = []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		a.known.controls = a.list(n, "control")
	}
	for _, id := range a.known.controls {
		if s, ok := a.text(id, "control"); ok {
			a.c.Control = append(a.c.Control, s)
		}
	}
}

// path adds what to expect where the host's firewall stops the packets.
func (a *asking) path(n *yaml.Node) {
	c := a.c
	if len(c.Expect) == 0 {
		return
	}
	c.Expect = append(onPath(a.choice(n, "path", paths()), c), c.Expect...)
	if a.known.negative == nil {
		a.known.negative = n
	}
}
