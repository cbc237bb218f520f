package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
)

// RemoveImage removes the images of this netlab's programs, which otherwise stay for the next run. With dryRun it only
// reports it. The results are as for [Engine.Sweep].
func (e *Engine) RemoveImage(ctx context.Context, dryRun bool) (removed, left []Swept, err error) {
	return e.sweepImages(ctx, dryRun, true)
}

// ImageSize returns the size in bytes of the images of this netlab's programs on the engine, or 0 if there is none.
func (e *Engine) ImageSize(ctx context.Context) (bytes int64, err error) {
	for _, of := range []*supply{e.agent, e.witness} {
		for _, name := range of.names() {
			found, err := e.api.ImageInspect(ctx, name)
			if errdefs.IsNotFound(err) {
				continue
			}
			if err != nil {
				return 0, e.failed(err, "looking for the %s's image %s", of.program, name)
			}
			// A netlab without the program has loaded none. It is only unpacked now: mostly there is no witness.
			if want, err := of.expected(); err == nil && want.is(found) {
				bytes += found.Size
				break
			}
		}
	}
	return bytes, nil
}

// sweepImages removes the images of netlab's programs: this netlab's, or those of all other versions. It only removes
// the names that netlab gave them; the engine removes an image with its last name.
func (e *Engine) sweepImages(ctx context.Context, dryRun, this bool) (removed, left []Swept, err error) {
	all, err := e.api.ImageList(ctx, image.ListOptions{
		All: true, Filters: filters.NewArgs(filters.Arg("label", labelImage)),
	})
	if err != nil {
		return nil, nil, e.failed(err, "listing the agent's images")
	}
	why := "the %s of another netlab version"
	if this {
		why = "the %s of this netlab version"
	}
	current := append(e.agent.names(), e.witness.names()...)
	for _, i := range all {
		for _, name := range ownAgentNames(i) {
			if slices.Contains(current, name) != this {
				continue
			}
			o := Object{Type: typeImage, Name: name, ID: i.ID}
			user, err := agentUser(ctx, e.api, i, all)
			if err == nil && user == "" && !dryRun {
				_, err = e.api.ImageRemove(ctx, name, image.RemoveOptions{PruneChildren: true})
				if errdefs.IsConflict(err) {
					user, err = "a container uses it", nil
				}
			}
			switch {
			case err != nil && !errdefs.IsNotFound(err):
				return removed, left, e.failed(err, "removing image %q", name)
			case user != "":
				left = append(left, Swept{Object: o, Why: user})
			default:
				removed = append(removed, Swept{Object: o, Why: fmt.Sprintf(why, programOf(name))})
			}
		}
	}
	return removed, left, nil
}

// agentUser says what uses an image of the agent: a container, or an image that was built on it. Its other names keep
// it too, so this only matters for the last one.
func agentUser(ctx context.Context, api *client.Client, i image.Summary, images []image.Summary) (string, error) {
	if len(names(i)) > 1 {
		return "", nil
	}
	for _, other := range images {
		if other.ParentID == i.ID {
			return fmt.Sprintf("image %s was built on it", imageName(other)), nil
		}
	}
	users, err := containersOf(ctx, api, i.ID)
	if err != nil || len(users) == 0 {
		return "", err
	}
	return fmt.Sprintf("container %s uses it", containerName(users[0])), nil
}
