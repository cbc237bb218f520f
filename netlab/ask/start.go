package ask

import (
	"context"

	"netlab/netlab/probe"
)

// A Start starts a created container: ok, or in-use if a port is already allocated.
type Start struct {
	Container string `json:"container"`
}

// Kind returns the properties of starting a container.
func (Start) Kind() Kind {
	return Kind{
		Name: "start", Doc: "start this container, which was only created", Example: "bob", Group: Isolation,
		Wants: WantsYesNo, Answer: NoAnswer, Engine: true, Changes: true,
	}
}

// Names lists what the question names.
func (q Start) Names() []Target { return []Target{PeerTarget(q.Container)} }

func (q Start) String() string { return words([]string{"start", q.Container}) }

// Ask starts it.
func (q Start) Ask(ctx context.Context, l Lab) probe.Outcome { return l.Start(ctx, q) }
