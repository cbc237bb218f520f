package render

import (
	"bytes"
	"slices"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/result"
)

// The terminal's words, for pages with their own layout such as the HTML report. Every text is plain (see Plain) and on
// one line.

// A Telling is a step put into words.
type Telling struct {
	Answer

	Question string  // of a check or a measurement; for an action, what is done: "alice joins network back"
	Stages   []Stage // of an answer that came, or is made, in stages
	Notes    []Note  // the explanation

	Sightings []Sighting // its packets in order of time, if they were captured
	Unshown   string     // packets without a sighting: "4 further ACKs"
}

// A Stage is one stage of an answer: a step of a build, a layer, a state.
type Stage struct{ State, Amount, What string }

// A Sighting is a packet, or a change of its addresses on the way, with the capture points that saw it.
type Sighting struct {
	Time   string // milliseconds since the question
	Text   string // "172.17.0.3 > 172.17.0.4 echo request"
	Places string // "alice, docker0, bob"
}

// A Note is a sentence below an answer.
type Note struct {
	Kind NoteKind
	Text string
}

// A NoteKind says what a note is about.
type NoteKind int

// The kinds of notes. NoteReason says why the answer is as it is.
const (
	NoteReason  NoteKind = iota
	NoteSetting          // of the engine that changed the usual answer
	NoteSeen             // what this run saw in support of the answer
	notePredicted
	noteExpected
	noteHere
	noteKernel
	noteSkipped
	noteNoResult
	noteNotDone
	noteFailed
)

// Lead is what a note of that kind begins with: "Seen: ", "! ".
func (k NoteKind) Lead() string {
	return [...]string{
		NoteReason: "", NoteSetting: "! ", NoteSeen: "Seen: ", notePredicted: "Predicted: ",
		noteExpected: "Expected because: ", noteHere: "Here: ", noteKernel: "Kernel: ", noteSkipped: "Skipped: ",
		noteNoResult: "No result: ", noteNotDone: "Not done: ", noteFailed: "Could not be done: ",
	}[k]
}

// String is the note on one line: "Seen: bob was not asked.", "! Usually 1500."
func (n Note) String() string { return n.Kind.Lead() + n.Text }

// A Meaning explains a word of an output.
type Meaning struct {
	Word string // "" for a text that explains no word
	Text string
}

// String is the meaning on one line: "no route: There is no route, and the error came at once."
func (m Meaning) String() string {
	if m.Word == "" {
		return m.Text
	}
	return m.Word + ": " + m.Text
}

// Tell puts a step of sc into words. With Options.All it includes the evidence for a plain yes.
func Tell(sc *result.Scenario, st *result.Step, o Options) Telling {
	if st.Do != nil {
		t := Telling{Question: action(st)}
		switch st.Verdict {
		case result.Skipped:
			t.Notes = []Note{{noteNotDone, flat(orElse(st.Why, unexplained))}}
		case result.Broken, result.Surprise:
			t.Notes = []Note{{noteFailed, flat(orElse(st.Why, unexplained))}}
		}
		return t
	}
	t := Telling{Question: flat(question(st)), Answer: answerOf(sc, st), Notes: notes(sc, st, o.All)}
	for i := range t.Notes {
		t.Notes[i].Text = flat(t.Notes[i].Text)
	}
	if o := st.Observed; o != nil && st.Verdict != result.Skipped {
		for _, s := range o.Stages {
			t.Stages = append(t.Stages, Stage{flat(s.State), flat(amount(s)), flat(s.What)})
		}
	}
	t.packets(sc, st)
	return t
}

// packets puts the packets behind an answer into words.
func (t *Telling) packets(sc *result.Scenario, st *result.Step) {
	passed, acks := passages(sc, st.Packets)
	for _, p := range passed {
		t.Sightings = append(t.Sightings, Sighting{
			Time: sinceFirst(p.first.US), Text: flat(p.text), Places: flat(strings.Join(p.places, ", ")),
		})
	}
	var unshown []string
	if acks > 0 {
		unshown = append(unshown, plural(acks, "further ACK"))
	}
	if st.Unlisted > 0 {
		unshown = append(unshown, plural(st.Unlisted, "frame")+" after that")
	}
	t.Unshown = strings.Join(unshown, ", ")
}

// Lost says how many frames the kernel dropped before they could be captured, or "" if none.
func Lost(sc *result.Scenario) string { return flat(lost(sc)) }

// KernelHeard says why the kernel's word is missing, or how to have its reasons explained. It is "" if the kernel was
// not to be asked.
func KernelHeard(sc *result.Scenario, o Options) string { return flat(kernelHeard(sc, o)) }

// Name returns a scenario's name as shown above its lesson.
func Name(sc *result.Scenario) string { return strings.ToUpper(flat(sc.Name)) }

// Engines says which engines a record is from: "Engine 28.5.2, Debian GNU/Linux 12."
func Engines(r *result.Record, o Options) string { return flat(engines(r, o)) }

// Made says what a lab consists of: "5 containers, 1 network, up in 0.8 s."
func Made(sc *result.Scenario) string { return flat(made(sc)) }

// Score says how many of the shown answers were as expected: "8 of 8 as expected."
func Score(sc *result.Scenario, o Options) string {
	summary, _ := score(sc, o)
	return flat(summary)
}

// Cleaned says what the clean-up removed and what was left: "Removed 5 containers. Left on the engine: 0."
func Cleaned(r *result.Record) string {
	var b bytes.Buffer
	_ = CleanUp(&b, r, Options{}) // cannot fail: it writes to memory
	return flat(b.String())
}

// A Volume is a volume of a lab and where it is mounted.
type Volume struct {
	Name   string
	Places []string // "/notes in carol"
}

// Volumes lists the volumes of some peers, in the order of the peers.
func Volumes(peers []fact.Peer) []Volume {
	var volumes []Volume
	for _, peer := range peers {
		for _, mounted := range peer.Volumes {
			name, path, _ := strings.Cut(mounted, ":")
			i := slices.IndexFunc(volumes, func(v Volume) bool { return v.Name == flat(name) })
			if i < 0 {
				i, volumes = len(volumes), append(volumes, Volume{Name: flat(name)})
			}
			volumes[i].Places = append(volumes[i].Places, flat(path)+" in "+flat(peer.Name))
		}
	}
	return volumes
}

// Heading returns the heading of a group of questions.
func Heading(group string) string { return flat(heading(group)) }

// Flat makes text from outside safe to show on one line of a paragraph: it turns white space into single spaces, then
// applies Plain.
func Flat(s string) string { return flat(s) }

// Cut shortens plain text to a width and marks a cut with "…".
func Cut(s string, width int) string { return cut(s, width) }
