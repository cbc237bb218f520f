package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/swarm"
	"github.com/docker/docker/api/types/volume"
	"golang.org/x/sync/errgroup"
)

// An Object is one thing of netlab's on an engine.
type Object struct {
	Type string // container, network, volume, swarm or image
	Name string
	ID   string
	Lab  string // the lab's name, or its session; "" for an agent's image

	parent string // of an image: the one that it was built on
}

const (
	typeContainer = "container"
	typeNetwork   = "network"
	typeVolume    = "volume"
	typeSwarm     = "swarm"
	typeImage     = "image"
)

// remains are all objects of one session that the engine lists.
type remains struct {
	session, lab string
	owner        owner
	keepUntil    time.Time // zero where it is not to be kept
	oldest       time.Time // when its objects were created, by the engine's clock
	youngest     time.Time
	running      int      // containers; a paused one does not count, since it survives its owner
	objects      []Object // containers, images, networks, a swarm, volumes, each sorted by name
	paused       []string // ids
}

// find lists what carries a label ("name" or "name=value") and a session, grouped by session, oldest first.
func (e *Engine) find(ctx context.Context, label string) ([]*remains, error) {
	var (
		calls      errgroup.Group
		containers []container.Summary
		networks   []network.Summary
		images     []image.Summary
		own        *swarm.Swarm
		volumes    volume.ListResponse
		filter     = filters.NewArgs(filters.Arg("label", label), filters.Arg("label", labelSession))
	)
	calls.Go(func() (err error) {
		containers, err = e.api.ContainerList(ctx, container.ListOptions{All: true, Filters: filter})
		return err
	})
	calls.Go(func() (err error) {
		networks, err = e.api.NetworkList(ctx, network.ListOptions{Filters: filter})
		return err
	})
	calls.Go(func() (err error) {
		images, err = e.api.ImageList(ctx, image.ListOptions{All: true, Filters: filter})
		return err
	})
	calls.Go(func() (err error) {
		own, err = e.ownSwarm(ctx, label)
		return err
	})
	calls.Go(func() (err error) {
		volumes, err = e.api.VolumeList(ctx, volume.ListOptions{Filters: filter})
		return err
	})
	if err := calls.Wait(); err != nil {
		return nil, e.failed(err, "listing what netlab made")
	}
	return group(containers, networks, volumes.Volumes, images, own), nil
}

// group sorts the objects by session. own is the engine's swarm where a session began it, else nil.
func group(
	containers []container.Summary, networks []network.Summary, volumes []*volume.Volume, images []image.Summary,
	own *swarm.Swarm,
) []*remains {
	bySession := map[string]*remains{}
	var all []*remains
	of := func(labels map[string]string, created time.Time, o Object) *remains {
		id := labels[labelSession]
		r := bySession[id]
		if r == nil {
			r = &remains{
				session: id, lab: labels[labelLab], owner: parseOwner(labels[labelOwner]), oldest: created,
				youngest: created,
			}
			bySession[id], all = r, append(all, r)
		}
		// Objects made before and after KeepUntil may differ; any one that is to be kept keeps all.
		if t, err := time.Parse(time.RFC3339, labels[labelKeep]); err == nil && t.After(r.keepUntil) {
			r.keepUntil = t
		}
		if created.Before(r.oldest) {
			r.oldest = created
		}
		if created.After(r.youngest) {
			r.youngest = created
		}
		o.Lab = r.lab
		r.objects = append(r.objects, o)
		return r
	}
	for _, c := range containers {
		o := Object{Type: typeContainer, Name: c.ID, ID: c.ID}
		if len(c.Names) > 0 {
			o.Name = strings.TrimPrefix(c.Names[0], "/")
		}
		r := of(c.Labels, time.Unix(c.Created, 0), o)
		switch c.State {
		case container.StateRunning, container.StateRestarting:
			r.running++
		case container.StatePaused:
			r.paused = append(r.paused, c.ID)
		}
	}
	for _, n := range networks {
		of(n.Labels, n.Created, Object{Type: typeNetwork, Name: n.Name, ID: n.ID})
	}
	for _, v := range volumes {
		created, err := time.Parse(time.RFC3339, v.CreatedAt)
		if err != nil {
			created = time.Now() // never too old
		}
		of(v.Labels, created, Object{Type: typeVolume, Name: v.Name, ID: v.Name})
	}
	for _, i := range images {
		o := Object{Type: typeImage, Name: imageName(i), ID: i.ID, parent: i.ParentID}
		of(i.Labels, time.Unix(i.Created, 0), o)
	}
	if own != nil {
		of(own.Spec.Labels, own.CreatedAt, Object{Type: typeSwarm, Name: own.ID, ID: own.ID})
	}
	for _, r := range all {
		slices.SortFunc(r.objects, func(a, b Object) int {
			return strings.Compare(a.Type+" "+a.Name, b.Type+" "+b.Name)
		})
	}
	slices.SortFunc(all, func(a, b *remains) int {
		if c := a.oldest.Compare(b.oldest); c != 0 {
			return c
		}
		return strings.Compare(a.session, b.session)
	})
	return all
}

// imageName is an image's first name, or the first 12 digits of its id where it has none: what a build leaves on its
// way has none.
func imageName(i image.Summary) string {
	if len(i.RepoTags) > 0 && i.RepoTags[0] != "<none>:<none>" { // so an engine before 25 writes that there is none
		return strings.TrimSuffix(i.RepoTags[0], ":latest")
	}
	_, digits, _ := strings.Cut(i.ID, ":")
	return digits[:min(12, len(digits))]
}

// remove takes a session's objects away until the engine lists none. It returns those that are gone, and an error
// where ctx or the engine ended before, or where nothing went away for as long as patience: a stranger's container on
// one of our networks holds it.
func (e *Engine) remove(ctx context.Context, session string, patience time.Duration) ([]Object, error) {
	var seen []Object
	var last error
	fewest, since := 0, time.Now()
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, 500*time.Millisecond) {
		found, err := e.find(ctx, labelSession+"="+session)
		if err != nil {
			return nil, errors.Join(err, last)
		}
		if len(found) == 0 {
			return seen, nil
		}
		left := found[0].objects
		for _, o := range left {
			if !slices.Contains(seen, o) {
				seen = append(seen, o)
			}
		}
		if fewest == 0 || len(left) < fewest {
			fewest, since = len(left), time.Now()
		}
		if last = e.removeOnce(ctx, found[0]); last == nil {
			continue // look at once whether that was all
		}
		var dead *Unusable
		if errors.As(last, &dead) {
			return nil, last
		}
		if errors.Is(last, ErrSwarmInUse) && !slices.ContainsFunc(left, func(o Object) bool { return !o.ofSwarm() }) {
			return slices.DeleteFunc(seen, Object.ofSwarm), last // whoever uses it will not end soon
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			last = errors.Join(ctx.Err(), last)
		}
		if ctx.Err() != nil || time.Since(since) > patience {
			gone := slices.DeleteFunc(seen, func(o Object) bool { return slices.Contains(left, o) })
			return gone, last
		}
	}
}

// ofSwarm tells the swarm, and the bridge that is there as long as it.
func (o Object) ofSwarm() bool {
	return o.Type == typeSwarm || o.Type == typeNetwork && o.Name == gatewayBridge
}

// removeOnce removes the containers at once, then the networks, volumes and images, which they hold, then leaves the
// swarm, which lets go of docker_gwbridge. What is on its way out already is no error here: remove looks again. (An
// overlay network is in use by a task of the swarm for a moment after its last container.)
func (e *Engine) removeOnce(ctx context.Context, r *remains) error {
	for _, id := range r.paused {
		// Not all engines kill a paused container; if this one fails to run again, the removal says why.
		_ = e.api.ContainerUnpause(ctx, id)
	}
	each := func(which func(Object) bool, remove func(id string) error) error {
		var calls errgroup.Group
		for _, o := range r.objects {
			if !which(o) {
				continue
			}
			calls.Go(func() error {
				err := remove(o.ID)
				if err == nil || errdefs.IsNotFound(err) {
					return nil
				}
				return e.failed(err, "removing %s %q", o.Type, o.Name)
			})
		}
		return calls.Wait()
	}
	away := func(id string) error { return e.api.NetworkRemove(ctx, id) }
	err := errors.Join(
		each(func(o Object) bool { return o.Type == typeContainer }, func(id string) error {
			return e.api.ContainerRemove(ctx, id, container.RemoveOptions{Force: true, RemoveVolumes: true})
		}),
		each(func(o Object) bool { return o.Type == typeNetwork && !o.ofSwarm() }, away),
		each(func(o Object) bool { return o.Type == typeVolume }, func(name string) error {
			return e.api.VolumeRemove(ctx, name, false)
		}))
	if err != nil {
		return err
	}
	if err := e.removeImages(ctx, r.objects); err != nil {
		return err
	}
	if slices.ContainsFunc(r.objects, func(o Object) bool { return o.Type == typeSwarm }) {
		if err := e.leaveSwarm(ctx, r.session); err != nil {
			return err
		}
	}
	return each(func(o Object) bool { return o.Type == typeNetwork && o.ofSwarm() }, away)
}

// removeImages removes a session's images on which no other was built. The engine takes those that they were built on
// along, where nobody else needs them; the agent's, which has a name, stays. remove comes back for the rest.
func (e *Engine) removeImages(ctx context.Context, objects []Object) error {
	for _, o := range objects {
		if o.Type != typeImage || slices.ContainsFunc(objects, func(other Object) bool { return other.parent == o.ID }) {
			continue
		}
		_, err := e.api.ImageRemove(ctx, o.ID, image.RemoveOptions{PruneChildren: true})
		if err != nil && !errdefs.IsNotFound(err) {
			return e.failed(err, "removing image %q", o.Name)
		}
	}
	return nil
}
