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
	ID      string // of the page's element: "part-1-lesson-1"
	Name    string
	Title   string
	Command string
	Made    string
	Skipped string
	Scenes  []*scene
	Lost    string // frames that the capture missed
	Later   bool   // the drawing has what an action of the scenario connects later
	Items   []item
	Score   string
	Use     string
	Note    string
}

// An item is a question with its answer, an action, or the heading of a group.
type item struct {
	Heading string
	Action  string
	Number  int
	ID      string // of the page's element
	Step    int
	Told    render.Telling
	Word    string // of the answer, and its class
	Class   string
	Lit     string // the nodes on the way, for the script
	Asks    string // the node that asks
	Way     string // the way in words
	Basis   string // where it is from
}

// lessonID is the id of the page's element for a scenario, itemID that for a step of it.
func lessonID(part string, scenario int) string { return fmt.Sprintf("%s-lesson-%d", part, scenario+1) }

func itemID(part string, scenario, step int) string {
	return fmt.Sprintf("%s-step-%d", lessonID(part, scenario), step+1)
}

func newLesson(r *result.Record, index int, part string, o render.Options) lesson {
	o.All = o.All || r.Kind == result.KindCompare // of a comparison every cell wants its reason
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
	l.Lost = render.Lost(sc)
	lab := newLab(r, sc)
	if len(sc.Peers) > 0 {
		l.Scenes = []*scene{lab.draw(r, wide()), lab.draw(r, narrow())}
	}
	for _, e := range lab.edges {
		l.Later = l.Later || e.later
	}
	number, group := 0, "none of the groups"
	for i := range sc.Steps {
		st := &sc.Steps[i]
		if st.Do != "" && (st.Verdict == "" || st.Verdict == result.AsExpected) {
			lab.act(st.Do)
		}
		if !render.Shown(st, o) {
			continue
		}
		if st.Do != "" {
			told := render.Tell(sc, st, o)
			l.Items = append(l.Items, item{Action: told.Question, Told: told})
			group = "none of the groups"
			continue
		}
		if o.All && st.Group != group {
			group = st.Group
			l.Items = append(l.Items, item{Heading: render.Heading(group)})
		}
		number++
		it := newItem(sc, st, o)
		it.Number, it.Step, it.ID = number, i, itemID(part, index, i)
		if from, ok := lab.index[st.From]; ok {
			it.Asks = strconv.Itoa(from)
		}
		w, ok := lab.wayOf(st)
		switch {
		case ok:
			it.way(lab, w)
			for _, s := range l.Scenes {
				s.way(i, w)
			}
		case !w.none && st.From != "" && st.Observed != nil && st.Verdict != result.Broken:
			it.Way = "not in the record"
			if len(sc.Places) == 0 {
				it.Way += "; --packets captures it"
			}
		}
		l.Items = append(l.Items, it)
	}
	return l
}

// newItem puts a check or a measurement into words.
func newItem(sc *result.Scenario, st *result.Step, o render.Options) item {
	told := render.Tell(sc, st, o)
	it := item{Told: told, Word: told.Word, Class: toneClass(told.Tone)}
	return it
}

// way adds the way of the item's packets.
func (it *item) way(l *lab, w way) {
	var lit []string
	for _, n := range w.nodes {
		lit = append(lit, strconv.Itoa(n))
	}
	it.Lit = strings.Join(lit, " ")
	if w.none {
		return
	}
	last := l.nodes[w.nodes[len(w.nodes)-1]].says
	it.Way = l.words(w)
	switch {
	case w.out >= 0:
		it.Way += ". It left there, and was seen nowhere else"
	case len(w.nodes) == 1 && w.end == arrived:
		it.Way += ", which it does not leave"
	case len(w.nodes) == 1:
		it.Way += ", which it does not leave: " + w.word
	case w.end == refused:
		it.Way += ". From its address came: " + w.word
	case w.end == silent && w.captured:
		it.Way += ". No answer, and seen nowhere after " + last
	case w.end == silent:
		it.Way += ". No answer; what became of it was not captured"
	}
	it.Basis = "by the lab's topology, packets not captured"
	if w.captured {
		it.Basis = "by the captured packets"
	}
}

// toneClass is the class of a tone on the page.
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
