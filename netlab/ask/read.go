package ask

import (
	"context"

	"netlab/netlab/probe"
)

// A Read reads a thing of the asker.
type Read struct {
	Thing string `json:"thing"` // one of Things
}

// Kind returns the properties of reading that thing.
func (q Read) Kind() Kind {
	thing := Find(Things(), q.Thing)
	return Kind{
		Name: "read", Doc: "read a fact about the asker", Example: Links, Group: Identity,
		Answer: thing.Answer, Wants: thing.wants(), Others: thing.Others,
	}
}

func (q Read) String() string { return "read " + q.Thing }

// Ask reads it.
func (q Read) Ask(ctx context.Context, l Lab) probe.Outcome { return l.Read(ctx, q) }
