package ask

import (
	"context"

	"netlab/netlab/probe"
)

// A Balance connects to a service's virtual IP once per task, and sees which tasks answered.
type Balance struct {
	Service string `json:"service"`
	Port    Port   `json:"port"`
}

// Kind returns the properties of trying a service.
func (Balance) Kind() Kind {
	return Kind{
		Name: "balance", Example: "shop tcp/8080", Group: Reach, Wants: WantsValue, Sockets: true,
		Sends: true,
		Doc:   "connect to a service's virtual IP once per task: shop tcp/8080; the answer lists the tasks that answered",
	}
}

// Names lists what the question names.
func (q Balance) Names() []Target { return []Target{PeerTarget(q.Service)} }

func (q Balance) String() string { return words([]string{"balance", q.Service, q.Port.String()}) }

// Ask connects.
func (q Balance) Ask(ctx context.Context, l Lab) probe.Outcome { return l.Balance(ctx, q) }
