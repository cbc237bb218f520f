package scenario

import "net/netip"

// A LAN is a real one, on which a macvlan or ipvlan network is put instead of on a wire.
type LAN struct {
	Interface string // of the host, the parent
	Subnet    netip.Prefix
	Gateway   netip.Addr
	Range     netip.Prefix // of addresses that nobody else has
}

// onLAN is why a step is skipped that needs the machine of a wire.
const onLAN = "--parent"

// HasParent reports whether any network of the lab hangs on a parent interface.
func (s *Scenario) HasParent() bool {
	for _, n := range s.Networks {
		if n.hasParent() {
			return true
		}
	}
	return false
}

// ChoosesOnParent names a container that chooses its address on a network with a parent interface; "" where none does.
// On a wire every address is the lab's, on a real LAN it may be somebody's.
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

// OnLAN returns the scenario with its macvlan and ipvlan networks on a real LAN. There is no wire then, and what needs
// one is skipped. The scenario itself is not changed.
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
