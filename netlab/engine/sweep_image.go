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

// RemoveImage removes the image of this netlab's agent, which otherwise stays for the next run. With dryRun it only
// reports it. The results are as for [Engine.Sweep].
func (e *Engine) RemoveImage(ctx context.Context, dryRun bool) (removed, left []Swept, err error) {
	return e.sweepImages(ctx, dryRun, true)
}

// ImageSize returns the size in bytes of this netlab's agent image on the engine, or 0 if it is not there.
func (e *Engine) ImageSize(ctx context.Context) (int64, error) {
	want, err := e.expected()
	if err != nil {
		return 0, nil // a netlab without an agent has loaded none
	}
	for _, name := range agentNames(e.image()) {
		found, err := e.api.ImageInspect(ctx, name)
		switch {
		case errdefs.IsNotFound(err):
		case err != nil:
			return 0, e.failed(err, "looking for the agent's image %s", name)
		case want.is(found):
			return found.Size, nil
		}
	}
	return 0, nil
}

// sweepImages removes the agent's images: this netlab's, or those of all other versions. It only removes the names
// that netlab gave them; the engine removes an image with its last name.
func (e *Engine) sweepImages(ctx context.Context, dryRun, this bool) (removed, left []Swept, err error) {
	all, err := e.api.ImageList(ctx, image.ListOptions{
		All: true, Filters: filters.NewArgs(filters.Arg("label", labelImage)),
	})
	if err != nil {
		return nil, nil, e.failed(err, "listing the agent's images")
	}
	why := "the agent of another netlab version"
	if this {
		why = "the agent of this netlab version"
	}
	for _, i := range all {
		for _, name := range ownAgentNames(i) {
			if slices.Contains(agentNames(e.image()), name) != this {
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
				removed = append(removed, Swept{Object: o, Why: why})
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
