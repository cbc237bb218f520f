package render

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/result"
)

// firstNo is the id of the first row where some modes say yes and others no: the best one to explain.
func (t Table) firstNo() string {
	for _, r := range t.Rows {
		yes, no := false, false
		for _, c := range r.Cells {
			st := c.Step
			if st == nil || st.Observed == nil || st.Measure != "" {
				continue
			}
			if st.Observed.Reason.Positive() {
				yes = true
			} else {
				no = true
			}
		}
		if yes && no {
			return r.ID
		}
	}
	return ""
}

// An UnknownCheckError is about a row that a comparison does not have.
type UnknownCheckError struct{ text string }

func (e UnknownCheckError) Error() string { return e.text }

// Reasons explains one row of a comparison: each mode's question, answer and reason. If no scenario has the id, the
// error lists the ids that exist.
func Reasons(w io.Writer, r *result.Record, id string, o Options) error {
	p := newPage(o)
	var ids []string
	found := false
	for i := range r.Scenarios {
		sc := &r.Scenarios[i]
		for j := range sc.Steps {
			st := &sc.Steps[j]
			has := st.Check + st.Measure
			if has != "" && st.Group != ask.Control && !slices.Contains(ids, has) {
				ids = append(ids, has)
			}
			if has == "" || has != id {
				continue
			}
			if found {
				p.WriteByte('\n')
			}
			if !found && o.Recorded {
				p.para("", 2, engines(r, o))
				p.WriteByte('\n')
			}
			found = true
			p.para("", 2, strings.ToUpper(flat(sc.Name))+": "+question(st))
			text, _, rest := answerOf(sc, st).fit(p, p.width-2, mark(st))
			p.WriteString("  " + text + "\n")
			if len(rest) > 0 {
				p.para("  ", 2, strings.Join(rest, ", "))
			}
			detailed := o
			detailed.All = true
			p.body(sc, st, detailed, 2)
		}
	}
	if !found {
		for i := range ids {
			ids[i] = Plain(ids[i])
		}
		return UnknownCheckError{fmt.Sprintf("unknown check %q. This comparison has %s",
			id, orElse(strings.Join(ids, ", "), "none"))}
	}
	return p.to(w)
}
