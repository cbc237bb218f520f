// Package glossary explains the words of netlab's outputs: every reason, lesson, setting and technical term, each in a
// few lines with an example and a source.
//
// It is text and a way to find it. It knows neither records nor scenarios: an entry only names its example, and render
// takes it from the recording. reasons.go, lessons.go and the other files have the entries of one or more groups each.
// glossary_test.go checks that outputs and entries have the same words.
package glossary

import (
	"slices"
	"strings"
)

// An Entry explains one word.
type Entry struct {
	Word     string   `json:"word"`               // as the outputs have it: "veth pair"
	Also     []string `json:"also,omitempty"`     // other words for it, and ids: "silence", "timeout"
	Settings []string `json:"settings,omitempty"` // what netlab doctor calls it: "bridge.mtu"
	Text     string   `json:"text"`               // one paragraph
	Example  string   `json:"example,omitempty"`  // "bridge peer-by-name" in a recording, "compare/none outside"
	Live     string   `json:"live,omitempty"`     // a command that shows it; "" for the command that asks Example
	Source   string   `json:"source"`             // a page, an RFC, a man page, a file of the kernel or of the engine
	See      []string `json:"see,omitempty"`      // words of related entries

	Cause *Cause `json:"cause,omitempty"` // for a cause that netlab why names
}

// A Cause is what an entry says about a cause in addition: Text is why it happens.
type Cause struct {
	Symptom  string   `json:"symptom"`            // what the application sees
	Hand     []string `json:"by_hand"`            // commands that show it without netlab
	Fixes    []string `json:"fixes"`              // each one sentence
	Versions string   `json:"versions,omitempty"` // what differs between engine versions; "" for nothing

	// Untried is what netlab's tests have no real one of: they only have facts as they would be read there.
	Untried string `json:"untried,omitempty"`
}

// A Group is a heading with its entries.
type Group struct {
	Name    string  `json:"name"`
	Entries []Entry `json:"entries"`
}

// Groups returns all entries, in the order in which they are listed.
func Groups() []Group {
	groups := []Group{
		{"ANSWERS", reasons()},
		{"MODES", modes()},
		{"LESSONS", lessons()},
		{"INTERFACES AND ADDRESSES", interfaces()},
		{"NAMES", names()},
		{"PORTS AND PACKETS", packets()},
		{"FIREWALL", firewall()},
		{"DROP REASONS", drops()},
		{"SWARM AND OVERLAY", swarm()},
		{"CAUSES", causes()},
		{"CONTAINERS AND IMAGES", containers()},
		{"NETLAB", netlab()},
	}
	for _, g := range groups {
		for i := range g.Entries {
			e := &g.Entries[i]
			e.Text, e.Live = joined(e.Text), e.command()
		}
	}
	return groups
}

// joined is a text of several lines as one.
func joined(text string) string { return strings.Join(strings.Fields(text), " ") }

// Entries returns all entries in the order of their groups.
func Entries() []Entry {
	var all []Entry
	for _, g := range Groups() {
		all = append(all, g.Entries...)
	}
	return all
}

// Sources lists what Source names.
func (e Entry) Sources() []string { return strings.Split(e.Source, "; ") }

// Recorded returns the recording that the example is in, the lesson in it, and the id of its question. The lesson is ""
// for a recording of one.
func (e Entry) Recorded() (recording, lesson, id string) {
	where, id, _ := strings.Cut(e.Example, " ")
	recording, lesson, _ = strings.Cut(where, "/")
	return recording, lesson, id
}

// command is the command that shows an entry live.
func (e Entry) command() string {
	recording, _, id := e.Recorded()
	switch {
	case e.Live != "" || id == "":
		return e.Live
	case recording == "overlay":
		return "netlab demo overlay --init-swarm --only " + id
	}
	return "netlab demo " + recording + " --only " + id
}

// Words are all words that find the entry.
func (e Entry) Words() []string { return slices.Concat([]string{e.Word}, e.Also, e.Settings) }

// Find returns the entry for a word. Case, plural, and hyphens for blanks do not matter unless two entries differ by
// them, and the first letters are enough if only one entry has them. Otherwise near has the words that begin like it.
// A drop reason may have its prefix from the kernel's source.
func Find(word string) (found Entry, near []string, ok bool) {
	all := Entries()
	word = strings.TrimPrefix(word, "SKB_DROP_REASON_")
	for _, e := range all { // some causes and answers differ in a hyphen only
		if slices.ContainsFunc(e.Words(), func(other string) bool { return strings.EqualFold(other, word) }) {
			return e, nil, true
		}
	}
	for _, same := range []func(a, b string) bool{
		func(a, b string) bool { return a == b },
		func(a, b string) bool { return isPlural(a, b) || isPlural(b, a) },
	} {
		for _, w := range spellings(word) {
			for _, e := range all {
				if slices.ContainsFunc(e.Words(), func(other string) bool { return same(normal(other), w) }) {
					return e, nil, true
				}
			}
		}
	}
	var begun []Entry
	for _, e := range all {
		i := slices.IndexFunc(e.Words(), func(other string) bool { return strings.HasPrefix(normal(other), normal(word)) })
		if i >= 0 && normal(word) != "" {
			begun, near = append(begun, e), append(near, e.Words()[i])
		}
	}
	if len(begun) == 1 {
		return begun[0], nil, true
	}
	return Entry{}, near, false
}

// spellings are a word in its normal form and, for the setting of some network, the same setting of the default bridge.
func spellings(word string) []string {
	w := normal(word)
	if owner, field, ok := strings.Cut(w, "."); ok && owner != "engine" {
		return []string{w, "bridge." + field}
	}
	return []string{w}
}

// normal is a word in lower case, without apostrophes, and with single blanks for whatever separates its parts.
func normal(word string) string {
	word = strings.ReplaceAll(strings.ToLower(word), "'", "")
	return strings.Join(strings.FieldsFunc(word, func(r rune) bool { return strings.ContainsRune(" ,-_\t\n", r) }), " ")
}

// isPlural reports whether many is the plural of one. Both are in their normal form.
func isPlural(many, one string) bool {
	return many == one+"s" || many == one+"es" || many == strings.TrimSuffix(one, "y")+"ies"
}
