package ask

import (
	"context"

	"netlab/netlab/probe"
)

// A Build builds an image. The answer is one word per instruction: "cached built".
type Build struct {
	Image string `json:"image"`
}

// Kind returns the properties of building an image.
func (Build) Kind() Kind {
	return Kind{
		Name: "build", Example: "shop", Group: Building, Wants: WantsValue,
		Doc:    "build this image with the engine's classic builder; the answer is cached or built for each instruction",
		Answer: CachedOrBuilt, Engine: true, Changes: true,
	}
}

// What the engine did for an instruction of a build.
const (
	Cached = "cached"
	Built  = "built"
)

func (q Build) String() string { return words([]string{"build", q.Image}) }

// Ask builds the image.
func (q Build) Ask(ctx context.Context, l Lab) probe.Outcome { return l.Build(ctx, q) }
