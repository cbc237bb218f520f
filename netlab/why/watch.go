package why

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// An attempt is the question, asked once.
type attempt struct {
	names     []Asked  // the name, at each server
	addresses []string // that it has; none if it is unknown
	tries     []Try    // one for each address; none if the question could not even be asked
	why       string   // it could not be asked
}

// fails says what did not work, or "".
func (a *attempt) fails() string {
	switch {
	case a.why != "":
		return a.why
	case len(a.tries) == 0:
		for _, n := range a.names {
			if n.Outcome.Reason != probe.OK {
				return n.Name + ": " + n.Outcome.Detail
			}
		}
		return "no address"
	}
	for i := range a.tries {
		if t := &a.tries[i]; !t.answers() {
			return t.failure()
		}
	}
	return ""
}

// answers reports whether an answer came back, as far as one attempt can tell. The kernel of a paused container answers
// for it.
func (t *Try) answers() bool {
	switch {
	case t.Server != nil && t.Server.State != fact.StateRunning:
		return false
	case t.Behind != nil:
		return t.Behind.Reason == probe.OK
	}
	return t.Outcome.Reason == probe.OK
}

func (t *Try) failure() string {
	switch {
	case t.Server != nil && t.Server.State != fact.StateRunning:
		return t.Server.Name + " is " + t.Server.State
	case t.Behind != nil:
		return "the host accepts, but " + t.Server.Name + " does not: " + t.Behind.Detail
	}
	return t.Address + ": " + t.Outcome.Detail
}

// A diary folds attempts and the engine's events into a result.Watch.
type diary struct {
	watch  result.Watch
	series []*series

	failing    bool
	failedOnce bool
	failures   int // in a row
	asked      int // attempts
	answered   int
	since      time.Time
	addresses  []string // of the name, the last time it had any
}

type series struct {
	result.Series
	took []int64
}

func (d *diary) in(what, source string) *series {
	for _, s := range d.series {
		if s.What == what && s.Source == source {
			return s
		}
	}
	s := &series{Series: result.Series{What: what, Source: source}}
	d.series = append(d.series, s)
	return s
}

func (s *series) add(o probe.Outcome, answered bool) {
	s.Asked++
	if !answered {
		s.Failed++
		return
	}
	s.took = append(s.took, o.TookUS)
}

// add counts an attempt, and returns what has changed with it.
func (d *diary) add(now time.Time, a *attempt) []result.Moment {
	for _, n := range a.names {
		d.in("name", n.Server).add(n.Outcome, n.Outcome.Reason == probe.OK)
	}
	for i := range a.tries {
		d.in("port", a.tries[i].Address).add(a.tries[i].Outcome, a.tries[i].answers())
	}
	var changed []result.Moment
	tell := func(kind, format string, args ...any) {
		changed = append(changed, result.Moment{Kind: kind, Text: fmt.Sprintf(format, args...)})
	}
	if len(a.addresses) > 0 {
		if d.addresses != nil && !slices.Equal(d.addresses, a.addresses) {
			tell(result.MomentMoved, "the address is %s now, and was %s", strings.Join(a.addresses, " and "),
				strings.Join(d.addresses, " and "))
		}
		d.addresses = a.addresses
	}
	first := d.since.IsZero()
	failure := a.fails()
	d.asked++
	if failure == "" {
		d.answered++
	}
	switch {
	case failure != "" && (first || !d.failing):
		tell(result.MomentFails, "%s", failure)
		d.failing, d.failedOnce, d.failures, d.since = true, true, 1, now
	case failure != "":
		d.failures++
	case first:
		tell(result.MomentWorks, "answered by %s", a.answeredBy())
		d.since = now
	case d.failing:
		tell(result.MomentWorks, "answered again by %s, after %s in %s", a.answeredBy(), count(d.failures, "failure"),
			now.Sub(d.since).Round(100*time.Millisecond))
		d.failing, d.since = false, now
	}
	return changed
}

func (a *attempt) answeredBy() string {
	var from []string
	for i := range a.tries {
		from = append(from, a.tries[i].Address)
	}
	return strings.Join(from, " and ")
}

// happened says an event in words; "" for those that concern no connection.
func happened(e fact.Event, name string) string {
	action, detail, _ := strings.Cut(e.Action, ": ")
	switch action {
	case fact.EventCreate:
		return name + " was created"
	case fact.EventStart:
		return name + " started"
	case fact.EventDie:
		return name + " ended with exit code " + e.ExitCode
	case fact.EventOOM:
		return name + " ran out of memory"
	case fact.EventPause:
		return name + " was paused"
	case fact.EventUnpause:
		return name + " was resumed"
	case fact.EventDestroy:
		return name + " was removed"
	case fact.EventHealth:
		return "the health check of " + name + " says " + detail
	case fact.EventConnect:
		return name + " joined " + e.Network
	case fact.EventDisconnect:
		return name + " left " + e.Network
	}
	return ""
}

// sortedWords are the addresses of a name, which a resolver gives in any order.
func sortedWords(text string) []string {
	words := strings.Fields(text)
	slices.Sort(words)
	return words
}

// result is the whole diary, with the percentiles of each series.
func (d *diary) result() *result.Watch {
	w := d.watch
	w.Series = []result.Series{}
	for _, s := range d.series {
		slices.Sort(s.took)
		if n := len(s.took); n > 0 {
			s.P50US, s.P95US, s.MaxUS = s.took[n/2], s.took[n*95/100], s.took[n-1]
		}
		w.Series = append(w.Series, s.Series)
	}
	if w.Moments == nil {
		w.Moments = []result.Moment{}
	}
	return &w
}
