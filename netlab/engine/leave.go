package engine

import (
	"slices"
	"sync"

	"github.com/docker/docker/api/types/versions"
)

// leaving lets one container at a time leave a network, on engines that can deadlock otherwise.
//
// In Engine 20.10, a container that leaves locks its network and then libnetwork's controller (getSvcRecords), and the
// removal of an endpoint locks them in the opposite order (processEndpointDelete). When two containers leave a network
// at the same moment, each goroutine may wait for the other. The engine then answers no call that needs either lock,
// until it is restarted. Fixed in 23.0: https://github.com/moby/moby/pull/42545
type leaving struct {
	mu       sync.Mutex
	networks map[string]*sync.Mutex // by name
}

// apiLeaveFixed is the API of Engine 23.0.
const apiLeaveFixed = "1.42"

// leave calls end, which takes a container off these networks: it stops, removes or disconnects the container.
func (e *Engine) leave(networks []string, end func() error) error {
	if versions.GreaterThanOrEqualTo(e.api.ClientVersion(), apiLeaveFixed) {
		return end()
	}
	for _, name := range slices.Compact(slices.Sorted(slices.Values(networks))) { // one order for all callers
		n := e.leaving.of(name)
		n.Lock()
		defer n.Unlock()
	}
	return end()
}

func (l *leaving) of(name string) *sync.Mutex {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.networks == nil {
		l.networks = map[string]*sync.Mutex{}
	}
	if l.networks[name] == nil {
		l.networks[name] = new(sync.Mutex)
	}
	return l.networks[name]
}
