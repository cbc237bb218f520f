package ask

import (
	"context"

	"netlab/netlab/probe"
)

// A Listen binds a port.
type Listen struct {
	Port   Port   `json:"port"`
	At     Target `json:"at,omitzero"`      // the address to bind; zero for all
	Beside string `json:"beside,omitempty"` // a peer that already holds the same port
}

// Kind returns the properties of binding a port.
func (Listen) Kind() Kind {
	return Kind{
		Name: "listen", Doc: "listen on a port: tcp/8080 or tcp/free", Example: "tcp/8080", Group: Isolation,
		Wants: WantsYesNo, Sockets: true,
	}
}

// Names lists what the question names.
func (q Listen) Names() []Target { return []Target{{}, q.At, PeerTarget(q.Beside)} }

func (q Listen) String() string {
	return words([]string{"listen", q.Port.String()}, [2]string{"at", q.At.String()}, [2]string{"beside", q.Beside})
}

// Ask binds the port.
func (q Listen) Ask(ctx context.Context, l Lab) probe.Outcome { return l.Listen(ctx, q) }
