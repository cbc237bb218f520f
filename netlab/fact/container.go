package fact

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Container is a container as the engine inspects it.
type Container struct {
	ID       string
	Name     string
	Image    string // its name, as it was created from
	State    string // created, running, paused, restarting, removing, exited or dead
	ExitCode int    // of the last run, if it is not running
	Error    string // the engine's own words, if it could not start the container the last time
	Created  time.Time
	Started  time.Time
	Finished time.Time // zero if it has never ended
	Restarts int       // by its restart policy
	Health   string    // starting, healthy or unhealthy; "" without a health check

	Project string // of Compose; "" without
	Service string // of Compose; "" without
	Folder  string // of the project's Compose file; "" without
	Lab     string // that netlab created it for; "" for a container of the user's
	Helper  bool   // it is netlab's own, and visits another container or the host

	Mode      string // NetworkMode: bridge, host, none, container:ID or the name of a network
	Hostname  string
	Endpoints []ContainerEndpoint // sorted by network; none while it shares another container's
	Ports     []Binding           // published, as the engine bound them, or while it does not run as requested
	Exposed   []string            // "80/tcp", sorted
	DNS       []string            // servers that the user gave with --dns
	Proxies   []string            // names of variables in its environment that name a proxy: HTTP_PROXY; no values
	NoProxy   string              // the value of NO_PROXY or no_proxy
	OwnHosts  bool                // a mount replaces the /etc/hosts or the /etc/resolv.conf that the engine wrote
}

// The states of a container that netlab tells apart. The engine has two more, exited and dead.
const (
	StateCreated    = "created"
	StateRunning    = "running"
	StatePaused     = "paused"
	StateRestarting = "restarting"
	StateRemoving   = "removing"
)

// A ContainerEndpoint is what connects a container to a network, and the names that it has there.
type ContainerEndpoint struct {
	Network string // its name
	ID      string // of the network
	IPv4    string // "" while the container does not run
	IPv6    string
	Names   []string // that Docker's DNS server resolves on this network; none on the default bridge
}

// A Binding is a published port of a container.
type Binding struct {
	Port     string // of the container, "80/tcp"
	HostIP   string // "" or an unspecified address for all
	HostPort int
}

// String is the port as docker ps shows it: "127.0.0.1:8080->80/tcp".
func (b Binding) String() string {
	return net.JoinHostPort(b.HostIP, strconv.Itoa(b.HostPort)) + "->" + b.Port
}

// Running reports whether the container has a network namespace: it runs, perhaps paused.
func (c *Container) Running() bool { return c.State == StateRunning || c.State == StatePaused }

// Owner returns the id or name of the container whose network namespace c shares, or "".
func (c *Container) Owner() string {
	owner, shares := strings.CutPrefix(c.Mode, "container:")
	if !shares {
		return ""
	}
	return owner
}

// On returns the container's endpoint on a network, or nil.
func (c *Container) On(network string) *ContainerEndpoint {
	i := slices.IndexFunc(c.Endpoints, func(e ContainerEndpoint) bool { return e.Network == network })
	if i < 0 {
		return nil
	}
	return &c.Endpoints[i]
}

// Has reports whether Docker's DNS server resolves a name to this endpoint. Case does not matter in DNS.
func (e *ContainerEndpoint) Has(name string) bool {
	return slices.ContainsFunc(e.Names, func(n string) bool { return strings.EqualFold(n, name) })
}
