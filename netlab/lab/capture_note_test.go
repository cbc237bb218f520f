package lab

import (
	"fmt"
	"testing"

	"netlab/netlab/engine"
	"netlab/netlab/probe"
)

// An agent that never stops reporting frames, or that invents names, does not fill the memory and does not get to
// name a file.
func TestNoteIsBounded(t *testing.T) {
	c := &Capture{lab: &Lab{inventory: inventory{site: &Site{engine: &engine.Engine{}}}}}
	flood := &ear{}
	for range maxBytes/probe.MaxFrame + 10 {
		c.note(flood, probe.Frame{Link: "eth0", Data: make([]byte, probe.MaxFrame)})
	}
	if got := len(c.heard); got != maxBytes/probe.MaxFrame || flood.lost != 10 {
		t.Errorf("large frames: %d are kept and %d counted as lost, want %d and 10", got, flood.lost, maxBytes/probe.MaxFrame)
	}
	c.heard, c.bytes, flood.lost = nil, 0, 0
	for range maxFrames + 10 {
		c.note(flood, probe.Frame{Link: "eth0"})
	}
	if len(c.heard) != maxFrames || flood.lost != 10 {
		t.Errorf("small frames: %d are kept and %d counted as lost, want %d and 10", len(c.heard), flood.lost, maxFrames)
	}

	named := &ear{}
	c.heard, c.places = nil, nil
	for i := range maxLinks + 10 {
		c.note(named, probe.Frame{Link: fmt.Sprintf("veth%d", i)})
	}
	if len(c.places) != maxLinks || named.lost != 10 {
		t.Errorf("names: %d places and %d lost, want %d and 10", len(c.places), named.lost, maxLinks)
	}
	c.places = nil
	for _, link := range []string{"", ".", "..", "../x", "a/b", "a b", "a:b", "sixteen-letters-", "nul\x00"} {
		c.note(&ear{}, probe.Frame{Link: link})
		if len(c.places) > 0 {
			t.Errorf("an interface called %q became the place %q", link, c.places[0].Name)
		}
	}
}
