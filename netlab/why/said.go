package why

import (
	"slices"
	"strings"

	"netlab/netlab/pasted"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/survey"
)

// lineTarget is where the application of a line tried to connect to.
func lineTarget(l pasted.Line) Target {
	return Target{Key: l.Host, Port: l.Port, Network: l.Network}
}

// nameOnly reports whether only the name is asked for: the line says that it does not resolve, and names no port.
func (f *Facts) nameOnly() bool { return f.Line != nil && f.Line.Unresolved() && f.Target.Port == 0 }

// lineSaid holds the line against what was measured; nil without a line.
func lineSaid(f *Facts, w *result.Why) *result.Said {
	if f.Line == nil {
		return nil
	}
	var now []string
	if l := f.Lookup; l != nil && f.Line.Address != "" && len(l.Addresses) > 0 &&
		!slices.Contains(l.Addresses, f.Line.Address) {
		now = append(now, l.Name+" is now "+strings.Join(l.Addresses, " and ")+".")
	}
	switch is := lineNow(f, w); {
	case is == "":
	case f.Line.Opened() && w.Verdict == result.Reachable:
		now = append(now, "A connection opens, as it did then. What failed came later, so look at the logs of both ends.")
	default:
		now = append(now, "Now "+is+".")
	}
	return &result.Said{Text: f.Line.String(), Now: strings.Join(now, " ")}
}

func lesson(r probe.Reason) string { return r.Phrase().Lesson }

// lineNow says what was measured if it differs from the line, or "".
func lineNow(f *Facts, w *result.Why) string {
	resolves := f.Lookup == nil || len(f.Lookup.Addresses) > 0
	t := f.leading()
	switch {
	case w.Verdict == result.Reachable:
		return "it answers"
	case f.Lookup != nil && f.Lookup.Hidden, f.From.Container != nil && !f.From.Container.Running():
		return "" // nothing was asked
	case !resolves && !f.Line.Unresolved():
		return "the name does not resolve"
	case !resolves:
		return ""
	case f.nameOnly() && f.Lookup != nil:
		return "the name resolves"
	case t == nil || t.Outcome.Reason == "":
		return ""
	case f.Line.Reason == t.Outcome.Reason || f.Line.Reason == pasted.NoConnection && t.Outcome.Reason != probe.OK:
		return ""
	case t.Outcome.Reason == probe.OK:
		return "" // it opens, but not at what is meant; the cause says more
	}
	return "it is: " + lesson(t.Outcome.Reason)
}

// fromWord is the asker as an argument of netlab why.
func fromWord(from survey.End) string {
	if from.Container == nil {
		return survey.HostWord
	}
	return from.Container.Name
}
