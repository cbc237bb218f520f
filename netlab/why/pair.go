package why

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/survey"
)

// What package matrix needs: it asks for all pairs at once, and has the same rules judge each of them.

// Between begins the facts about a pair of containers. What became of the packets is added with [Facts.Sent].
func Between(v survey.Inventory, from survey.End, to *fact.Container) *Facts {
	return &Facts{Inventory: v, From: from, Meant: to, Target: Target{Key: to.Name, Network: "tcp"}}
}

// Address returns the address by which the asker reaches the container that is meant, or "" if it has none.
func (f *Facts) Address() string {
	switch {
	case f.From.Container != nil && f.KeyOf(f.From.Container) == f.KeyOf(f.Meant):
		return "127.0.0.1"
	case f.KeyOf(f.Meant) == survey.HostSeat:
		gateway := ""
		if f.From.Stack != nil {
			gateway = f.From.Stack.DefaultGateway()
		}
		return cmp.Or(gateway, f.gateway())
	}
	return strings.Join(f.addressOf(f.Meant), "")
}

// Name returns the name by which an application of the asker would call the container that is meant.
func (f *Facts) Name() string { return f.nameOf(f.Meant) }

// Sent adds what became of SYNs to a port of the container that is meant. stack is that container's namespace. drop is
// what dropped them and proof how that was measured, or nil.
func (f *Facts) Sent(address string, port int, stack *fact.Stack, o probe.Outcome, drop *fact.Drop, proof string) {
	f.Target.Port = port
	t := f.locate(address)
	t.Stack, t.Outcome, t.Drop, t.Proof, t.Counted = stack, o, drop, proof, drop != nil
	if t.Server == nil && t.Kind == Itself && f.StackOwner(f.From.Container) != f.StackOwner(f.Meant) {
		t.Server = f.Meant // both use the host's namespace
	}
	f.Tries = append(f.Tries, t)
}

// Asked adds how the asker's resolver answered for the name of the container that is meant.
func (f *Facts) Asked(l *Lookup) {
	f.Lookup, f.Target.Key = l, l.Name
	for _, address := range l.Addresses {
		f.Tries = append(f.Tries, f.locate(address))
	}
}

// NameCause returns why the name does not lead to the container that is meant, or nil if that is not proven.
func (f *Facts) NameCause() *result.Cause {
	for _, r := range rules() {
		if r.about == nil {
			continue
		}
		if c := r.about(f); c != nil && !c.Note {
			c.ID = r.id
			return c
		}
	}
	return nil
}

// Own reports whether an address is the container's that is meant.
func (f *Facts) Own(address string) bool {
	return slices.ContainsFunc(f.Endpoints(f.Meant), func(e fact.ContainerEndpoint) bool {
		return address != "" && (e.IPv4 == address || e.IPv6 == address)
	})
}

// LookUp resolves a name like a program in the asker's container.
func LookUp(ctx context.Context, asker *survey.Seat, name string) *Lookup {
	return lookUp(ctx, asker, name)
}
