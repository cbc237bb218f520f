package render

import (
	"io"
	"slices"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// A worksheet is a record's questions on paper, with boxes to tick. Its key is the same with the measured answers. Both
// are drawn from records whose steps have their choices as predictions (package quiz). A worksheet needs no answers in
// them.

// A Sheet is a worksheet or a key in words. All texts are plain.
type Sheet struct {
	Title   string
	Key     bool
	Made    string // of a key: which engine, and when; "" if the lessons say so
	Lessons []SheetLesson
	Words   []Meaning // of the choices
}

// A SheetLesson is one lesson of a worksheet.
type SheetLesson struct {
	Heading string           // "BRIDGE: The default network"
	Made    string           // of a key: which engine, and when, unless all lessons have that in common
	Lab     string           // who is on which network
	Drawn   *result.Scenario // what its drawing shows, on a worksheet with blanks; nil for nothing
	Record  *result.Record   // where Drawn is from
	Task    string           // what to do with the drawing
	Skipped string           // of a key: why there are no answers
	Items   []SheetItem
	Images  [][]string // what each image is built from: its name, then a line per instruction
}

// A SheetItem is a question, or an action between questions. Its answer and notes are for a key.
type SheetItem struct {
	Telling

	Action  string
	Number  int
	Choices []SheetChoice // none if the answer is to be written
}

// A SheetChoice is a box to tick.
type SheetChoice struct {
	Reason probe.Reason // "" for a value
	Text   string
	Ticked bool
}

// NewSheet puts records into the words of a worksheet: the lessons, or with Options.All all checks.
func NewSheet(records []*result.Record, key bool, o Options) Sheet {
	s := Sheet{Title: "Worksheet", Key: key}
	if key {
		s.Title = "Key"
	}
	var different []string
	for _, r := range records {
		made := ""
		if key {
			made = madeWhere(r, o)
		}
		if !slices.Contains(different, made) {
			different = append(different, made)
		}
		for i := range r.Scenarios {
			l := newSheetLesson(&r.Scenarios[i], key, o)
			l.Made = made
			l.Record = r
			s.Lessons = append(s.Lessons, l)
		}
	}
	if len(different) == 1 {
		s.Made = different[0]
		for i := range s.Lessons {
			s.Lessons[i].Made = ""
		}
	}
	for _, l := range s.Lessons {
		for _, item := range l.Items {
			s.explain(item.Choices)
		}
	}
	return s
}

// madeWhere says when a record was measured, and on which engine.
func madeWhere(r *result.Record, o Options) string {
	if o.Recorded {
		return Engines(r, o)
	}
	return "Measured " + r.Started.Format(day) + ". " + Engines(r, o)
}

// explain adds the meanings of words that are not in the list yet.
func (s *Sheet) explain(choices []SheetChoice) {
	for _, c := range choices {
		if m := c.Reason.Phrase().Legend; m != "" && !c.Reason.Positive() {
			if n := (Meaning{c.Text, m}); !slices.Contains(s.Words, n) {
				s.Words = append(s.Words, n)
			}
		}
	}
}

func newSheetLesson(sc *result.Scenario, key bool, o Options) SheetLesson {
	l := SheetLesson{Heading: Name(sc), Lab: whoIsWhere(sc)}
	for _, i := range sc.Images {
		l.Images = append(l.Images, instructions(i))
	}
	if len(sc.Peers) > 0 {
		l.Drawn = sc
		if !key {
			l.Drawn, l.Task = blank(sc), "When the lab is up, write its addresses into the drawing."
		}
	}
	if title := flat(sc.Title); title != "" {
		l.Heading += ": " + title
	}
	if key {
		l.Skipped = flat(sc.Skipped)
	}
	var actions []string // told with the question that they affect, or not at all
	number, acts := 0, false
	for i := range sc.Steps {
		st := &sc.Steps[i]
		switch {
		case st.Do != nil:
			actions = append(actions, action(st))
		case st.Check != "" && (st.Lesson || o.All):
			number++
			if len(actions) > 0 {
				l.Items = append(l.Items, SheetItem{Action: strings.Join(actions, ", ")})
				acts = true
			}
			l.Items, actions = append(l.Items, newSheetItem(sc, st, number, key)), nil
		}
	}
	if acts {
		l.Task += " Draw what the actions change."
	}
	return l
}

func newSheetItem(sc *result.Scenario, st *result.Step, number int, key bool) SheetItem {
	item := SheetItem{Number: number, Telling: Telling{Question: flat(question(st))}}
	if key {
		item.Telling = Tell(sc, st, Options{})
	}
	item.Notes = slices.DeleteFunc(item.Notes, func(n Note) bool { return n.Kind == notePredicted })
	for i := range item.Notes {
		if item.Notes[i].Kind == NoteSetting {
			item.Notes[i].Kind = NoteReason // an answer in a key has no mark
		}
	}
	if p := st.Predicted; p != nil {
		for _, c := range p.Choices {
			item.Choices = append(item.Choices, SheetChoice{c.Reason, flat(c.Text), key && c.Text == p.Answer})
		}
	}
	return item
}

// whoIsWhere lists the containers by network: "alice and bob on web; carol on back."
func whoIsWhere(sc *result.Scenario) string {
	var places []string
	who := map[string][]string{}
	for _, p := range sc.Peers {
		if p.Role == fact.RoleUpstream || p.Name == result.HostPeer {
			continue
		}
		place := whereIs(sc, p)
		if !slices.Contains(places, place) {
			places = append(places, place)
		}
		who[place] = append(who[place], flat(p.Name))
	}
	var parts []string
	for _, place := range places {
		parts = append(parts, Enumerate(who[place])+" "+place)
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, "; ") + "."
}

func whereIs(sc *result.Scenario, p fact.Peer) string {
	switch {
	case p.Role == fact.RoleMachine:
		return "plays an outside computer"
	case p.Shares != "":
		return "in the network namespace of " + flat(p.Shares)
	case len(p.Network) == 0:
		return "not started yet"
	}
	var names []string
	for _, e := range p.Network {
		names = append(names, flat(sc.OwnName(e.Network)))
	}
	slices.Sort(names)
	return "on " + Enumerate(names)
}

// Enumerate is "alice, bob and carol".
func Enumerate(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// WorksheetMarkdown writes the records' questions as a worksheet in Markdown, or as its key.
func WorksheetMarkdown(w io.Writer, records []*result.Record, key bool, o Options) error {
	return writeMarkdown(w, "worksheet", NewSheet(records, key, o))
}

// sheetDrawing is the drawing of a lesson's lab in lines, as wide as a line of code can be.
func sheetDrawing(l SheetLesson) []string {
	p := newPage(Options{Width: defaultWidth - len(codeIndent)})
	p.drawing(l.Record, l.Drawn)
	return strings.Split(strings.TrimSuffix(p.String(), "\n"), "\n")
}
