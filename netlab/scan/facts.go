package scan

import (
	"net/netip"
	"slices"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/survey"
)

// Facts is everything that was read for a scan.
type Facts struct {
	survey.Inventory

	// Ends are the chosen containers, with the network namespaces of those that run. All are chosen if Whole.
	Ends  []survey.End
	Whole bool

	// Owners are the containers whose namespace a chosen one shares, but is no longer in.
	Owners []survey.End

	// Again are the namespaces that were read twice because a queue was full, by the container's id.
	Again map[string]*fact.Stack

	// Asked is who has an address (ARP), as containers asked that may use one that is gone.
	Asked map[Suspect]probe.Outcome

	// FlowsLater are the flows of HostFacts that lead to the wrong place, read again.
	FlowsLater []fact.Flow

	// Exposed are the published ports that the host's firewall seems to close, asked from outside. Unasked is why they
	// could not be asked.
	Exposed []Exposure
	Unasked error

	HostFacts
}

// HostFacts is what was read about the host besides its network namespace.
type HostFacts struct {
	Firewall *fact.Firewall // with what it lets pass, or nil if it could not be read
	Own      probe.Outcome  // where the host's kernel sends its own packets to an address outside (beyond)
	Ways     []Way          // where it sends those of bridge networks
	Servers  []Server       // the DNS servers that the engine gives to containers
	Flows    []fact.Flow    // UDP to published ports, and into bridge networks
}

// A Suspect is an address that a container uses, and that no container may have.
type Suspect struct {
	Container string // its id
	Address   string
}

// own returns the ends whose network namespace could be read and is not the host's, one for each namespace.
func (f *Facts) own() []*survey.End {
	var own []*survey.End
	seen := map[string]bool{}
	for _, sharing := range []bool{false, true} {
		for i := range f.Ends {
			e := &f.Ends[i]
			if e.Stack == nil || !e.Container.Running() || (e.Container.Owner() != "") != sharing {
				continue
			}
			key := f.KeyOf(e.Container)
			if key == survey.HostSeat || seen[key] {
				continue
			}
			seen[key] = true
			if !f.Strayed(e.Container) {
				own = append(own, e)
			}
		}
	}
	return own
}

// shared reports whether other containers are meant to use the network namespace of a container too.
func (f *Facts) shared(c *fact.Container) bool {
	return slices.ContainsFunc(f.Containers, func(o fact.Container) bool {
		return o.ID != c.ID && o.Owner() != "" && f.StackOwner(&o) == f.StackOwner(c)
	})
}

// neighbor returns another running container on a user-defined network of c and the network's name, or nil.
func (f *Facts) neighbor(c *fact.Container) (*fact.Container, string) {
	for _, e := range c.Endpoints {
		if e.Network == survey.DefaultBridge {
			continue
		}
		i := slices.IndexFunc(f.Containers, func(o fact.Container) bool {
			return o.ID != c.ID && o.Running() && o.On(e.Network) != nil
		})
		if i >= 0 {
			return &f.Containers[i], e.Network
		}
	}
	return nil, ""
}

// owned reports whether a container, a gateway, the host or anything in a namespace that was read has an address.
func (f *Facts) owned(a netip.Addr) bool {
	return f.Known(a) ||
		slices.ContainsFunc(f.Ends, func(e survey.End) bool { return e.Stack != nil && survey.Has(e.Stack, a) })
}

// recently is how many seconds ago a container may have last sent to an address that did not answer.
const recently = 60

// suspects returns the addresses on a container's own bridge networks that it uses, and that nothing is known to have.
func (f *Facts) suspects(e *survey.End) []netip.Addr {
	var found []netip.Addr
	add := func(a netip.Addr) {
		n := f.Bridge(a)
		if n != nil && f.IsOn(e.Container, n.Name) && !f.owned(a) && !slices.Contains(found, a) {
			found = append(found, a)
		}
	}
	for _, c := range e.Stack.Connections {
		add(remote(c).Addr())
	}
	for _, n := range e.Stack.Neighbors {
		if n.State == "failed" && n.UsedS <= recently {
			add(survey.Parsed(n.Address))
		}
	}
	return found
}

func remote(c fact.Connection) netip.AddrPort {
	at, _ := netip.ParseAddrPort(c.Remote)
	return at
}
