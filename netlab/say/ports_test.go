package say

import (
	"testing"

	"netlab/netlab/fact"
)

// TestLoopbackOnly: a container without IPv4 is not told to listen on an IPv4 address.
func TestLoopbackOnly(t *testing.T) {
	t.Parallel()
	for want, endpoints := range map[string][]fact.ContainerEndpoint{
		"Listen on ::.":      {{Network: "six", IPv6: "fd00::3"}},
		"Listen on 0.0.0.0.": {{Network: "six", IPv6: "fd00::3"}, {Network: "dual", IPv4: "172.18.0.3", IPv6: "fd01::3"}},
	} {
		c := &fact.Container{Name: "db", Endpoints: endpoints}
		if got := LoopbackOnly("db", []string{"[::1]:80"}, c).Fix[0].Say; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
