package engine

import (
	"slices"
	"testing"
)

// TestNetworkNames: Docker takes the default route from the network whose name sorts first, among a lab's own and the
// default bridge. What netlab adds to a name must leave that order alone.
func TestNetworkNames(t *testing.T) {
	names := []string{"alpine-net", "app", "b", "bri", "bridge", "bridge-a", "bridge2", "web", "web-a", "web-a-b", "web2", "webs"}
	for _, lab := range []string{"0a1b2c3d", "a", "zoo-9"} {
		s := &Session{lab: lab}
		var on []string // the names as the engine has them
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
