package matrix

import (
	"context"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/safely"
	"netlab/netlab/survey"
	"netlab/netlab/why"
)

// How a port is asked. All containers are on one host, where an answer takes less than a millisecond.
const (
	firstSYNs  = 3
	firstEvery = 60  // milliseconds
	firstWait  = 200 // milliseconds

	atOnce      = 48 // questions that one agent works on at the same time
	namesAtOnce = 24 // names that one container's DNS servers are asked for at the same time
)

// namesLimit is how long all names together may take. A server that is silent for longer is no help to applications.
const namesLimit = 3 * time.Second

// A Reader reads the facts. It is a [survey.Reader] that also asks.
type Reader struct{ *survey.Reader }

// Open starts a Reader. It creates nothing yet.
func Open(ctx context.Context, eng *engine.Engine) (*Reader, error) {
	r, err := survey.Open(ctx, eng)
	return &Reader{r}, err
}

// Read asks all pairs of the containers that words name, of those of a Compose project, or of all that run. The error
// is a [survey.Mistake] if the words name nothing, or one of the engine.
func (r *Reader) Read(ctx context.Context, project string, words []string) (*Facts, error) {
	v, err := r.Inventory(ctx)
	if err != nil {
		return nil, err
	}
	containers, err := chosen(v.Containers, project, words)
	if err != nil {
		return nil, err
	}
	f := &Facts{Inventory: v}
	if len(containers) < 2 { // there is no pair
		for _, c := range containers {
			f.Members = append(f.Members, Member{End: survey.End{Container: c}})
		}
		return f, nil
	}
	if err := r.sit(ctx, f, containers); err != nil {
		return nil, err
	}
	f.pair()
	var work errgroup.Group
	work.Go(safely.Task(func() error { return r.names(ctx, f) }))
	work.Go(safely.Task(func() error { return r.ports(ctx, f) }))
	return f, work.Wait()
}

// sit takes the seats.
func (r *Reader) sit(ctx context.Context, f *Facts, containers []*fact.Container) error {
	var work errgroup.Group
	work.Go(safely.Task(func() error {
		if s, err := r.Seat(ctx, survey.RulesSeat); err == nil { // only some answers need it
			f.Host = s.Stack
		}
		return ctx.Err()
	}))
	ends, err := r.Ends(ctx, &f.Inventory, containers)
	if waited := work.Wait(); err == nil {
		err = waited
	}
	if err != nil {
		return err
	}
	for _, e := range ends {
		m := Member{End: e}
		if e.Stack == nil {
			if _, err := r.Seat(ctx, f.KeyOf(e.Container)); err != nil { // it failed before
				m.Unread = err.Error()
			}
		}
		m.ports(&f.Inventory)
		f.Members = append(f.Members, m)
	}
	return nil
}

// pair lists the pairs and what to ask of each.
func (f *Facts) pair() {
	for i := range f.Members {
		for j := range f.Members {
			if i == j {
				continue
			}
			from, to := &f.Members[i], &f.Members[j]
			p := Pair{From: i, To: j, Address: why.Between(f.Inventory, from.End, to.Container).Address()}
			if p.Address != "" && from.Stack != nil {
				ports := append([]int{to.Closed}, to.TCP...)
				for _, port := range append(ports, to.Loopback...) {
					p.Asks = append(p.Asks, Ask{Port: port})
				}
			}
			f.Pairs = append(f.Pairs, p)
		}
	}
}

// An asking is an ask with its pair.
type asking struct {
	*Pair
	*Ask
}

// asks returns the asks for which keep holds.
func (f *Facts) asks(keep func(*Ask) bool) []asking {
	var found []asking
	for i := range f.Pairs {
		p := &f.Pairs[i]
		for k := range p.Asks {
			if keep(&p.Asks[k]) {
				found = append(found, asking{p, &p.Asks[k]})
			}
		}
	}
	return found
}

// ports sends SYNs to all ports, again to those that are silent, and looks for what drops them.
func (r *Reader) ports(ctx context.Context, f *Facts) error {
	q := probe.Reach{Network: "tcp", Count: firstSYNs, EveryMS: firstEvery, WaitMS: firstWait, Reset: true}
	if err := r.send(ctx, f, f.asks(func(*Ask) bool { return true }), q); err != nil {
		return err
	}
	// On a busy machine an answer may take longer. The second time, only the silent ones are asked.
	if err := r.send(ctx, f, f.asks((*Ask).silent), q); err != nil {
		return err
	}
	r.findDrops(ctx, f, f.asks((*Ask).silent))
	return ctx.Err()
}

// send asks ports, each from its own asker, and stores what came of it. The error is that of ctx.
func (r *Reader) send(ctx context.Context, f *Facts, asks []asking, q probe.Reach) error {
	return r.each(ctx, f, asks, atOnce, func(seat *survey.Seat, a asking) {
		one := q
		one.Address, one.Port, one.Sequence = a.Address, a.Port, rand.Uint32()
		o, err := seat.Client.Ask(ctx, probe.Question{Reach: &one})
		if err != nil {
			o = probe.Outcome{Reason: probe.Broken, Detail: err.Error()}
		}
		a.Outcome = o
	})
}

// each calls do for each ask, for all askers in parallel, and for one asker up to limit in parallel. Each asker begins
// with the container after itself, so that not all ask the same one first. The error is that of ctx.
func (r *Reader) each(
	ctx context.Context, f *Facts, asks []asking, limit int, do func(*survey.Seat, asking),
) error {
	byAsker := make([][]asking, len(f.Members))
	for _, later := range []bool{true, false} {
		for _, a := range asks {
			if (a.To > a.From) == later {
				byAsker[a.From] = append(byAsker[a.From], a)
			}
		}
	}
	var askers errgroup.Group
	for i, asks := range byAsker {
		seat := r.Taken(f.KeyOf(f.Members[i].Container))
		if seat == nil {
			continue
		}
		askers.Go(safely.Task(func() error {
			var work errgroup.Group
			work.SetLimit(limit)
			for _, a := range asks {
				if ctx.Err() != nil {
					break
				}
				work.Go(safely.Task(func() error { do(seat, a); return nil }))
			}
			return work.Wait()
		}))
	}
	if err := askers.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// names asks each container's resolver for the names of all others.
func (r *Reader) names(ctx context.Context, f *Facts) error {
	limited, stop := context.WithTimeout(ctx, namesLimit)
	defer stop()
	var all []asking
	for i := range f.Pairs {
		p := &f.Pairs[i]
		if !f.StackOwner(f.Members[p.From].Container).OwnHosts {
			all = append(all, asking{Pair: p})
		}
	}
	_ = r.each(limited, f, all, namesAtOnce, func(seat *survey.Seat, a asking) {
		from, to := &f.Members[a.From], &f.Members[a.To]
		name := why.Between(f.Inventory, from.End, to.Container).Name()
		a.Lookup = why.LookUp(limited, seat, name)
		a.Late = limited.Err() != nil
	})
	for i := range all {
		if p := all[i].Pair; p.Lookup == nil {
			p.Late = true
		}
	}
	return ctx.Err()
}
