package render

import (
	"fmt"
	"io"
	"slices"
	"time"

	"netlab/netlab/result"
)

// LiveHead says what netlab waits for.
func LiveHead(w io.Writer, from, to string, span time.Duration, o Options) error {
	p := newPage(o)
	what := "Waiting for a connection or DNS lookup by " + flat(from)
	if to != "" {
		what += " to " + flat(to)
	}
	until := ". Ctrl-C ends it."
	if span > 0 {
		until = ", for at most " + words(span) + "."
	}
	p.para("", 2, what+" that fails"+until)
	return p.to(w)
}

// Live draws the answer after a wait: why it failed, or that nothing did.
func Live(w io.Writer, r *result.Why, o Options) error {
	p := newPage(o)
	p.WriteByte('\n')
	if r.Live.Failed == nil {
		p.quiet(r)
		return p.to(w)
	}
	if err := p.to(w); err != nil {
		return err
	}
	return Why(w, r, o)
}

// quiet says that nothing failed, and how much was seen of what works.
func (p *page) quiet(r *result.Why) {
	l, from := r.Live, flat(r.From)
	span := words((time.Duration(l.ForUS) * time.Microsecond).Round(time.Second))
	head, seen := "Nothing failed in "+span, ": "
	if r.To != "" {
		head, seen = "Nothing to "+flat(r.To)+" failed in "+span, ". To all destinations: "
	}
	seen += plural(l.Connections, "connection") + " and " + plural(l.Lookups, "DNS lookup")
	has := func(kind string) bool {
		return slices.ContainsFunc(l.Moments, func(m result.Moment) bool { return m.Kind == kind })
	}
	switch {
	case !l.Listened():
		head = "netlab could not listen in " + span + ": " + from + " did not run long enough. Paste what it printed " +
			"instead: netlab why LINE --from " + from
	case l.Connections+l.Lookups == 0 && !has(result.MomentFails):
		head += ", but " + from + " opened no connection and looked up no name."
	case has(result.MomentFails):
		head += seen + ". What failed is shown above."
	case l.Waiting == 0:
		head += seen + ", all answered."
	default:
		head += seen + fmt.Sprintf(", %d of them without an answer yet.", l.Waiting)
	}
	p.para("", 2, head)
	if l.Second > 0 {
		p.para("", 2, plural(l.Second, "connection")+" got an answer only from another address of the same name.")
	}
	if l.Missed > 0 {
		p.para("", 2, "netlab missed "+plural(l.Missed, "packet")+", so a failure may be missing.")
	}
	if has(result.MomentListens) && has(result.MomentEvent) {
		p.para("", 2, "After each start of "+from+", netlab needs a moment to listen again. What it sent before is missing.")
	}
	p.para("", 2, "Nothing of yours was changed.")
}

// seenText is what failed before netlab asked, and what differs now.
func seenText(r *result.Why) string {
	text := "Seen at " + r.Live.FailedAt.Local().Format("15:04:05")
	if r.Said != nil {
		text += ": " + r.Said.Text + ". " + r.Said.Now
	}
	return text
}
