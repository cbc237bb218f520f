package render

import (
	"fmt"
	"strings"

	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// body writes the explanation of an answer, indented.
func (p *page) body(sc *result.Scenario, st *result.Step, o Options, indent int) {
	space := strings.Repeat(" ", indent)
	if st.Verdict != result.Skipped {
		p.stages(st, o.All, indent)
	}
	for _, n := range notes(sc, st, o.All) {
		if n.Kind == notePredicted && o.Guessed { // it is next to the answer
			continue
		}
		rest := indent
		if n.Kind == NoteSetting {
			rest += len(n.Kind.Lead())
		}
		p.para(space, rest, n.String())
	}
}

// unexplained replaces a missing reason.
const unexplained = "no reason was recorded"

// notes explain an answer: its reason, the setting that changed the usual answer, and what was seen.
func notes(sc *result.Scenario, st *result.Step, all bool) []Note {
	var notes []Note
	say := func(kind NoteKind, text string) {
		if strings.TrimSpace(text) != "" {
			notes = append(notes, Note{kind, text})
		}
	}
	say(notePredicted, foretold(st))
	switch st.Verdict {
	case result.Skipped:
		say(noteSkipped, st.Why)
		return notes
	case result.Broken:
		say(noteNoResult, orElse(why(sc, st), unexplained))
	case result.Surprise:
		say(NoteReason, surprise(st))
		say(noteExpected, because(st))
		say(noteHere, bearing(st))
	default:
		say(NoteReason, because(st))
	}
	if mark(st) != "" {
		say(NoteSetting, condition(st))
	}
	say(NoteSeen, seen(st, all))
	say(noteKernel, kernelSays(sc, st))
	return notes
}

// why says why there is no result.
func why(sc *result.Scenario, st *result.Step) string {
	if st.Unproven == "" {
		if o := st.Observed; o != nil && o.Reason == probe.Broken {
			return orElse(st.Why, o.Detail)
		}
		return st.Why
	}
	answer := "no"
	if st.Observed != nil && st.Observed.Reason.Positive() {
		answer = "answer"
	}
	text := "this " + answer + " proves nothing: its control, " + st.Unproven + ", did not hold"
	for i := range sc.Steps {
		control := &sc.Steps[i]
		if control.Check != st.Unproven {
			continue
		}
		if control.Unproven != "" {
			return text + " (nor did the control of that, " + control.Unproven + ")"
		}
		if said := orElse(control.Why, control.Difference()); said != "" {
			return text + " (" + said + ")"
		}
	}
	return text
}

// surprise says what was expected and what was measured: "Expected no answer, measured yes."
func surprise(st *result.Step) string {
	said := flat(orElse(st.Why, st.Difference()))
	if said == "" {
		return ""
	}
	return upper(strings.TrimSuffix(said, ".")) + "."
}

// bearing puts the facts that bear on a surprise into words.
func bearing(st *result.Step) string {
	if len(st.Known) == 0 {
		return ""
	}
	return settings(st.Known) + "."
}

// condition is "Usually 1500. Here network bridge uses MTU 1400 (bridge.mtu)."
func condition(st *result.Step) string {
	return fmt.Sprintf("Usually %s. Here %s.", usually(st), settings(st.Condition))
}

// orElse is cmp.Or for text from outside, where white space counts as empty.
func orElse(s, other string) string {
	if strings.TrimSpace(s) == "" {
		return other
	}
	return s
}

// seen joins what this run saw in support of an answer. In a lesson a plain yes goes without, which saves screen space.
func seen(st *result.Step, all bool) string {
	o := st.Observed
	if o == nil {
		return ""
	}
	plainYes := st.Verdict == result.AsExpected && o.Reason.Positive() && len(st.Condition) == 0
	if plainYes && !all {
		return ""
	}
	var parts []string
	d := flat(o.Detail)
	if d != "" && o.Reason != probe.Broken { // with no result it is the reason
		parts = append(parts, d)
	}
	for _, e := range o.Evidence {
		if flat(e.Text) != d && (o.From == "" || e.Source != o.From) { // the detail tells what that address said
			parts = append(parts, evidence(e))
		}
	}
	if d := droppedBy(st); d != "" {
		parts = append(parts, strings.TrimSuffix(d, "."))
	}
	// A lesson has room for two: the first is how the asker learned it, the last is what others saw.
	if !all && len(parts) > 2 {
		parts = []string{parts[0], parts[len(parts)-1]}
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.TrimSuffix(strings.Join(parts, "; "), ".") + "."
}

// evidence is "/etc/hosts: localhost is 127.0.0.1", or "bob held port 80" if it describes a container.
func evidence(e probe.Evidence) string {
	source, text := flat(e.Source), strings.TrimSuffix(flat(e.Text), ".")
	switch {
	case source == "":
		return text
	case !e.Did:
		return source + ": " + text
	case source == result.HostPeer:
		return "the host " + text
	default:
		return source + " " + text
	}
}
