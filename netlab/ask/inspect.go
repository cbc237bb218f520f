package ask

import (
	"context"

	"netlab/netlab/probe"
)

// An Inspect reads a thing of an image.
type Inspect struct {
	Image string `json:"image"`
	Thing string `json:"thing"`          // one of ImageThings
	Path  string `json:"path,omitempty"` // of ImageHolds
	With  string `json:"with,omitempty"` // of ImageShares: the other image
}

// Kind returns the properties of reading that thing.
func (q Inspect) Kind() Kind {
	thing := Find(ImageThings(), q.Thing)
	return Kind{
		Name: "inspect", Doc: "read a fact about an image: shop size, shop holds /bin/tool", Example: "shop size",
		Group: InImage, Answer: thing.Answer, Wants: thing.wants(), Engine: true,
	}
}

func (q Inspect) String() string {
	return words([]string{"inspect", q.Image, q.Thing, q.Path + q.With})
}

// Ask reads it.
func (q Inspect) Ask(ctx context.Context, l Lab) probe.Outcome { return l.Inspect(ctx, q) }
