package report

import (
	"fmt"
	"strconv"
	"strings"

	"netlab/netlab/render"
	"netlab/netlab/result"
)

// A lesson is one scenario on the page.
type lesson struct {
	ID      string // on the page: "part-1-lesson-1"
	Name    string
	Title   string
	Command string
	Made    string
	Skipped string
	States  []state
	Lost    string // says how many frames the capture missed
	Basis   string // says where the paths come from
	Items   []item
	Moving  bool // packets of some of them can be played
	Score   string
	Kernel  string // says why the kernel's word is missing, or how to have it explained
	Use     string
	Note    string
}

// A state is the lab between two actions, drawn for a wide and for a narrow page.
type state struct {
	Caption string
	Scenes  []*scene

	tracks []track // of all its scenes
}

// An item is a question with its answer, an action, or the heading of a group.
type item struct {
	Heading string
	Actions []string // up to the next question
	Number  int
	ID      string // on the page
	Step    int
	State   int // index of the drawing that shows its lab
	Told    render.Telling
	Word    string // the answer, and its class
	Class   string
	Lit     string // nodes on the path, for the script
	Asks    string // the node that asks
	Way     string // the path in words
	Basis   string // where the path comes from, if that differs from the rest of the lesson
	Moves   []move // its packets, if they were captured

	captured bool // the path comes from captured packets
}

// lessonID is the ID of a scenario's lesson on the page. itemID is that of one of its steps.
func lessonID(part string, scenario int) string { return fmt.Sprintf("%s-lesson-%d", part, scenario+1) }

func itemID(part string, scenario, step int) string {
	return fmt.Sprintf("%s-step-%d", lessonID(part, scenario), step+1)
}

func newLesson(r *result.Record, index int, part string, o render.Options) lesson {
	o.All = o.All || r.Kind == result.KindCompare // every cell of a comparison needs its reason
	sc := &r.Scenarios[index]
	l := lesson{
		ID: lessonID(part, index), Name: render.Flat(sc.Name), Title: render.Flat(sc.Title),
		Command: render.Flat(sc.Command), Use: render.Flat(sc.Use), Note: render.Flat(sc.Note),
		Skipped: render.Flat(sc.Skipped),
	}
	if sc.Skipped != "" {
		return l
	}
	l.Made, l.Score = render.Made(sc), render.Score(sc, o)
	l.Lost, l.Kernel = render.Lost(sc), render.KernelHeard(sc, o)
	lab := newLab(r, sc)
	var actions []string // since the last drawing
	drawn := len(sc.Peers) == 0
	draw := func() {
		if drawn {
			return
		}
		caption := "When the lab came up"
		if len(actions) > 0 {
			caption = "After " + render.Enumerate(actions)
		}
		s := state{Caption: caption, Scenes: []*scene{lab.draw(r, wide()), lab.draw(r, narrow())}}
		if n := len(l.States); n == 0 || !l.States[n-1].Scenes[0].same(s.Scenes[0]) {
			l.States = append(l.States, s)
		}
		actions, drawn = nil, true
	}
	number, group, grouped := 0, "", false
	for i := range render.Steps(sc, o) {
		st := &sc.Steps[i]
		act := func() {
			if lab.act(st) && len(sc.Peers) > 0 {
				actions, drawn = append(actions, render.Flat(acted(st).Says())), false
			}
		}
		if st.Do != nil || !render.Shown(st, o) {
			act()
		}
		if !render.Shown(st, o) {
			continue
		}
		if st.Do != nil {
			words := render.Tell(sc, st, o)
			if n := len(l.Items); n > 0 && len(l.Items[n-1].Actions) > 0 && len(l.Items[n-1].Told.Notes) == 0 {
				l.Items[n-1].Actions, l.Items[n-1].Told = append(l.Items[n-1].Actions, words.Question), words
			} else {
				l.Items = append(l.Items, item{Actions: []string{words.Question}, Told: words})
			}
			grouped = false
			continue
		}
		if o.All && (!grouped || st.Group != group) {
			group, grouped = st.Group, true
			l.Items = append(l.Items, item{Heading: render.Heading(group)})
		}
		draw()
		number++
		it := newItem(sc, st, o)
		it.Number, it.Step, it.ID, it.State = number, i, itemID(part, index, i), max(0, len(l.States)-1)
		if from, ok := lab.index[st.From]; ok {
			it.Asks = strconv.Itoa(from)
		}
		w, ok := lab.wayOf(st)
		switch {
		case ok:
			it.way(lab, w)
			if n := len(l.States); n > 0 {
				for _, s := range l.States[n-1].Scenes {
					s.way(i, w)
				}
			}
		case !w.none && st.From != "" && st.Observed != nil && st.Verdict != result.Broken:
			it.Way = "not recorded"
			if len(sc.Places) == 0 {
				it.Way += ". --packets captures it"
			}
		}
		if n := len(l.States); n > 0 && st.From != "" {
			it.Moves = l.States[n-1].motion(lab, st)
			l.Moving = l.Moving || len(it.Moves) > 0
		}
		l.Items = append(l.Items, it)
		act() // the question was asked before
	}
	if len(l.States) == 0 {
		draw()
	}
	for i := len(l.States) - 1; i > 0; i-- {
		for k, d := range l.States[i].Scenes {
			d.markChanges(l.States[i-1].Scenes[k])
		}
	}
	l.basis()
	return l
}

// motion follows a step's packets and draws the tracks that they need.
func (s *state) motion(l *lab, st *result.Step) []move {
	known := len(s.tracks)
	moves := l.motion(st, &s.tracks)
	for _, t := range s.tracks[known:] {
		for _, d := range s.Scenes {
			d.track(t)
		}
	}
	return moves
}

// Action is what the actions do, in words.
func (it item) Action() string { return render.Enumerate(it.Actions) }

func newItem(sc *result.Scenario, st *result.Step, o render.Options) item {
	words := render.Tell(sc, st, o)
	it := item{Told: words, Word: words.Word, Class: toneClass(words.Tone)}
	return it
}

// way adds the path of the item's packets.
func (it *item) way(l *lab, w way) {
	var lit []string
	for _, n := range w.nodes {
		lit = append(lit, strconv.Itoa(n))
	}
	it.Lit = strings.Join(lit, " ")
	if w.none {
		return
	}
	first, last := l.nodes[w.nodes[0]].says, l.nodes[w.nodes[len(w.nodes)-1]].says
	it.captured = w.captured
	it.Way = l.words(w)
	switch {
	case w.out >= 0:
		it.Way = "left " + first + " and was not seen anywhere else"
	case len(w.nodes) == 1 && w.end == arrived:
		it.Way = "stays inside " + first
	case len(w.nodes) == 1:
		it.Way = "stays inside " + first + ": " + w.word
	case w.end == refused:
		it.Way += ". Answer from there: " + w.word
	case w.end == silent && w.captured:
		it.Way += ". No answer, and no packet was seen after " + last
	case w.end == silent:
		it.Way += ". No answer"
	}
}

// Long reports whether the answer is a list or a sentence instead of a single word.
func (it item) Long() bool { return len(it.Word) > 40 }

// basis says once where a lesson's paths come from. If only some were captured, each of the others says so.
func (l *lesson) basis() {
	captured, derived := 0, 0
	for _, it := range l.Items {
		switch {
		case it.captured:
			captured++
		case it.derived():
			derived++
		}
	}
	switch {
	case captured > 0 && derived > 0:
		l.Basis = "Paths come from captured packets, except where marked."
		for i := range l.Items {
			if l.Items[i].derived() {
				l.Items[i].Basis = "from the lab's topology, not captured"
			}
		}
	case captured > 0:
		l.Basis = "Paths come from captured packets."
	case derived > 0:
		l.Basis = "Paths follow the lab's topology. Packets were not captured."
	}
}

// derived reports whether an item's path was worked out from the lab's connections.
func (it *item) derived() bool { return it.Lit != "" && it.Way != "" && !it.captured }

// toneClass is the CSS class of a tone.
func toneClass(t render.Tone) string {
	switch t {
	case render.Good:
		return "good"
	case render.Bad:
		return "bad"
	case render.Odd:
		return "odd"
	}
	return "plain"
}

// lead is what a note of that kind begins with. A page has room to say what "!" means.
func lead(kind render.NoteKind) string {
	if kind == render.NoteSetting {
		return "! A setting of this engine."
	}
	return strings.TrimSpace(kind.Lead())
}
