package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
	"golang.org/x/sync/errgroup"

	"netlab/netlab/fact"
	"netlab/netlab/poll"
	"netlab/netlab/safely"
)

// Remove removes everything with the session's label, including a swarm that it created, and returns when the engine
// lists nothing more of it. The error is errSwarmInUse if only the swarm and its docker_gwbridge remain, and
// errImageUsed if something of the user's needs an image. It waits for the running creating calls, and prevents new
// ones. ctx limits its time: pass one that the user's Ctrl-C does not cancel.
func (s *Session) Remove(ctx context.Context) (fact.Objects, error) {
	if s.rest != "" {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, besideLimit)
		defer stop()
		if err := s.answers(ctx); err != nil {
			return fact.Objects{}, err
		}
	}
	if err := s.close(ctx); err != nil {
		return fact.Objects{}, fmt.Errorf("waiting for the lab's last objects: %w", err)
	}
	gone, err := s.engine.remove(ctx, s.id, removePatience)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.containers {
		c.detach()
	}
	if err == nil { // an agent whose stream was cut has ended, and its container may have gone by itself
		for _, c := range s.containers {
			if o := (Object{Type: typeContainer, ID: c.id}); !contains(gone, o) {
				gone = append(gone, o)
			}
		}
		s.containers = nil
	}
	return count(gone), err
}

func count(objects []Object) fact.Objects {
	var r fact.Objects
	for _, o := range objects {
		switch o.Type {
		case typeContainer:
			r.Containers++
		case typeNetwork:
			r.Networks++
		case typeVolume:
			r.Volumes++
		case typeImage:
			if !o.stays {
				r.Images++
			}
		case typeService:
			r.Services++
		case typeSwarm:
			r.Swarms++
		}
	}
	return r
}

// remove removes a session's objects until the engine lists none, and returns those that are gone. It returns an
// error if ctx ends or the engine stops answering first, or if nothing has gone away for as long as patience, for
// example because a container that is not ours is on one of our networks.
func (e *Engine) remove(ctx context.Context, session string, patience time.Duration) ([]Object, error) {
	var seen []Object
	var last error
	fewest, since := 0, time.Now()
	settled := false
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, 500*time.Millisecond) {
		found, err := e.find(ctx, labelSession+"="+session)
		if err != nil {
			return nil, errors.Join(err, last)
		}
		if len(found) == 0 {
			return seen, nil
		}
		if !settled && found[0].awaitsSwarm() {
			settled = true
			e.settleSwarm(ctx)
			continue
		}
		left := found[0].objects
		for _, o := range left {
			if !contains(seen, o) {
				seen = append(seen, o)
			}
		}
		fewer := fewest == 0 || len(left) < fewest
		if fewer {
			fewest, since = len(left), time.Now()
		}
		switch last = e.removeOnce(ctx, found[0]); {
		case last == nil && fewer:
			continue // check right away whether that was all
		case last == nil:
			last = fmt.Errorf("removing %s %q: the engine still lists it", left[0].Type, left[0].Name)
		}
		var dead *Unusable
		if errors.As(last, &dead) {
			return nil, last
		}
		stays := !fewer && areHeld(left, last) // the user will not release it soon
		if !stays && poll.Pause(ctx, wait) != nil {
			last = fmt.Errorf("%w; netlab gave up: %w", last, ctx.Err())
		}
		if stays || ctx.Err() != nil || time.Since(since) > patience {
			gone := slices.DeleteFunc(seen, func(o Object) bool { return contains(left, o) })
			return gone, last
		}
	}
}

// contains compares objects by type and id: an image may have lost a name in the meantime.
func contains(objects []Object, o Object) bool {
	return slices.ContainsFunc(objects, func(other Object) bool { return other.Type == o.Type && other.ID == o.ID })
}

// areHeld reports whether the removal failed only because the swarm or an image is in use. Waiting does not help
// then.
func areHeld(objects []Object, failed error) bool {
	return !slices.ContainsFunc(objects, func(o Object) bool {
		if o.Type == typeImage {
			return !errors.Is(failed, errImageUsed)
		}
		return !o.ofSwarm() || !errors.Is(failed, errSwarmInUse)
	})
}

// awaitsSwarm reports whether a session has docker_gwbridge but no swarm: the engine has left it, or has not created
// it yet.
func (r *remains) awaitsSwarm() bool {
	return slices.ContainsFunc(r.objects, Object.ofSwarm) &&
		!slices.ContainsFunc(r.objects, func(o Object) bool { return o.Type == typeSwarm })
}

// ofSwarm reports whether o is the swarm, or the bridge that exists as long as it does.
func (o Object) ofSwarm() bool {
	return o.Type == typeSwarm || o.Type == typeNetwork && o.Name == fact.GatewayBridge
}

// removeOnce first removes the services, which would start new containers, then the containers, all in parallel, and
// each network as soon as its containers are gone. It continues with the volumes and images that they use, and then
// leaves the swarm, which releases docker_gwbridge. An object in use does not stop the removal of the others, but the
// swarm is not left while its containers exist. An object that is already being removed is not an error here, because
// remove looks again. (For a moment after its last container, a swarm task still uses an overlay network. If the swarm
// is left, its networks need not be removed one by one.)
func (e *Engine) removeOnce(ctx context.Context, r *remains) error {
	for _, o := range r.objects {
		e.calls.know(o.ID, o.Type, o.Name)
	}
	for _, id := range r.paused {
		// Not all engines can kill a paused container. If this one does not resume, the removal reports why.
		_ = e.api.ContainerUnpause(ctx, id)
	}
	each := func(which func(Object) bool, remove func(o Object) error) error {
		var calls errgroup.Group
		for _, o := range r.objects {
			if !which(o) {
				continue
			}
			calls.Go(safely.Task(func() error {
				err := remove(o)
				if err == nil || errdefs.IsNotFound(err) {
					return nil
				}
				return e.failed(err, "removing %s %q", o.Type, o.Name)
			}))
		}
		return calls.Wait()
	}
	gone := map[string]chan struct{}{} // closed once the container is, or could not be removed
	for _, o := range r.objects {
		if o.Type == typeContainer {
			gone[o.ID] = make(chan struct{})
		}
	}
	away := func(o Object) error {
		for id, networks := range r.networks {
			if slices.Contains(networks, o.Name) {
				<-gone[id]
			}
		}
		return e.api.NetworkRemove(ctx, o.ID)
	}
	began := slices.ContainsFunc(r.objects, func(o Object) bool { return o.Type == typeSwarm })
	users := each(func(o Object) bool { return o.Type == typeService }, func(o Object) error {
		return e.api.ServiceRemove(ctx, o.ID)
	})
	var networks error
	var waiting sync.WaitGroup
	waiting.Go(safely.Into(&networks, func() error {
		return each(func(o Object) bool {
			return o.Type == typeNetwork && !o.ofSwarm() && !(began && slices.Contains(r.overlays, o.ID))
		}, away)
	}))
	users = errors.Join(users, each(func(o Object) bool { return o.Type == typeContainer }, func(o Object) error {
		defer close(gone[o.ID])
		return e.leave(r.networks[o.ID], func() error {
			return e.api.ContainerRemove(ctx, o.ID, container.RemoveOptions{Force: true, RemoveVolumes: true})
		})
	}))
	waiting.Wait()
	err := errors.Join(users, networks,
		each(func(o Object) bool { return o.Type == typeVolume }, func(o Object) error {
			return e.api.VolumeRemove(ctx, o.ID, false)
		}),
		r.removeImages(ctx, e))
	if began {
		if users != nil {
			return err
		}
		left := e.leaveSwarm(ctx, r.session)
		if errors.Is(left, errSwarmInUse) { // its networks do not disappear with it then
			left = errors.Join(each(func(o Object) bool { return slices.Contains(r.overlays, o.ID) }, away), left)
		}
		if left != nil {
			return errors.Join(err, left)
		}
	}
	return errors.Join(err, each(func(o Object) bool { return o.Type == typeNetwork && o.ofSwarm() },
		func(o Object) error { return removeGatewayBridge(ctx, e.api, o.ID) }))
}

// removeImages removes those of a session's images that no other image was built on. The engine also removes the
// parents that nothing else needs; the agent's image stays because it has a name. remove repeats this for the rest.
func (r *remains) removeImages(ctx context.Context, e *Engine) error {
	var errs []error
	for _, o := range r.objects {
		if o.Type != typeImage || slices.ContainsFunc(r.objects, func(other Object) bool { return other.parent == o.ID }) {
			continue
		}
		if user := r.users[o.ID]; user != "" {
			errs = append(errs, fmt.Errorf("removing image %q: %w: image %s was built on it", o.Name, errImageUsed, user))
			continue
		}
		errs = append(errs, e.removeImage(ctx, o, r.tags[o.ID], prefix+r.lab+"-"))
	}
	return errors.Join(errs...)
}

// removeImage removes the names of an image that begin with own. The engine removes the image with its last name. It
// does not remove an image with several names by its id. An image with a name that the user gave it stays, and is the
// user's.
func (e *Engine) removeImage(ctx context.Context, o Object, tags []string, own string) error {
	refs := []string{o.ID}
	if len(tags) > 0 {
		refs = slices.DeleteFunc(slices.Clone(tags), func(tag string) bool { return !strings.HasPrefix(tag, own) })
	}
	for _, ref := range refs {
		_, err := e.api.ImageRemove(ctx, ref, image.RemoveOptions{PruneChildren: true})
		if errdefs.IsConflict(err) {
			if user := imageUser(ctx, e.api, o.ID); user != "" {
				return fmt.Errorf("removing image %q: %w: container %s is of it", o.Name, errImageUsed, user)
			}
		}
		if err != nil && !errdefs.IsNotFound(err) {
			return e.failed(err, "removing image %q", ref)
		}
	}
	return nil
}

// imageUser names a container that uses the image and will stay. It skips netlab's containers, and those of build
// steps, which the engine creates from an image's id and removes itself. It returns "" if there is none or the engine
// does not say.
func imageUser(ctx context.Context, api *client.Client, id string) string {
	users, _ := containersOf(ctx, api, id)
	for _, c := range users {
		step := c.Labels[labelPeer] == "" && c.Labels[labelSession] != "" && strings.HasPrefix(c.Image, "sha256:")
		if !ownsContainer(c) && !step {
			return containerName(c)
		}
	}
	return ""
}

// containersOf lists the containers of an image and of the images built on it.
func containersOf(ctx context.Context, api *client.Client, image string) ([]container.Summary, error) {
	return api.ContainerList(ctx, container.ListOptions{
		All: true, Filters: filters.NewArgs(filters.Arg("ancestor", image)),
	})
}
