package lab

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"netlab/netlab/probe"
	"netlab/netlab/safely"
)

// Take returns the frames that the kernels saw since the last Take, in order of time.
func (c *Capture) Take(ctx context.Context) ([]Sighting, error) {
	marks := make([]*probe.Marked, len(c.ears))
	var asking sync.WaitGroup
	for i, e := range c.ears {
		asking.Go(safely.In(ctx, func() { marks[i] = e.mark(ctx) }))
	}
	asking.Wait()
	ahead := c.clocks(marks)
	for i, e := range c.ears {
		if marks[i] == nil {
			continue // its container is gone, and its last frames have arrived
		}
		if err := c.await(ctx, e, marks[i].Frames); err != nil {
			return nil, err
		}
		c.drops(e, marks[i].Dropped)
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	sightings := c.heard
	c.heard, c.bytes = nil, 0
	for i := range sightings {
		sightings[i].Frame.TimeNS -= ahead[c.engineOf(sightings[i].Place)]
	}
	slices.SortStableFunc(sightings, func(a, b Sighting) int { return cmp.Compare(a.Frame.TimeNS, b.Frame.TimeNS) })
	return sightings, nil
}

// How long no frame must arrive before a question counts as over, and how long to wait for that: the last ACK of a
// connection comes after the answer.
const (
	quiet      = 15 * time.Millisecond
	quietLimit = 300 * time.Millisecond
)

// TakeSettled calls Take until no more frames arrive.
func (c *Capture) TakeSettled(ctx context.Context) ([]Sighting, error) {
	var sightings []Sighting
	for end := time.Now().Add(quietLimit); ; {
		select {
		case <-time.After(quiet):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		more, err := c.Take(ctx)
		if err != nil {
			return nil, err
		}
		sightings = append(sightings, more...)
		if len(more) == 0 || len(sightings) >= maxFrames || time.Now().After(end) {
			return sightings, nil
		}
	}
}

// mark returns how many frames the ear has captured, or nil if its agent does not reply.
func (e *ear) mark(ctx context.Context) *probe.Marked {
	replies, err := e.client.Stream(ctx, probe.Question{Mark: &probe.Mark{Capture: e.name}})
	if err != nil {
		return nil
	}
	r, _ := receive(ctx, replies)
	return r.Marked
}

// await waits until that many frames arrived from the ear, or the ear is gone.
func (c *Capture) await(ctx context.Context, e *ear, frames int) error {
	for {
		c.mu.Lock()
		there, more := e.got >= frames || e.gone, c.more
		c.mu.Unlock()
		if there {
			return nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// drops records how many frames the ear lost, at its first capture point: its socket does not report which one.
func (c *Capture) drops(e *ear, dropped int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	dropped += e.lost
	e.dropped = dropped
	if dropped == 0 {
		return
	}
	for _, p := range c.places {
		if e.peer != nil && p.Peer == e.peer.name || e.peer == nil && slices.Contains(e.ask.Links, p.Link) && p.Peer == "" {
			p.Dropped = dropped
			return
		}
	}
}

func (c *Capture) engineOf(place string) string {
	for _, p := range c.places {
		if p.Name == place {
			return p.Engine
		}
	}
	return ""
}
