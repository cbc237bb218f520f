package ask

import (
	"context"

	"netlab/netlab/probe"
)

// A Connect opens a TCP connection, or sends a UDP datagram, to a lab listener.
type Connect struct {
	To      Target `json:"to"`               // with a free port it is a peer that listens for this question
	Port    Port   `json:"port"`             // of To
	Through Target `json:"through,omitzero"` // the host's address where To's published port is reached
	At      Target `json:"at,omitzero"`      // with a free port: the address to bind; zero for all
	By      Target `json:"by,omitzero"`      // with a free port: the name to connect to; zero for At
}

// Kind returns the properties of a connection.
func (Connect) Kind() Kind {
	return Kind{
		Name: "connect", Example: "bob tcp/8080", Group: Reach, Wants: WantsYesNo, Answer: Addresses,
		Doc: "TCP or UDP to this target and port: bob tcp/8080;" +
			" with tcp/free the target listens only for this question",
		Sockets: true, Sends: true,
	}
}

// Names lists what the question names.
func (q Connect) Names() []Target { return []Target{q.To, q.Through, q.At, q.By} }

func (q Connect) String() string {
	return words([]string{"connect", q.To.String(), q.Port.String()},
		[2]string{"at", q.At.String()}, [2]string{"by", q.By.String()}, [2]string{"through", q.Through.String()})
}

// Ask connects.
func (q Connect) Ask(ctx context.Context, l Lab) probe.Outcome { return l.Connect(ctx, q) }
