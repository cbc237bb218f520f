package engine

import (
	"slices"
	"testing"
)

// TestNetworkNames: Docker takes the default route from the network whose name sorts first, among a lab's own
// networks and the default bridge. netlab's additions to a name must not change that order.
func TestNetworkNames(t *testing.T) {
	names := []string{
		"alpine-net", "app", "b", "bri", "bridge", "bridge-a", "bridge2", "web", "web-a", "web-a-b", "web2", "webs",
	}
	for _, lab := range []string{"0a1b2c3d", "a", "zoo-9"} {
		s := &Session{lab: lab}
		var on []string // the names on the engine
		for _, name := range names {
			if name != "bridge" {
				name = s.networkName(name)
			}
			on = append(on, name)
		}
		if !slices.IsSorted(on) {
			t.Errorf("lab %s: the names sort otherwise than the scenario's: %q", lab, on)
		}
	}
}
