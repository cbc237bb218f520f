// Package ask is the vocabulary: what can be asked of a lab, what can be read, named, expected and done there.
//
// Each kind of question is one type in one file, with its fields, the names that it uses, its words, and a row of
// properties. Kinds lists them; there is one such table each of the things that can be read, the fields that can be
// named, the comparisons, the actions and the groups. The loader, the schema, the lab, the commands by hand, the record
// and the views look everything up here. The package knows no file format, lab or engine.
package ask

import (
	"context"
	"slices"
	"strings"

	"netlab/netlab/probe"
)

// A Question is what a check asks: one of the types that Kinds lists.
type Question interface {
	// Kind has the properties of the question. Some depend on its fields: on the thing that is read, for example.
	Kind() Kind
	// String returns the question as written in a file: "connect host tcp/free at bridge.gateway".
	String() string
	// Ask asks it. A lab has one method for each kind.
	Ask(context.Context, Lab) probe.Outcome
}

// A Lab answers the questions of one asker.
type Lab interface {
	ARP(context.Context, ARP) probe.Outcome
	Await(context.Context, Await) probe.Outcome
	Balance(context.Context, Balance) probe.Outcome
	Build(context.Context, Build) probe.Outcome
	Chains(context.Context, Chains) probe.Outcome
	Connect(context.Context, Connect) probe.Outcome
	File(context.Context, File) probe.Outcome
	Hops(context.Context, Hops) probe.Outcome
	Inspect(context.Context, Inspect) probe.Outcome
	Listen(context.Context, Listen) probe.Outcome
	Ping(context.Context, Ping) probe.Outcome
	Read(context.Context, Read) probe.Outcome
	Resolve(context.Context, Resolve) probe.Outcome
	Reverse(context.Context, Reverse) probe.Outcome
	Start(context.Context, Start) probe.Outcome
	Write(context.Context, Write) probe.Outcome
}

// A Kind has the properties of a question.
type Kind struct {
	Name    string // the key in a scenario
	Doc     string // documents the key
	Example string // of the key's value
	Group   string // the default heading: one of Groups
	Answer  Answer // what an ok outcome has in addition to its reason
	Wants   string // WantsYesNo or WantsValue, whatever the words of the question are
	Weighs  bool   // wants a value if an expectation compares one

	Engine   bool // the engine acts, so there is no asker
	Changes  bool // it changes what later questions find, or waits for a change: it is asked alone
	Others   bool // it would see the sockets or processes of other questions: it is not asked together with them
	Sockets  bool // it opens sockets in a network namespace, in addition to those that the lab always has
	Sends    bool // it can put packets on the wire
	Resolves bool // it begins with a question to a DNS server

	// Of makes the question from its target, for a kind whose value in a file is only that. Use says which targets.
	Of  func(Target) Question
	Use Use
}

// What kind of answer a question wants.
const (
	WantsYesNo = "yes-no" // whether it is so
	WantsValue = "value"  // what was found
)

// Kinds lists the kinds of question, each as an example without fields, in the order in which they are documented.
func Kinds() []Question {
	return []Question{
		Ping{},
		Connect{},
		Resolve{},
		Reverse{},
		Read{},
		Listen{},
		Hops{},
		ARP{},
		Start{},
		Build{},
		Inspect{},
		Await{},
		Chains{},
		Write{},
		File{},
		Balance{},
	}
}

// KindFields lists the keys of the kinds.
func KindFields() []Field {
	var fields []Field
	for _, q := range Kinds() {
		fields = append(fields, Field{Name: q.Kind().Name, Doc: q.Kind().Doc})
	}
	return fields
}

// A namer is a question that names something in the lab: first what it reaches or looks up, then what else it uses.
type namer interface{ Names() []Target }

func names(q Question) []Target {
	if n, ok := q.(namer); ok {
		return n.Names()
	}
	return []Target{{}}
}

// TargetOf is what a question reaches or looks up, or the zero Target.
func TargetOf(q Question) Target { return names(q)[0] }

// References lists everything that a question names, beginning with its target.
func References(q Question) []Reference {
	var refs []Reference
	for _, t := range names(q) {
		refs = append(refs, t.Ref)
	}
	return refs
}

// AsksName reports whether a question begins with one to a DNS server.
func AsksName(q Question) bool {
	return q.Kind().Resolves || slices.ContainsFunc(names(q), Target.NeedsResolver)
}

// Server is the DNS server that a question is for, or the zero Target.
func Server(q Question) Target {
	switch q := q.(type) {
	case Resolve:
		return q.Server
	case Reverse:
		return q.Server
	}
	return Target{}
}

// Through is the host's address where a question reaches its target's published port, or the zero Target.
func Through(q Question) (at Target, port Port) {
	switch q := q.(type) {
	case Connect:
		return q.Through, q.Port
	case Chains:
		return q.Through, q.Port
	}
	return Target{}, Port{}
}

// OverIPv6 reports whether a question names an IPv6 address to connect to.
func OverIPv6(q Question) bool {
	to, _ := Through(q)
	if to.IsZero() {
		to = TargetOf(q)
	}
	return strings.Contains(to.Ref.Field, FieldIPv6) || strings.Contains(to.Literal, ":")
}

// ThingOf is what is read of a peer or an image, or "".
func ThingOf(q Question) string {
	switch q := q.(type) {
	case Read:
		return q.Thing
	case Inspect:
		return q.Thing
	}
	return ""
}

// Wants returns the kind of answer that a question with these expectations wants. A connect check asks whether there is
// a connection, even if the expectation says which source address the listener sees.
func Wants(q Question, expect []Expectation) string {
	k := q.Kind()
	if k.Weighs && slices.ContainsFunc(expect, func(e Expectation) bool { return e.Test != "" }) {
		return WantsValue
	}
	return k.Wants
}
