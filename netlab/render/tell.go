package render

import (
	"bytes"
	"slices"
	"strings"

	"netlab/netlab/result"
)

// The words of the terminal for pages that lay them out in their own way, such as the HTML report. Every text is plain
// (see Plain) and in one line.

// A Telling is a step put into words.
type Telling struct {
	Question string   // of a check or a measurement; of an action what is done: "alice joins network back"
	Word     string   // the answer: "yes", "NO", "172.17.0.1", "SURPRISE", "skipped"
	Tone     Tone     // what color may repeat
	More     []string // what goes with the answer: "unknown name", "2.9 ms"
	Stages   []Stage  // of an answer that came, or is made, in parts
	Notes    []Note   // what explains it

	Sightings []Sighting // its packets, in the order of time, where they were captured
	Unshown   string     // packets without a sighting: "4 further ACKs"
}

// A Stage is one part of an answer: a step of a build, a layer, a state.
type Stage struct{ State, Amount, What string }

// A Sighting is a packet, or the change of its addresses on the way, and who saw it.
type Sighting struct {
	Time   string // milliseconds since the question
	Text   string // "172.17.0.3 > 172.17.0.4 echo request"
	Places string // "alice, docker0, bob"
}

// A Note is a sentence below an answer.
type Note struct {
	Label string // "Seen", "Skipped", "!"; "" for the reason
	Text  string
}

// Tell puts a step of sc into words. With Options.All the evidence of a plain yes is told too.
func Tell(sc *result.Scenario, st *result.Step, o Options) Telling {
	if st.Do != "" {
		t := Telling{Question: action(st.Do)}
		switch st.Verdict {
		case result.Skipped:
			t.Notes = []Note{{"Not done", flat(orElse(st.Why, unexplained))}}
		case result.Broken, result.Surprise:
			t.Notes = []Note{{"Could not be done", flat(orElse(st.Why, unexplained))}}
		}
		return t
	}
	a := answerOf(sc, st)
	t := Telling{Question: flat(question(st)), Word: flat(a.word), Tone: a.tone, Notes: notes(sc, st, o.All)}
	for _, m := range a.more {
		t.More = append(t.More, flat(m))
	}
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

// packets puts the packets of an answer into words.
func (t *Telling) packets(sc *result.Scenario, st *result.Step) {
	all, acks := passages(sc, st.Packets)
	for _, p := range all {
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

// Lost says how many frames the kernel dropped before they could be captured; "" where none.
func Lost(sc *result.Scenario) string { return flat(lost(sc)) }

// Name returns a scenario's name as shown above its lesson.
func Name(sc *result.Scenario) string { return strings.ToUpper(flat(sc.Name)) }

// Engines says on which engines a record was made: "Engine 28.5.2, Debian GNU/Linux 12."
func Engines(r *result.Record, o Options) string { return flat(engines(r, o)) }

// Made says what a lab was made of: "5 containers, 1 network, up in 0.8 s."
func Made(sc *result.Scenario) string { return flat(made(sc)) }

// Score says how many answers were as expected, of those that are shown: "8 of 8 as expected."
func Score(sc *result.Scenario, o Options) string {
	// How to see more is a matter of the command line.
	told, _, _ := strings.Cut(score(sc, o), " more: ")
	return flat(strings.TrimRight(told, "0123456789 "))
}

// Cleaned says what the clean-up took away and what was left: "Removed 5 containers. Left on the engine: 0."
func Cleaned(r *result.Record) string {
	var b bytes.Buffer
	_ = CleanUp(&b, r, Options{}) // it writes to memory
	return flat(b.String())
}

// A Volume is one of a lab's, and where it is.
type Volume struct {
	Name   string
	Places []string // "/notes in carol"
}

// Volumes lists the volumes of some peers, in the order of those that have them.
func Volumes(peers []result.Peer) []Volume {
	var all []Volume
	for _, peer := range peers {
		for _, mounted := range peer.Volumes {
			name, path, _ := strings.Cut(mounted, ":")
			i := slices.IndexFunc(all, func(v Volume) bool { return v.Name == flat(name) })
			if i < 0 {
				i, all = len(all), append(all, Volume{Name: flat(name)})
			}
			all[i].Places = append(all[i].Places, flat(path)+" in "+flat(peer.Name))
		}
	}
	return all
}

// Heading returns the heading of a group of questions.
func Heading(group string) string { return flat(heading(group)) }

// Flat makes text from outside safe to show as one line of a paragraph: any white space is one space, then Plain.
func Flat(s string) string { return flat(s) }

// Cut shortens plain text to so many columns; what is missing shows as "…".
func Cut(s string, width int) string { return cut(s, width) }

// A Table is a comparison: one column per mode, one row per question.
type Table struct {
	Columns []Column
	Rows    []Row
	Single  int      // questions asked of only one mode, which have no row
	Legend  []string // what the short words and the marks mean
	Skipped []string // "overlay: this engine is in no swarm"
}

// A Column is a mode of a comparison.
type Column struct {
	Label    string // short, different from the others
	Scenario *result.Scenario
}

// A Row is one question of a comparison.
type Row struct {
	ID, Group, Label string
	Cells            []Cell // one a column
}

// A Cell is what one mode answered.
type Cell struct {
	Text, Mark string // "yes", " !"
	Tone       Tone
	Step       *result.Step // nil if the mode is not asked this
}

// Side lays the scenarios of a record side by side.
func Side(r *result.Record) Table {
	const room = 24 // columns, so that six modes stand side by side on a projector
	t := compare(r)
	side := Table{Single: t.single}
	for i, sc := range t.shown {
		side.Columns = append(side.Columns, Column{t.labels[i], sc})
	}
	for _, r := range t.rows {
		row := Row{ID: flat(r.id), Group: heading(r.group), Label: flat(r.label())}
		for i, st := range r.steps {
			c := cellOf(t.shown[i], st, room)
			row.Cells = append(row.Cells, Cell{c.text, c.mark, c.tone, st})
		}
		side.Rows = append(side.Rows, row)
	}
	for _, sc := range t.skipped {
		side.Skipped = append(side.Skipped, flat(orElse(sc.Name, "?")+": "+sc.Skipped))
	}
	p := newPage(Options{Width: 1 << 20})
	p.legend(t)
	p.footnotes(t)
	for line := range strings.Lines(p.String()) {
		side.Legend = append(side.Legend, strings.Split(strings.TrimSpace(line), " | ")...)
	}
	return side
}
