package scenario

import "net/netip"

// A LAN is a real LAN that a macvlan or ipvlan network is attached to instead of a link.
type LAN struct {
	Interface string // the host's interface, as parent
	Subnet    netip.Prefix
	Gateway   netip.Addr
	Range     netip.Prefix // of addresses that no other computer has
}

// onLAN is why a step that needs a link's outside computer is skipped.
const onLAN = "--parent"

// HasParent reports whether any network of the lab has a parent interface.
func (s *Scenario) HasParent() bool {
	for _, n := range s.Networks {
		if n.hasParent() {
			return true
		}
	}
	return false
}

// ChoosesOnParent returns a container that chooses its address on a network with a parent interface, or "". On a link
// all addresses are the lab's. On a real LAN an address may belong to another computer.
func (s *Scenario) ChoosesOnParent() string {
	for _, c := range s.Containers {
		for _, a := range c.Networks {
			for _, n := range s.Networks {
				if a.Address != 0 && n.Name == a.Network && n.hasParent() {
					return c.Name
				}
			}
		}
	}
	return ""
}

// OnLAN returns the scenario with its macvlan and ipvlan networks on a real LAN. It has no links then, and skips what
// needs one. OnLAN does not change the original scenario.
func (s *Scenario) OnLAN(lan LAN) *Scenario {
	moved := *s
	moved.Networks = nil
	for _, n := range s.Networks {
		if n.hasParent() {
			n.Parent, n.LAN = "", &lan
		}
		moved.Networks = append(moved.Networks, n)
	}
	out := moved.WithoutWires()
	for i := len(s.Skipped); i < len(out.Skipped); i++ {
		out.Skipped[i].Why = onLAN
	}
	return out
}
