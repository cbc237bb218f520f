package survey

import (
	"net/netip"
	"slices"
	"time"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// An Inventory is what the engine says about everything on it.
type Inventory struct {
	Engine     fact.Engine
	Now        time.Time        // on the engine's clock, roughly
	Containers []fact.Container // all on the engine
	Networks   []fact.Network
	Pools      []fact.Pool // the address pools that the engine was given, or none if it uses its own
	Host       *fact.Stack // the Docker host's network namespace, or nil if it could not be read
}

// An End is a container, or the Docker host, with its network namespace.
type End struct {
	Container *fact.Container // nil for the Docker host
	Stack     *fact.Stack     // nil if it could not be read
	Err       error           // why it could not be read
	Outside   bool            // neither of the two: a computer beyond the host
}

// HostWord stands for the Docker host, and is the network mode of a container that uses its network namespace.
const HostWord = "host"

// DefaultBridge is the network that containers are on if the user names none. It has no DNS.
const DefaultBridge = "bridge"

// Name returns what the user calls the end.
func (e End) Name() string {
	switch {
	case e.Outside:
		return "a computer outside"
	case e.Container == nil:
		return "the host"
	}
	return e.Container.Name
}

// OnHost reports whether the end uses the host's network namespace.
func (e End) OnHost() bool {
	return !e.Outside && (e.Container == nil || e.Container.Mode == HostWord)
}

// DockerDNS reports whether the end asks Docker's DNS server.
func (e End) DockerDNS() bool {
	return e.Stack != nil && slices.Contains(e.Stack.Nameservers, probe.DockerDNS)
}

// Container returns the container with an id or name, or nil.
func (v *Inventory) Container(key string) *fact.Container {
	i := slices.IndexFunc(v.Containers, func(c fact.Container) bool { return c.ID == key || c.Name == key })
	if i < 0 {
		return nil
	}
	return &v.Containers[i]
}

// Network returns the network with a name, or nil.
func (v *Inventory) Network(name string) *fact.Network {
	i := slices.IndexFunc(v.Networks, func(n fact.Network) bool { return n.Name == name })
	if i < 0 {
		return nil
	}
	return &v.Networks[i]
}

// StackOwner returns the container whose network namespace c uses, which is c itself unless c shares another's.
func (v *Inventory) StackOwner(c *fact.Container) *fact.Container {
	for range v.Containers { // a container may share with one that shares
		if c == nil || c.Owner() == "" {
			break
		}
		next := v.Container(c.Owner())
		if next == nil {
			break
		}
		c = next
	}
	return c
}

// Endpoints returns the endpoints that a container uses, which are those of the container whose namespace it shares.
func (v *Inventory) Endpoints(c *fact.Container) []fact.ContainerEndpoint {
	if c = v.StackOwner(c); c == nil || c.Mode == HostWord || c.Mode == "none" {
		return nil
	}
	return c.Endpoints
}

// IsOn reports whether a container is on a network.
func (v *Inventory) IsOn(c *fact.Container, network string) bool {
	return slices.ContainsFunc(v.Endpoints(c), func(e fact.ContainerEndpoint) bool { return e.Network == network })
}

// Shared returns the names of the networks that both containers are on.
func (v *Inventory) Shared(a, b *fact.Container) []string {
	var names []string
	for _, e := range v.Endpoints(a) {
		if v.IsOn(b, e.Network) {
			names = append(names, e.Network)
		}
	}
	return names
}

// NamesOn returns the containers that own a name on a network, apart from those that only share a namespace.
func (v *Inventory) NamesOn(network, name string) []*fact.Container {
	var owners []*fact.Container
	for i := range v.Containers {
		c := &v.Containers[i]
		if e := c.On(network); e != nil && c.Owner() == "" && e.Has(name) {
			owners = append(owners, c)
		}
	}
	return owners
}

// Replicas reports whether containers are all of one service, so that they may share a name.
func Replicas(containers []*fact.Container) bool {
	return !slices.ContainsFunc(containers, func(c *fact.Container) bool {
		return c.Service == "" || c.Service != containers[0].Service || c.Project != containers[0].Project
	})
}

// AddressesOf returns the addresses of a container.
func (v *Inventory) AddressesOf(c *fact.Container) []string {
	var own []string
	for _, e := range v.Endpoints(c) {
		own = append(own, e.IPv4, e.IPv6)
	}
	return slices.DeleteFunc(own, func(a string) bool { return a == "" })
}

// Strayed reports whether a container that shares another's network namespace is still in one that the other has left:
// the other has gone or restarted since.
func (v *Inventory) Strayed(c *fact.Container) bool {
	if c.Owner() == "" || !c.Running() {
		return false
	}
	owner := v.Container(c.Owner())
	return owner == nil || !owner.Running() || owner.Started.After(c.Started)
}

// Owner returns the running container that has an address and the network where it has it, or nil. A network of the
// asker, which may be nil, comes first.
func (v *Inventory) Owner(address string, asker *fact.Container) (*fact.Container, string) {
	var found *fact.Container
	var on string
	for i := range v.Containers {
		c := &v.Containers[i]
		for _, e := range c.Endpoints {
			if !c.Running() || address == "" || e.IPv4 != address && e.IPv6 != address {
				continue
			}
			if found == nil || v.IsOn(asker, e.Network) {
				found, on = c, e.Network
			}
		}
	}
	return found, on
}

// Bridge returns the bridge network whose subnet an address is in, or nil. Only there does the engine know all
// machines: on other networks there are some that are not its own.
func (v *Inventory) Bridge(a netip.Addr) *fact.Network {
	i := slices.IndexFunc(v.Networks, func(n fact.Network) bool {
		return n.Driver == fact.DriverBridge &&
			slices.ContainsFunc(n.Subnets(), func(p netip.Prefix) bool { return p.Contains(a) })
	})
	if i < 0 {
		return nil
	}
	return &v.Networks[i]
}

// Known reports whether a container, a gateway or the host has an address.
func (v *Inventory) Known(a netip.Addr) bool {
	c, _ := v.Owner(a.String(), nil)
	return c != nil || v.Host != nil && Has(v.Host, a) || slices.ContainsFunc(v.Networks, func(n fact.Network) bool {
		return slices.Contains([]string{n.Gateway, n.IPv6Gateway, n.DefaultGateway}, a.String())
	})
}
