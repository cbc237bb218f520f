package ask

import (
	"context"

	"netlab/netlab/probe"
)

// A Hops question finds the routers on the path by increasing the TTL (traceroute).
type Hops struct {
	To Target `json:"to"`
}

// Kind returns the properties of finding routers.
func (Hops) Kind() Kind {
	return Kind{
		Name: "hops", Doc: "find the routers on the way to this target", Example: "bob", Group: Reach,
		Wants: WantsYesNo, Weighs: true, Sockets: true, Sends: true,
		Of: func(t Target) Question { return Hops{To: t} }, Use: ForReach(),
	}
}

// Names lists what the question names.
func (q Hops) Names() []Target { return []Target{q.To} }

func (q Hops) String() string { return "hops " + q.To.String() }

// Ask finds the routers.
func (q Hops) Ask(ctx context.Context, l Lab) probe.Outcome { return l.Hops(ctx, q) }
