package scenario

import (
	"strings"
	"time"
)

// An Image is one that the lab's steps build with the engine's classic builder, from nothing but netlab's own image.
type Image struct {
	Name       string
	Dockerfile string      // an instruction a line; its base is BaseImage
	Files      []ImageFile // beside the Dockerfile, for COPY
	Of         string      // instead of the two: the image of which this one is a stage
	Stage      string      // of Of's Dockerfile
}

// An ImageFile is a file that COPY finds.
type ImageFile struct{ Name, Content string }

// BaseImage is what the Dockerfiles of a scenario are built from: a word that stands for netlab's own image, so that
// nothing is pulled.
const BaseImage = "netlab"

// What can be asked of an image by `inspect:`.
const (
	ImageSize   = "size"   // bytes, with all of its layers
	ImageLayers = "layers" // how many
	ImageUser   = "user"   // of its USER instruction; none without one
	ImageID     = "id"     // the first 12 digits
	ImageHolds  = "holds"  // yes or no: a path is there
	ImageShares = "shares" // bytes of the layers that it has in common with another image
)

// What Docker says of a container with a HEALTHCHECK.
const (
	Starting  = "starting"
	Healthy   = "healthy"
	Unhealthy = "unhealthy"
)

// Image returns the image of that name, nil where there is none.
func (s *Scenario) Image(name string) *Image {
	for i := range s.Images {
		if s.Images[i].Name == name {
			return &s.Images[i]
		}
	}
	return nil
}

// Builds reports whether any step builds an image.
func (s *Scenario) Builds() bool {
	for _, step := range s.Steps {
		if step.builds() {
			return true
		}
	}
	return false
}

func (s Step) builds() bool { return s.Check != nil && s.Check.Probe.Kind == Build }

// AwaitLimit is how long a check waits for a change of health. A busy engine may take seconds for one HEALTHCHECK.
const AwaitLimit = 10 * time.Second

// engineInterval is how often the engine runs a HEALTHCHECK that does not say it (moby, daemon/health.go).
const engineInterval = 30 * time.Second

// healthInterval is how often the engine runs the image's HEALTHCHECK, the last of its Dockerfile; 0 where it has none.
func (i *Image) healthInterval() time.Duration {
	var every time.Duration
	for line := range strings.Lines(i.Dockerfile) {
		ws := strings.Fields(line)
		if len(ws) < 2 || ws[0] != "HEALTHCHECK" {
			continue
		}
		if every = engineInterval; ws[1] == "NONE" {
			every = 0
		}
		for _, flag := range ws[1:] {
			value, is := strings.CutPrefix(flag, "--interval=")
			if d, err := time.ParseDuration(value); is && err == nil && d > 0 {
				every = d
			}
		}
	}
	return every
}
