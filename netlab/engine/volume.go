package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/volume"
)

// ErrVolumeRefused means that the engine does not create a volume. With Docker's engine the cause is an
// administrator's plugin.
var ErrVolumeRefused = errors.New("the engine does not allow a volume")

// A Volume is a volume of the lab, mounted at a path in a container.
type Volume struct {
	Name string // on the engine, as CreateVolume returned it
	Path string // in the container
}

// CreateVolume creates a volume with the engine's local driver and returns its name on the engine, netlab-LAB-NAME.
// The error is ErrVolumeRefused if the engine answered but created none, and a [Mistake] if a volume of that name
// exists: the engine then returns that one as if it had created it.
func (s *Session) CreateVolume(ctx context.Context, name string) (string, error) {
	name = prefix + s.lab + "-" + name
	err := s.creating(ctx, func(ctx context.Context) error {
		made, err := s.engine.api.VolumeCreate(ctx, volume.CreateOptions{Name: name, Driver: "local", Labels: s.labels()})
		switch {
		case err == nil && made.Labels[labelSession] != s.id:
			return s.occupied("volume", name, made.Labels)
		case err == nil:
			return nil
		case isGone(err), isGarbled(err), isTimeout(err):
			return s.engine.failed(err, "creating volume %q", name)
		default:
			return fmt.Errorf("%w: %s", ErrVolumeRefused, daemonSaid(err))
		}
	})
	return name, err
}

// mounts returns the volumes of a container. The engine would create a missing volume here, without labels.
func (spec *ContainerSpec) mounts() []mount.Mount {
	var mounts []mount.Mount
	for _, v := range spec.Volumes {
		mounts = append(mounts, mount.Mount{Type: mount.TypeVolume, Source: v.Name, Target: v.Path})
	}
	return mounts
}
