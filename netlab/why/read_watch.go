package why

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/safely"
	"netlab/netlab/survey"
)

// watchEvery is the time from one attempt to the next.
const watchEvery = 250 * time.Millisecond

// A watcher asks one question again and again. Meanwhile a second Reader takes a closer look whenever something has
// changed, so that no attempt waits for it. It then takes the place of the first.
type watcher struct {
	from, to string
	tell     func(result.Moment)
	looks    chan look
	closing  errgroup.Group // Readers whose time is over, and looks that may leave one

	reader *Reader
	facts  *Facts
	diary  diary
	names  map[string]string // of the containers that it is about, by their ids
	ended  map[string]bool   // those that have ended and not started again
	said   string            // about the engine's last event
	down   string            // why the asker cannot ask; "" if it can
	worst  *result.Why       // the diagnosis of a failure

	looking, changed bool // a look is under way; something changed since it began
}

// A look is everything, read again.
type look struct {
	reader *Reader
	facts  *Facts
	err    error
}

// Watch asks again and again for a time, or until ctx ends, and tells what changes: failures, answers, and what becomes
// of the two containers. The result is about all of it: ambiguous, if only some attempts failed.
func (r *Reader) Watch(ctx context.Context, from, to string, span time.Duration, tell func(result.Moment)) (
	*result.Why, error,
) {
	ctx, stop := context.WithCancel(ctx)
	w := &watcher{from: from, to: to, tell: tell, looks: make(chan look)}
	w.names, w.ended = map[string]string{}, map[string]bool{}
	defer func() {
		stop()
		_ = w.closing.Wait() // their containers end by themselves, and the session's own Close reports what is left
	}()
	events, failed := r.Events(ctx)
	facts, err := r.Read(ctx, from, to)
	if err != nil {
		return nil, err
	}
	first := Diagnose(facts)
	w.take(r, facts)
	began := time.Now()
	end, next := time.NewTimer(span), time.NewTicker(watchEvery)
	defer end.Stop()
	defer next.Stop()
	for going := true; going; {
		select {
		case <-next.C:
			w.attempt(ctx)
		case e, open := <-events:
			if !open && ctx.Err() == nil {
				return nil, <-failed
			}
			w.event(ctx, e)
		case l := <-w.looks:
			w.looked(ctx, r, l)
		case <-end.C:
			going = false
		case <-ctx.Done():
			going = false
		}
	}
	last := w.conclude(first)
	last.Watch = w.diary.result()
	last.Watch.EveryUS, last.Watch.ForUS = watchEvery.Microseconds(), time.Since(began).Microseconds()
	return last, nil
}

// take goes on with what a look has read.
func (w *watcher) take(r *Reader, f *Facts) {
	w.reader, w.facts, w.down = r, f, ""
	about := []*fact.Container{f.From.Container, f.Meant}
	for i := range f.Tries { // an alias is no container's name
		about = append(about, f.Tries[i].Server)
	}
	for _, c := range about {
		if c != nil {
			w.names[c.ID] = c.Name
		}
	}
	if c := f.From.Container; c != nil && c.State != fact.StateRunning {
		w.down = c.Name + " is " + c.State
	}
}

// say adds a moment to the diary.
func (w *watcher) say(m result.Moment) {
	m.At = time.Now()
	w.diary.watch.Moments = append(w.diary.watch.Moments, m)
	w.tell(m)
}

// attempt asks once.
func (w *watcher) attempt(ctx context.Context) {
	a := &attempt{why: w.down}
	if a.why == "" {
		if err := w.once(ctx, a); err != nil {
			a.why = err.Error() // the asker may have gone this moment
		}
	}
	if ctx.Err() != nil {
		return
	}
	for _, m := range w.diary.add(time.Now(), a) {
		w.say(m)
		if m.Kind == result.MomentFails {
			w.look(ctx)
		}
	}
}

// look starts a closer look. There is one at a time, and another one if something changes meanwhile.
func (w *watcher) look(ctx context.Context) {
	if w.changed = w.looking; w.changed {
		return
	}
	w.looking = true
	ended := make(chan struct{})
	w.closing.Go(safely.Task(func() error { <-ended; return nil })) // the look may have a Reader to close
	safely.Go(ctx, func() {
		defer close(ended)
		l := look{}
		var again *survey.Reader
		if again, l.err = w.reader.Again(ctx); l.err == nil {
			l.reader = &Reader{Reader: again, NoKernel: w.reader.NoKernel}
			l.facts, l.err = l.reader.Read(ctx, w.from, w.to)
		}
		select {
		case w.looks <- l:
		case <-ctx.Done():
			if l.reader != nil {
				w.dismiss(l.reader)
			}
		}
	})
}

func (w *watcher) dismiss(r *Reader) {
	w.closing.Go(safely.Task(func() error { return r.Close(context.Background()) }))
}

// looked uses what a look has found. The caller closes the first Reader.
func (w *watcher) looked(ctx context.Context, first *Reader, l look) {
	w.looking = false
	var gone *survey.Mistake
	switch {
	case l.err == nil:
		if w.reader != first {
			w.dismiss(w.reader)
		}
		w.take(l.reader, l.facts)
		if why := Diagnose(l.facts); w.diary.failing && why.Obstacle() != nil {
			if c := why.Obstacle(); w.worst == nil || w.worst.Obstacle().Title != c.Title {
				w.say(result.Moment{Kind: result.MomentCause, Text: c.Title, Cause: c.ID})
			}
			w.worst = why
		}
	case errors.As(l.err, &gone): // the container was removed
		w.down = gone.Error()
		w.dismiss(l.reader)
	case l.reader != nil:
		w.dismiss(l.reader)
	}
	if w.changed {
		w.look(ctx)
	}
}

// event notes what became of one of the two containers. One that is created again has another id.
func (w *watcher) event(ctx context.Context, e fact.Event) {
	name := w.names[e.Container]
	if name == "" && e.Name != "" && w.isMeant(e) {
		name = e.Name
		w.names[e.Container] = name
	}
	if name == "" {
		return
	}
	switch e.Action {
	case fact.EventCreate, fact.EventDie:
		w.ended[e.Container] = true
	case fact.EventStart:
		w.ended[e.Container] = false
	}
	with := e.Network != "" && w.ended[e.Container] // it leaves and joins its networks when it ends and starts
	text := happened(e, name)
	if text != "" && text != w.said && !with { // engines report some things twice
		w.said = text
		w.say(result.Moment{Kind: result.MomentEvent, Text: text})
	}
	if from := w.facts.From.Container; e.Action == fact.EventDie && from != nil && from.ID == e.Container {
		w.down = name + " is not running"
	}
	switch e.Action {
	case fact.EventStart, fact.EventDie, fact.EventDestroy, fact.EventRename, fact.EventConnect, fact.EventDisconnect,
		fact.EventPause, fact.EventUnpause:
		w.look(ctx)
	}
}

// isMeant reports whether a container that was not there before takes the place of one of the two.
func (w *watcher) isMeant(e fact.Event) bool {
	for _, c := range []*fact.Container{w.facts.From.Container, w.facts.Meant} {
		if c != nil && (c.Name == e.Name || c.Service != "" && c.Service == e.Service && c.Project == e.Project) {
			return true
		}
	}
	return e.Name == w.facts.Target.Key
}

// once asks the name, at each server at the same time, and then the port at each address.
func (w *watcher) once(ctx context.Context, a *attempt) error {
	f := w.facts
	asker := w.reader.Taken(f.fromKey())
	if asker == nil {
		return errors.New(f.From.Name() + "'s network namespace could not be read")
	}
	for i := range f.Tries {
		if f.Tries[i].Address != "" {
			a.addresses = append(a.addresses, f.Tries[i].Address)
		}
	}
	if l := f.Lookup; l != nil && len(l.Asked) > 0 {
		if err := a.resolve(ctx, asker, l); err != nil {
			return err
		}
	}
	for _, address := range a.addresses {
		t := f.locate(address)
		if err := w.knock(ctx, asker, &t); err != nil {
			return err
		}
		a.tries = append(a.tries, t)
	}
	return nil
}

// knock sends one packet. If the host itself accepts for a published port, it also asks the container behind.
func (w *watcher) knock(ctx context.Context, asker *survey.Seat, t *Try) (err error) {
	f := w.facts
	q := probe.Reach{Network: f.Target.Network, Address: t.Address, Port: f.Target.Port, Reset: true, WaitMS: waitHere}
	if t.Kind == Elsewhere {
		q.WaitMS = waitThere
	}
	if t.Outcome, err = asker.Client.Ask(ctx, probe.Question{Reach: &q}); err != nil {
		return err
	}
	t.Watched = f.From.OnHost() // from elsewhere, the host's rules lead to the container, and it accepts itself
	if err := w.reader.askBehind(ctx, f, t, q); err != nil {
		return err
	}
	return broken(t.Outcome)
}

// resolve asks each server of the asker's resolv.conf. As in a program, the first one that knows decides.
func (a *attempt) resolve(ctx context.Context, asker *survey.Seat, l *Lookup) error {
	q := probe.Resolve{Name: l.Asked[len(l.Asked)-1].Name, Type: "A"}
	if len(l.Addresses) > 0 && !slices.ContainsFunc(l.Addresses, isIPv4) {
		q.Type = "AAAA"
	}
	servers := asker.Stack.Nameservers
	servers = servers[:min(len(servers), maxServers)]
	a.names, a.addresses = make([]Asked, len(servers)), nil
	var work errgroup.Group
	for i, server := range servers {
		work.Go(safely.Task(func() error {
			ask := q
			ask.Server = server
			o, err := asker.Client.Ask(ctx, probe.Question{Resolve: &ask})
			a.names[i] = Asked{Name: q.Name, Server: server, Outcome: o}
			return err
		}))
	}
	err := work.Wait()
	if i := slices.IndexFunc(a.names, func(n Asked) bool { return n.Outcome.Reason == probe.OK }); i >= 0 {
		a.addresses = sortedWords(a.names[i].Outcome.Value)
	}
	return err
}

func isIPv4(address string) bool { return survey.Parsed(address).Is4() }

// conclude is the answer to all attempts together.
func (w *watcher) conclude(first *result.Why) *result.Why {
	d := &w.diary
	last := first
	if d.failedOnce {
		if last = w.worst; last == nil {
			last = first
			last.Causes = []result.Cause{}
			last.Unseen = []string{
				fmt.Sprintf("%d of %s failed. When netlab looked closer, no cause was left to prove.", d.asked-d.answered,
					count(d.asked, "attempt")),
			}
		}
		if d.answered > 0 {
			last.Verdict = result.Ambiguous
		}
	}
	return last
}
