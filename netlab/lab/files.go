package lab

import (
	"context"
	"strconv"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/engine"
	"netlab/netlab/probe"
)

// A volume is one that the lab creates.
type volume struct {
	name string // in the scenario
	id   string // on the engine
	made *gate  // opens once id is valid
}

// mounts are p's volumes, which exist by then.
func (b builder) mounts(p *peer) []engine.Volume {
	var volumes []engine.Volume
	for _, m := range p.spec.Volumes {
		volumes = append(volumes, engine.Volume{Name: b.volume(m.Volume).id, Path: m.Path})
	}
	return volumes
}

// recreate removes p's container and creates a new one from the same image, as docker rm and docker run do.
func (b builder) recreate(ctx context.Context, p *peer) error {
	p.close()
	if err := p.container.Remove(ctx); err != nil {
		return err
	}
	return b.startPeer(ctx, p)
}

// readChanges answers what docker diff reports about p.
func readChanges(ctx context.Context, p *peer) probe.Outcome {
	changes, err := p.container.Changes(ctx)
	if err != nil {
		return broken(err)
	}
	return told("docker diff", p, strings.Join(changes, " "))
}

// shortID is an image's id as docker shows it: its first twelve digits.
func shortID(id string) string {
	id = strings.TrimPrefix(id, "sha256:")
	return id[:min(len(id), 12)]
}

// readMade answers what the engine keeps of p.
func readMade(ctx context.Context, p *peer, thing string) probe.Outcome {
	made, err := p.container.Made(ctx)
	if err != nil {
		return broken(err)
	}
	switch thing {
	case ask.ImageOf:
		return told("docker inspect", p, shortID(made.Image))
	case ask.ImageNow:
		return told("docker image inspect", p, shortID(made.ImageNow))
	case ask.HostPID:
		return told("docker inspect, State.Pid", p, strconv.Itoa(made.PID))
	default:
		return told("docker ps --size", p, strconv.FormatInt(made.Own, 10))
	}
}

// told is the outcome for what a source reports about p.
func told(source string, p *peer, value string) probe.Outcome {
	return found(source+" of "+p.name, "", value)
}
