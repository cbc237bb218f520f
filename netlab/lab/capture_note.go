package lab

import (
	"slices"
	"strings"
	"unicode"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// How much is kept between two calls of Take. The agent cannot be trusted to stop by itself.
const (
	maxFrames = 1 << 16
	maxBytes  = 64 << 20
	maxLinks  = 64 // that one ear names
)

// isLinkName reports whether Linux lets an interface have this name (net/core/dev.c, dev_valid_name).
func isLinkName(name string) bool {
	return name != "" && len(name) < 16 && name != "." && name != ".." &&
		!strings.ContainsFunc(name, func(r rune) bool { return r == '/' || r == ':' || r == 0 || unicode.IsSpace(r) })
}

func (c *Capture) note(e *ear, f probe.Frame) {
	if !isLinkName(f.Link) || len(f.Data) > probe.MaxFrame {
		c.mu.change(func() { e.got++; e.lost++ })
		return
	}
	place := c.lab.hostPlace(fact.PlaceHost, f.Link, "")
	if e.peer != nil {
		place = placeOf(e.peer, f.Link)
	}
	known := c.isPlace(place)
	if !known && e.links >= maxLinks {
		c.mu.change(func() { e.got++; e.lost++ })
		return
	}
	p := c.enter(place)
	c.mu.change(func() {
		if !known {
			e.links++
		}
		e.got++
		p.Frames++
		if len(c.heard) >= maxFrames || c.bytes+len(f.Data) > maxBytes {
			e.lost++
			return
		}
		c.bytes += len(f.Data)
		c.heard = append(c.heard, probe.Sighting{Place: p.Name, Peer: p.Peer, Frame: f})
	})
}

func (c *Capture) isPlace(p fact.Place) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.places, func(known *fact.Place) bool { return known.Name == p.Name })
}
