package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/volume"
)

// ErrVolumeRefused says that the engine makes no volume: of Docker's engine that is a plugin of an administrator's.
var ErrVolumeRefused = errors.New("the engine refuses a volume")

// A Volume is a volume of the lab's at a place in a container.
type Volume struct {
	Name string // on the engine, as CreateVolume returned it
	Path string // in the container
}

// CreateVolume makes a volume of the engine's local driver and returns its name on the engine, netlab-LAB-NAME. The
// error is ErrVolumeRefused where the engine answered and made none, and a [Mistake] where there is one of that name:
// the engine answers with that then, as if it had made it.
func (s *Session) CreateVolume(ctx context.Context, name string) (string, error) {
	name = prefix + s.lab + "-" + name
	err := s.creating(ctx, func(ctx context.Context) error {
		made, err := s.engine.api.VolumeCreate(ctx, volume.CreateOptions{Name: name, Driver: "local", Labels: s.labels()})
		switch {
		case err == nil && made.Labels[labelSession] != s.id:
			return s.occupied("volume", name, made.Labels)
		case err == nil:
			return nil
		case isGone(err), isTimeout(err):
			return s.engine.failed(err, "creating volume %q", name)
		default:
			return fmt.Errorf("%w: %s", ErrVolumeRefused, daemonSaid(err))
		}
	})
	return name, err
}

// mounts are the volumes of a container. A volume that the lab had not made would be made here, without a label.
func (spec *ContainerSpec) mounts() []mount.Mount {
	var all []mount.Mount
	for _, v := range spec.Volumes {
		all = append(all, mount.Mount{Type: mount.TypeVolume, Source: v.Name, Target: v.Path})
	}
	return all
}
