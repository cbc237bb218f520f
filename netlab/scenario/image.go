package scenario

import (
	"strings"
	"time"

	"netlab/netlab/ask"
)

// An Image is one that the lab's steps build with the engine's classic builder, from netlab's own image only.
type Image struct {
	Name       string
	Dockerfile string      // one instruction per line; its base is BaseImage
	Files      []ImageFile // next to the Dockerfile, for COPY
	Of         string      // instead of these two: the image that this one is a stage of
	Stage      string      // in Of's Dockerfile
}

// An ImageFile is a file that COPY finds.
type ImageFile struct{ Name, Content string }

// BaseImage is the base of a scenario's Dockerfiles: a keyword for netlab's own image, so that nothing is pulled.
const BaseImage = "netlab"

// Image returns the image of that name, or nil.
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

func (s Step) builds() bool {
	_, builds := s.asks().(ask.Build)
	return builds
}

// AwaitLimit is how long a check waits for a change of health. A busy engine may take seconds to run one HEALTHCHECK.
const AwaitLimit = 10 * time.Second

// engineInterval is how often the engine runs a HEALTHCHECK without an interval of its own (moby, daemon/health.go).
const engineInterval = 30 * time.Second

// healthInterval is how often the engine runs the image's HEALTHCHECK, which is the last one in its Dockerfile, or 0
// if there is none.
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
