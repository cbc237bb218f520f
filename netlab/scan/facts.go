package scan

import (
	"slices"

	"netlab/netlab/fact"
	"netlab/netlab/survey"
)

// Facts is everything that was read for a scan.
type Facts struct {
	survey.Inventory

	// Ends are the chosen containers, with the network namespaces of those that run. All are chosen if Whole.
	Ends  []survey.End
	Whole bool

	Firewall *fact.Firewall // of the host, or nil if it could not be read
}

// listens returns the end of a container if its network namespace is its own and could be read. Others listen in the
// host's or in another container's.
func listens(e *survey.End) bool {
	return e.Stack != nil && e.Container.Running() && !e.OnHost() && e.Container.Owner() == ""
}

// sharers returns the other containers that use the network namespace of a container.
func (f *Facts) sharers(c *fact.Container) []*fact.Container {
	var found []*fact.Container
	for i := range f.Containers {
		if other := &f.Containers[i]; other.ID != c.ID && other.Owner() != "" && f.StackOwner(other) == c {
			found = append(found, other)
		}
	}
	return found
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
