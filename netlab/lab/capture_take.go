package lab

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"netlab/netlab/poll"
	"netlab/netlab/probe"
	"netlab/netlab/safely"
)

// Take returns the frames that the kernels saw since the last Take, in order of time.
func (c *Capture) Take(ctx context.Context) ([]probe.Sighting, error) {
	marks := make([]*probe.Marked, len(c.ears))
	var asking sync.WaitGroup
	for i, e := range c.ears {
		asking.Go(safely.In(ctx, func() { marks[i] = mark(ctx, e.client, e.name) }))
	}
	asking.Wait()
	ahead := c.clocks(marks)
	for i, e := range c.ears {
		if marks[i] == nil {
			continue // its container is gone, and its last frames have arrived
		}
		heard := func() bool { return e.got >= marks[i].Frames || e.gone }
		if err := c.mu.wait(ctx, heard); err != nil {
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
	slices.SortStableFunc(sightings, func(a, b probe.Sighting) int { return cmp.Compare(a.Frame.TimeNS, b.Frame.TimeNS) })
	return sightings, nil
}

// How long no frame must arrive before a question counts as over, and how long to wait for that: the last ACK of a
// connection comes after the answer.
const (
	quiet      = 15 * time.Millisecond
	quietLimit = 300 * time.Millisecond
)

// TakeSettled calls Take until no more frames arrive.
func (c *Capture) TakeSettled(ctx context.Context) ([]probe.Sighting, error) {
	var sightings []probe.Sighting
	for end := time.Now().Add(quietLimit); ; {
		if err := poll.Pause(ctx, quiet); err != nil {
			return nil, err
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
