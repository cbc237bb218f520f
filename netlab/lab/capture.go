package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/safely"
	"netlab/netlab/scenario"
)

// A Capture records the lab's frames at all capture points: in each of its network namespaces, at the bridges of its
// networks and at the host's ends of its links. It sends nothing, and it does not keep other traffic on the host.
//
// Its methods must be called from one goroutine. Close it before the lab is kept or removed.
type Capture struct {
	lab  *Lab
	host *engine.Container // the helper that captures on the host's interfaces; nil if nothing is captured there
	eyes agentClient       // its agent

	asked int
	ears  []*ear

	mu     changing // guards the fields below, and got and gone of the ears
	places []*fact.Place
	heard  []probe.Sighting // since the last Take
	bytes  int              // that heard takes in memory
}

// An ear is one capture of one agent.
type ear struct {
	name   string // used to mark it
	client agentClient
	peer   *peer         // nil for the host
	ask    probe.Capture // without its name
	stop   context.CancelFunc

	got   int
	links int  // how many interfaces it named
	lost  int  // frames that its agent sent and that were not kept
	gone  bool // whether its agent is gone

	dropped int // frames that are missing for any reason, as of the last mark
}

// Capture starts capturing.
func (l *Lab) Capture(ctx context.Context) (*Capture, error) {
	c := &Capture{lab: l}
	l.capture = c
	if len(l.hostLinks()) > 0 {
		var err error
		c.host, err = l.site.session.Create(ctx, engine.ContainerSpec{
			Peer: "watcher-" + l.session.ID(), Role: engine.RoleWatcher,
		})
		if err == nil {
			c.eyes, err = c.host.Start(ctx)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("capturing on the host: %w", err), c.Close(ctx))
		}
	}
	if err := c.Refresh(ctx); err != nil {
		return nil, errors.Join(err, c.Close(ctx))
	}
	return c, nil
}

// Refresh adds interfaces that appeared since, from a container that started or a network that was connected, and
// drops those that are gone. Call Take first.
func (c *Capture) Refresh(ctx context.Context) error {
	ears := c.wanted()
	var opening []*ear
	for i, want := range ears {
		if had := slices.IndexFunc(c.ears, func(e *ear) bool { return c.same(e, want) }); had >= 0 {
			ears[i] = c.ears[had]
			continue
		}
		c.asked++
		want.name = strconv.Itoa(c.asked)
		opening = append(opening, want)
	}
	for _, e := range c.ears { // before others open, which would report the same frames again
		if !slices.Contains(ears, e) {
			e.stop()
		}
	}
	c.ears = ears
	var work group
	for _, e := range opening {
		work.run(func() error { return c.open(ctx, e) })
	}
	return work.wait()
}

// alsoAt also captures a port on the host's loopback until the next Refresh: one that has a listener for a question.
func (c *Capture) alsoAt(ctx context.Context, port int) error {
	if c.eyes == nil {
		return nil
	}
	c.asked++
	e := &ear{name: strconv.Itoa(c.asked), client: c.eyes, ask: onHostLoopback(port)}
	c.ears = append(c.ears, e)
	return c.open(ctx, e)
}

func onHostLoopback(ports ...int) probe.Capture {
	return probe.Capture{Links: []string{"lo"}, Keep: &probe.Keep{Ports: ports}}
}

// same reports whether an ear still captures what is wanted.
func (c *Capture) same(e, other *ear) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return e.client == other.client && e.peer == other.peer && !e.gone && reflect.DeepEqual(e.ask, other.ask)
}

// wanted returns the ears that are needed right now, and registers their capture points.
func (c *Capture) wanted() []*ear {
	var ears []*ear
	for _, machines := range []bool{false, true} { // outside computers come last, after the host
		for _, p := range c.lab.peers {
			client, err := p.awake()
			if err != nil || p.machine != machines || p.spec.Share != "" || p.mode == scenario.HostNetwork || !p.isRoot() {
				// It does not run, its interfaces are another peer's, or it has no permission. The host's end sees the
				// same frames.
				continue
			}
			ears = append(ears, &ear{client: client, peer: p})
			for _, name := range p.ownLinks() {
				c.enter(placeOf(p, name))
			}
		}
		if !machines && c.eyes != nil {
			ears = append(ears, c.hostEars()...)
		}
	}
	return ears
}

// hostEars captures everything on interfaces that are the lab's alone, and uses a filter on interfaces that others
// use too.
func (c *Capture) hostEars() []*ear {
	own, shared := probe.Capture{}, probe.Capture{Keep: c.lab.addresses()}
	for _, p := range c.lab.hostLinks() {
		c.enter(p)
		if n := c.lab.network(p.Of); n != nil && !n.own {
			shared.Links = append(shared.Links, p.Link)
		} else {
			own.Links = append(own.Links, p.Link)
		}
	}
	loopback := onHostLoopback(c.lab.hostPorts()...)
	var ears []*ear
	for _, ask := range []probe.Capture{own, shared, loopback} {
		if len(ask.Links) > 0 && (ask.Keep == nil || !ask.Keep.IsEmpty()) {
			ears = append(ears, &ear{client: c.eyes, ask: ask})
		}
	}
	return ears
}

// open starts an ear.
func (c *Capture) open(ctx context.Context, e *ear) error {
	q, name := e.ask, "the host"
	if q.Name = e.name; e.peer != nil {
		name = e.peer.name
	}
	s, err := open(ctx, context.WithoutCancel(ctx), e.client, probe.Question{Capture: &q})
	e.stop = s.cancel
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return fmt.Errorf("capturing at %s: %w", name, err)
	case s.first.Reason != probe.OK:
		return fmt.Errorf("capturing at %s: %s, %s", name, s.first.Reason, s.first.Detail)
	}
	safely.Go(ctx, func() {
		defer c.mu.change(func() { e.gone = true })
		for r := range s.replies {
			if r.Frame != nil {
				c.note(e, *r.Frame)
			}
		}
	})
	return nil
}

// enter makes sure that a capture point is registered.
func (c *Capture) enter(p fact.Place) *fact.Place {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.places, func(known *fact.Place) bool { return known.Name == p.Name })
	if i >= 0 {
		return c.places[i]
	}
	c.places = append(c.places, &p)
	return &p
}

// Places lists the capture points so far: the containers' in their order, then the host's, then the outside
// computers'.
func (c *Capture) Places() []fact.Place {
	c.mu.Lock()
	defer c.mu.Unlock()
	places := make([]fact.Place, 0, len(c.places))
	for _, p := range c.places {
		places = append(places, *p)
	}
	rank := func(p fact.Place) int { return slices.Index([]string{fact.PlaceContainer, fact.PlaceMachine}, p.Kind) }
	order := []int{2, 1, 3} // neither, container, outside computer
	slices.SortStableFunc(places, func(a, b fact.Place) int { return cmp.Compare(order[rank(a)+1], order[rank(b)+1]) })
	return places
}

// Close ends the capture, even if ctx is canceled.
func (c *Capture) Close(ctx context.Context) error {
	for _, e := range c.ears {
		if e.stop != nil {
			e.stop()
		}
	}
	c.ears, c.lab.capture = nil, nil
	if c.host == nil || c.eyes == nil || ctx.Err() != nil {
		return nil // closing the site removes the helper, and it is patient with an engine that does not answer
	}
	return c.host.Stop(ctx)
}

// clocks returns how many nanoseconds each engine's clock is ahead of the first one's, by marks that were set at the
// same time.
func (c *Capture) clocks(marks []*probe.Marked) map[string]int64 {
	latest := map[string]int64{}
	first := c.lab.site.engine.Fact().ID
	for i, e := range c.ears {
		if marks[i] == nil {
			continue
		}
		id := first
		if e.peer != nil {
			id = e.peer.container.Engine()
		}
		latest[id] = max(latest[id], marks[i].TimeNS)
	}
	ahead := map[string]int64{}
	for id, ns := range latest {
		if latest[first] != 0 && id != first {
			ahead[id] = ns - latest[first]
		}
	}
	return ahead
}
