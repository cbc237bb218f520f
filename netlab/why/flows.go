package why

import (
	"net/netip"
	"slices"

	"netlab/netlab/fact"
	"netlab/netlab/result"
	"netlab/netlab/say"
	"netlab/netlab/survey"
)

// conntrackStale: programs of the asker send UDP to the target, and the kernel still leads their packets elsewhere.
func conntrackStale(f *Facts) *result.Cause {
	for i := range f.Astray {
		if again, used := f.Astray[i].Used(f.FlowsLater); used {
			return say.ConntrackStale(&f.Astray[i], again)
		}
	}
	return nil
}

// strays returns the flows of the asker's programs to the target that lead to the wrong place. Where no published port
// says which place is right, what netlab has just sent must have gone to another.
func (f *Facts) strays(flows []fact.Flow, fw *fact.Firewall) []fact.Stray {
	return slices.DeleteFunc(f.Strays(flows, fw), func(s fact.Stray) bool {
		from, _ := netip.ParseAddrPort(s.From)
		to, _ := netip.ParseAddrPort(s.To)
		asked := slices.ContainsFunc(f.Tries, func(t Try) bool {
			return int(to.Port()) == f.Target.Port && (t.Address == to.Addr().String() || s.Of != nil && s.Of == t.Server)
		})
		elsewhere := slices.ContainsFunc(flows, func(other fact.Flow) bool {
			sender, _ := netip.ParseAddrPort(other.From)
			return sender.Addr() == from.Addr() && other.To == s.To && other.Leads != s.Leads
		})
		return !f.sends(from.Addr()) || !asked || s.Of == nil && !elsewhere
	})
}

// sends reports whether an address is the asker's.
func (f *Facts) sends(a netip.Addr) bool {
	if f.From.Outside { // any computer there
		return f.Host != nil && !survey.Has(f.Host, a) && f.Bridge(a) == nil
	}
	return survey.Has(f.From.Stack, a)
}
