package ask

import (
	"context"

	"netlab/netlab/probe"
)

// An ARP question asks which MAC address answers for an IPv4 address on the asker's own link.
type ARP struct {
	Address Target `json:"address"`
}

// Kind returns the properties of an ARP request.
func (ARP) Kind() Kind {
	return Kind{
		Name: "arp", Doc: "ask which MAC address this IPv4 address has on the asker's own network", Example: "bob",
		Group: Reach, Wants: WantsYesNo, Weighs: true, Sockets: true, Sends: true,
		Of:  func(t Target) Question { return ARP{Address: t} },
		Use: Use{Verb: "asked for by ARP", Addresses: true},
	}
}

// Names lists what the question names.
func (q ARP) Names() []Target { return []Target{q.Address} }

func (q ARP) String() string { return "arp " + q.Address.String() }

// Ask asks for the MAC address.
func (q ARP) Ask(ctx context.Context, l Lab) probe.Outcome { return l.ARP(ctx, q) }
