package ask

import (
	"context"

	"netlab/netlab/probe"
)

// A Resolve looks up the addresses of a name.
type Resolve struct {
	Name   Target `json:"name"`
	Type   string `json:"type"`            // A or AAAA
	Server Target `json:"server,omitzero"` // the DNS server; zero for the container's own
}

// A Reverse looks up the names of an address.
type Reverse struct {
	Address Target `json:"address"`
	Server  Target `json:"server,omitzero"`
}

// Kind returns the properties of a lookup.
func (Resolve) Kind() Kind {
	return Kind{
		Name: "resolve", Doc: "look up the addresses of this name", Example: "bob.name", Group: Names, Wants: WantsYesNo,
		Answer: Addresses, Sockets: true, Sends: true, Resolves: true,
		Of:  func(t Target) Question { return Resolve{Name: t, Type: "A"} },
		Use: Use{Verb: "resolved", Names: true},
	}
}

// Names lists what the question names.
func (q Resolve) Names() []Target { return []Target{q.Name, q.Server} }

func (q Resolve) String() string {
	kind := q.Type
	if kind == "A" {
		kind = ""
	}
	return words([]string{"resolve", q.Name.String()},
		[2]string{"type", kind}, [2]string{"server", q.Server.String()})
}

// Ask looks the name up.
func (q Resolve) Ask(ctx context.Context, l Lab) probe.Outcome { return l.Resolve(ctx, q) }

// Kind returns the properties of a reverse lookup.
func (Reverse) Kind() Kind {
	return Kind{
		Name: "reverse", Doc: "look up the names of this address", Example: "bob", Group: Names,
		Wants: WantsYesNo, Weighs: true, Sockets: true, Sends: true, Resolves: true,
		Of:  func(t Target) Question { return Reverse{Address: t} },
		Use: Use{Verb: "looked up", Addresses: true},
	}
}

// Names lists what the question names.
func (q Reverse) Names() []Target { return []Target{q.Address, q.Server} }

func (q Reverse) String() string {
	return words([]string{"reverse", q.Address.String()}, [2]string{"server", q.Server.String()})
}

// Ask looks the address up.
func (q Reverse) Ask(ctx context.Context, l Lab) probe.Outcome { return l.Reverse(ctx, q) }
