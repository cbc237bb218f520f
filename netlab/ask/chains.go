package ask

import (
	"context"

	"netlab/netlab/probe"
)

// A Chains question connects to a published port, and sees which chains of the host's firewall the packets passed.
type Chains struct {
	To      Target `json:"to"` // a container
	Port    Port   `json:"port"`
	Through Target `json:"through"` // the host's address where the port is reached
}

// Connection is the connection whose packets are watched.
func (q Chains) Connection() Connect { return Connect{To: q.To, Port: q.Port, Through: q.Through} }

// Kind returns the properties of watching the firewall.
func (Chains) Kind() Kind {
	return Kind{
		Name: "chains", Example: "bob tcp/8080", Group: Reach, Wants: WantsYesNo, Answer: ChainNames,
		Doc:     "connect, and report which chains of the host's firewall saw the packets: bob tcp/8080",
		Sockets: true, Sends: true,
	}
}

// Names lists what the question names.
func (q Chains) Names() []Target { return []Target{q.To, q.Through} }

func (q Chains) String() string {
	return words([]string{"chains", q.To.String(), q.Port.String()}, [2]string{"through", q.Through.String()})
}

// Ask connects and watches.
func (q Chains) Ask(ctx context.Context, l Lab) probe.Outcome { return l.Chains(ctx, q) }
