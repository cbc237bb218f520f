package render

import (
	"fmt"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// An Answer is what appears next to a question, in plain text.
type Answer struct {
	Word  string   // "yes", "NO", "172.17.0.1", "SURPRISE", "skipped"
	Tone  Tone     // what color may repeat
	More  []string // details, the most important first: "unknown name", "2.9 ms"
	whole bool     // the word is a list, which appears in full below if it had to be shortened
	tight []string // shorter and shorter versions of More[0], for narrow columns
}

// answerOf puts the result of a check or a measurement into words.
func answerOf(sc *result.Scenario, st *result.Step) Answer {
	switch {
	case st.Verdict == result.Skipped:
		return Answer{Word: skippedWord}
	case st.Verdict == result.Broken || st.Observed == nil:
		return Answer{Word: Long(probe.Broken), Tone: Odd}
	case st.Measure != "" && unmeasured(st):
		return Answer{Word: "NO", Tone: Bad, More: []string{Long(st.Observed.Reason)}}
	case st.Measure != "":
		return measured(st.Observed)
	}
	a := outcome(sc, st)
	if st.Verdict == result.Surprise {
		more := append([]string{strings.ToLower(a.Word)}, a.More...)
		if a.Tone == Bad && !yesOrNo(st) { // the reason already says NO
			more = a.More
		}
		return Answer{Word: "SURPRISE", Tone: Odd, More: more}
	}
	return a
}

// measured is "0.10 ms median of 20 (0.08 to 0.31)", or only the time if there is one sample.
func measured(o *result.Observed) Answer {
	a := Answer{Word: duration(o.MedianUS)}
	if o.Samples > 1 {
		bound := millis
		if o.MedianUS >= 1_000_000 {
			bound = duration
		}
		a.More = []string{fmt.Sprintf("median of %d (%s to %s)", o.Samples, bound(o.MinUS), bound(o.MaxUS))}
	}
	return a
}

// outcome is the answer to a check, whatever the verdict.
func outcome(sc *result.Scenario, st *result.Step) Answer {
	o := st.Observed
	took := func(more ...string) []string {
		if o.TookUS > 0 {
			more = append(more, duration(o.TookUS))
		}
		return more
	}
	value := flat(o.Value)
	q := st.Asks.Question
	_, isHops := q.(ask.Hops)
	if !o.Reason.Positive() {
		more := []string{Long(o.Reason)}
		if isHops && value != "" {
			more = append(more, "after "+hops(value))
		}
		return Answer{Word: "NO", Tone: Bad, More: took(more...)}
	}
	switch q := q.(type) {
	case ask.Read, ask.Inspect:
		return reading(st, ask.ThingOf(q), value)
	case ask.Build:
		return Answer{Word: builtOf(value), More: took()}
	case ask.Await:
		return Answer{Word: "yes", Tone: Good, More: []string{orElse(waited(o), "at once")}}
	}
	_, isConnect := q.(ask.Connect)
	_, isChains := q.(ask.Chains)
	_, isPing := q.(ask.Ping)
	switch {
	case value == "":
		return Answer{Word: "yes", Tone: Good, More: took()}
	case isHops && st.WantsValue():
		return Answer{Word: hops(value), More: took(), whole: true}
	case isHops:
		return Answer{Word: "yes", Tone: Good, More: took(hops(value))}
	case isConnect && st.WantsValue():
		if who := whose(sc, st.From, value); who != "" {
			return Answer{Word: value, More: took(who)}
		}
		return Answer{Word: value, More: took()}
	case st.WantsValue():
		return Answer{Word: value, More: took(), whole: isChains}
	case isConnect:
		whole, tight := saw(sc, st.From, value)
		return Answer{Word: "yes", Tone: Good, More: took(whole), tight: tight}
	case isChains:
		return Answer{Word: "yes", Tone: Good, More: took("through " + strings.Join(strings.Fields(value), ", "))}
	case isPing: // the pinged address answered
		return Answer{Word: "yes", Tone: Good, More: took()}
	default:
		return Answer{Word: "yes", Tone: Good, More: took(value)}
	}
}

// reading is the answer to a question for a thing of a container or an image.
func reading(st *result.Step, thing, value string) Answer {
	_, ofImage := st.Asks.Question.(ask.Inspect)
	switch {
	case field(st.Asks.Question).Bytes:
		return Answer{Word: size(value)}
	case ofImage:
		return Answer{Word: valueWord(value), Tone: valueTone(st)}
	case isComparison(st):
		same, _ := st.Holds()
		return Answer{Word: yesNo(same), Tone: toneOf(same), More: []string{value}}
	}
	return Answer{Word: valueWord(short(thing, value)), Tone: valueTone(st), More: likeness(st, thing)}
}

// isComparison reports whether a step is a yes/no question about a value, such as "Does bob keep his address?".
func isComparison(st *result.Step) bool {
	_, ok := st.Holds()
	return ok && !st.WantsValue() && !yesOrNo(st)
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "NO"
}

func toneOf(yes bool) Tone {
	if yes {
		return Good
	}
	return Bad
}

// hops is "2 hops: 172.17.0.1 10.213.7.2".
func hops(value string) string { return hopCount(value) + ": " + value }

// likeness is "as the host", or "not as bob", if the value was compared with another container's.
func likeness(st *result.Step, thing string) []string {
	if st.Verdict != result.AsExpected || len(st.Condition) > 0 {
		return nil
	}
	e := st.Usual()
	word, compares := map[string]string{ask.Equals: "as ", ask.Differs: "not as "}[e.Test]
	switch who := flat(e.Value.Ref.Head); {
	case !compares:
		return nil
	case thing == ask.ImageNow && who == st.From && e.Value.Ref.Field == ask.ImageOf:
		return []string{"as before"}
	case e.Value.Ref.Field != thing || e.Value.Ref.Network != "" || who == "" || who == st.From:
		return nil
	case who == result.HostPeer, who == ask.EngineHead: // an engine describes its host
		return []string{word + "the host"}
	default:
		return []string{word + who}
	}
}

// short cuts what people do not compare by eye: all but the first digits of the kernel's boot ID.
func short(thing, value string) string {
	if first, _, ok := strings.Cut(value, "-"); ok && thing == ask.BootID {
		return first + "…"
	}
	return value
}

// field is the thing that a question reads, if it reads one.
func field(q ask.Question) ask.Field {
	switch q := q.(type) {
	case ask.Read:
		return ask.Find(ask.Things(), q.Thing)
	case ask.Inspect:
		return ask.Find(ask.ImageThings(), q.Thing)
	}
	return ask.Field{}
}

// yesOrNo reports whether the value that a step asks for is itself a yes or a no.
func yesOrNo(st *result.Step) bool { return field(st.Asks.Question).Answer == ask.YesOrNo }

func valueWord(value string) string {
	if value == "" {
		return "(empty)"
	}
	return value
}

func valueTone(st *result.Step) Tone {
	if !yesOrNo(st) {
		return toneless
	}
	return toneOf(st.Observed.Value == "yes")
}

// fit is the answer in at most room columns, and its width. It leaves out what does not fit, from the end, and returns
// that as rest.
func (a Answer) fit(p *page, room int, mark string) (text string, width int, rest []string) {
	room -= columns(mark)
	word := shorten(a.Word, room)
	text, width = p.paint(word, a.Tone), columns(word)
	for i, m := range a.More {
		sep := ", "
		if i == 0 {
			sep = strings.Repeat(" ", max(2, 5-columns(word)))
		}
		if i == 0 {
			for _, t := range a.tight {
				if width+columns(sep)+columns(m) > room {
					m = t
				}
			}
		}
		if width+columns(sep)+columns(m) > room {
			rest = a.More[i:]
			break
		}
		text += sep + m
		width += columns(sep) + columns(m)
	}
	if a.whole && word != a.Word {
		rest = append([]string{a.Word}, rest...)
	}
	return text + mark, width + columns(mark), rest
}

// String is the whole answer on one line: "NO, refused, 0.1 ms".
func (a Answer) String() string { return strings.Join(append([]string{a.Word}, a.More...), ", ") }

// mark returns what follows an answer that is not the usual one.
func mark(st *result.Step) string {
	if len(st.Condition) > 0 && st.Verdict == result.AsExpected && !asUsual(st) {
		return " !"
	}
	return ""
}

// asUsual reports whether the answer is the usual one and only its reason differs here.
func asUsual(st *result.Step) bool {
	return st.Observed != nil && st.Usual().Test == "" && st.Observed.Reason == st.Usual().Reason
}
