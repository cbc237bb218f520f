package ask

import (
	"slices"
	"strings"
)

// An Action changes the lab between checks. It is a barrier.
type Action struct {
	Verb    string `json:"verb"` // one of Verbs
	Peer    string `json:"peer,omitempty"`
	Network string `json:"network,omitempty"` // for connect and disconnect
	Image   string `json:"image,omitempty"`   // for edit, which does not name a peer
	File    string `json:"file,omitempty"`    // for edit
}

// What a `do:` step can do.
const (
	VerbConnect    = "connect"    // attach a container to one more network while it runs
	VerbDisconnect = "disconnect" // detach it from a network while it runs
	VerbPause      = "pause"
	VerbUnpause    = "unpause"
	VerbRestart    = "restart"
	VerbStop       = "stop"
	VerbStart      = "start"
	VerbRecreate   = "recreate" // remove it and create it again from its image; its volumes stay
	VerbClose      = "close"    // close its listeners, as if its server had crashed
	VerbOpen       = "open"     // open them again
	VerbEdit       = "edit"     // change a file that an image is built from
)

// What follows a verb.
const (
	ObjectContainer = "CONTAINER"
	ObjectNetwork   = "NETWORK"
	ObjectImage     = "IMAGE"
	ObjectFile      = "FILE"
)

// A Verb is something that a `do:` step can do.
type Verb struct {
	Name    string
	Objects []string // what follows it in a file
	Says    string   // what it did, in words, with the objects at $1 and $2
	Renews  bool     // the container may have other networks or addresses afterward
}

// Verbs lists them.
func Verbs() []Verb {
	container, network := []string{ObjectContainer}, []string{ObjectContainer, ObjectNetwork}
	return []Verb{
		{VerbConnect, network, "$1 joins network $2", true},
		{VerbDisconnect, network, "$1 leaves network $2", true},
		{VerbPause, container, "$1 is paused", false},
		{VerbUnpause, container, "$1 continues", false},
		{VerbRestart, container, "$1 is restarted", true},
		{VerbStop, container, "$1 is stopped", false},
		{VerbStart, container, "$1 is started", true},
		{VerbRecreate, container, "$1 is recreated", true},
		{VerbClose, container, "the server in $1 ends", false},
		{VerbOpen, container, "the server in $1 is back", false},
		{VerbEdit, []string{ObjectImage, ObjectFile}, "$2 of $1 is changed", false},
	}
}

// VerbNames lists their names.
func VerbNames() []string {
	var names []string
	for _, v := range Verbs() {
		names = append(names, v.Name)
	}
	return names
}

// FindVerb returns the verb of that name, or a Verb without one.
func FindVerb(name string) Verb {
	for _, v := range Verbs() {
		if v.Name == name {
			return v
		}
	}
	return Verb{}
}

// ActionPattern matches an action as written in a file.
func ActionPattern() string {
	var one, two []string
	for _, v := range Verbs() {
		if len(v.Objects) == 1 {
			one = append(one, v.Name)
		} else {
			two = append(two, v.Name)
		}
	}
	return `^\s*((` + strings.Join(two, "|") + `)\s+\S+\s+\S+|(` + strings.Join(one, "|") + `)\s+\S+)\s*$`
}

func (a Action) objects() []string {
	all := []string{a.Peer, a.Network, a.Image, a.File}
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// String returns the action as written in a file: "connect alice back".
func (a Action) String() string { return strings.Join(append([]string{a.Verb}, a.objects()...), " ") }

// Says returns what the action did: "alice joins network back". Of an action that this version does not know it is the
// action as written.
func (a Action) Says() string {
	says, objects := FindVerb(a.Verb).Says, a.objects()
	if says == "" || len(objects) != len(FindVerb(a.Verb).Objects) {
		return a.String()
	}
	return strings.NewReplacer("$1", objects[0], "$2", objects[len(objects)-1]).Replace(says)
}
