package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/swarm"
	"github.com/docker/docker/api/types/volume"
	"golang.org/x/sync/errgroup"

	"netlab/netlab/fact"
	"netlab/netlab/safely"
)

// ErrImageUsed means that something that is not netlab's uses an image of a lab.
var ErrImageUsed = errors.New("the image stays, because it is in use")

// An Object is one of netlab's objects on an engine.
type Object struct {
	Type string // one of fact.ObjectTypes
	Name string
	ID   string
	Lab  string // the lab's name, or its session; "" for an agent's image

	parent string // for an image, the image it was built on
	stays  bool   // an image that also has a user's name, so it only loses netlab's
}

const (
	typeContainer = fact.ObjectContainer
	typeNetwork   = fact.ObjectNetwork
	typeVolume    = fact.ObjectVolume
	typeService   = fact.ObjectService
	typeTask      = fact.ObjectTask
	typeSwarm     = fact.ObjectSwarm
	typeImage     = fact.ObjectImage
)

// remains holds all objects of one session that the engine lists.
type remains struct {
	session, lab string
	engine       string // the id of the engine whose netlab created them; "" if they do not say
	node         string // that engine's id in its swarm; "" if it was in none or they do not say
	owner        owner
	keepUntil    time.Time // zero if it is not kept
	oldest       time.Time // when its first object was created, by the engine's clock
	youngest     time.Time
	running      int                 // containers that end with their owner: not paused, not of services
	attended     bool                // such a container of the owner runs, in any session
	objects      []Object            // sorted by type and name
	paused       []string            // ids
	overlays     []string            // ids of the networks that belong to the swarm and disappear with it
	tags         map[string][]string // the names of the images, by id
	users        map[string]string   // other images that were built on one of these, by the id of the latter
	networks     map[string][]string // the names of the networks of each container, by its id
}

// A listing is everything netlab made that an engine lists.
type listing struct {
	containers []container.Summary
	networks   []network.Summary
	volumes    []*volume.Volume
	images     []image.Summary
	services   []swarm.Service
	tasks      []swarm.Task
	own        *swarm.Swarm // the engine's swarm if a session created it, or may have; else nil
}

// find lists the objects with a label ("name" or "name=value") and a session, grouped by session, oldest first.
func (e *Engine) find(ctx context.Context, label string) ([]*remains, error) {
	var (
		calls  errgroup.Group
		found  listing
		filter = filters.NewArgs(filters.Arg("label", label), filters.Arg("label", labelSession))
	)
	calls.Go(safely.Task(func() (err error) {
		found.containers, err = e.api.ContainerList(ctx, container.ListOptions{All: true, Filters: filter})
		return err
	}))
	calls.Go(safely.Task(func() (err error) {
		found.networks, err = e.api.NetworkList(ctx, network.ListOptions{Filters: filter})
		return err
	}))
	calls.Go(safely.Task(func() (err error) {
		found.images, err = e.api.ImageList(ctx, image.ListOptions{All: true, Filters: filter})
		return err
	}))
	calls.Go(safely.Task(func() (err error) {
		found.own, err = e.ownSwarm(ctx, label)
		return err
	}))
	calls.Go(safely.Task(func() (err error) {
		volumes, err := e.api.VolumeList(ctx, volume.ListOptions{Filters: filter})
		found.volumes = volumes.Volumes
		return err
	}))
	calls.Go(safely.Task(func() (err error) {
		found.services, found.tasks, err = e.services(ctx, filter)
		return err
	}))
	if err := calls.Wait(); err != nil {
		return nil, e.failed(err, "listing what netlab created")
	}
	found.adopt()
	return group(found), nil
}

// adopt gives an unfinished swarm the labels of the docker_gwbridge that was created for it.
func (l *listing) adopt() {
	if l.own == nil || !isUnfinished(l.own.ClusterInfo) {
		return
	}
	i := slices.IndexFunc(l.networks, func(n network.Summary) bool { return n.Name == gatewayBridge })
	if i < 0 {
		l.own = nil
		return
	}
	l.own.Spec.Labels = l.networks[i].Labels
}

// group groups the objects by session.
func group(found listing) []*remains {
	bySession := map[string]*remains{}
	var grouped []*remains
	of := func(labels map[string]string, created time.Time, o Object) *remains {
		id := labels[labelSession]
		r := bySession[id]
		if r == nil {
			r = &remains{
				session: id, lab: labels[labelLab], owner: parseOwner(labels[labelOwner]),
				engine: labels[labelEngine], node: labels[labelNode],
				oldest: created, youngest: created, networks: map[string][]string{},
			}
			bySession[id], grouped = r, append(grouped, r)
		}
		// Objects created before and after KeepUntil may differ. If one is to be kept, all are.
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
	for _, c := range found.containers {
		if !ownsContainer(c) {
			continue
		}
		o := Object{Type: typeContainer, Name: c.ID, ID: c.ID}
		if len(c.Names) > 0 {
			o.Name = strings.TrimPrefix(c.Names[0], "/")
		}
		r := of(c.Labels, time.Unix(c.Created, 0), o)
		if c.NetworkSettings != nil {
			r.networks[c.ID] = slices.Collect(maps.Keys(c.NetworkSettings.Networks))
		}
		switch {
		case c.Labels[labelRole] == roleTask: // nothing is attached to it, so it outlives its owner
		case c.State == container.StateRunning || c.State == container.StateRestarting:
			r.running++
		case c.State == container.StatePaused:
			r.paused = append(r.paused, c.ID)
		}
	}
	for _, n := range found.networks {
		if !ownsNetwork(n.Labels, n.Name) {
			continue
		}
		r := of(n.Labels, n.Created, Object{Type: typeNetwork, Name: n.Name, ID: n.ID})
		if n.Scope == scopeSwarm {
			r.overlays = append(r.overlays, n.ID)
		}
	}
	for _, v := range found.volumes {
		if !ownsName(v.Labels, v.Name) {
			continue
		}
		created, err := time.Parse(time.RFC3339, v.CreatedAt)
		if err != nil {
			created = time.Now() // never too old
		}
		of(v.Labels, created, Object{Type: typeVolume, Name: v.Name, ID: v.Name})
	}
	images, users := ownImages(found.images)
	for _, i := range images {
		o := Object{Type: typeImage, Name: imageName(i), ID: i.ID, parent: i.ParentID}
		tags := names(i)
		o.stays = slices.ContainsFunc(tags, func(name string) bool { return !ownsName(i.Labels, name) })
		r := of(i.Labels, time.Unix(i.Created, 0), o)
		if user := users[i.ID]; user != "" {
			if r.users == nil {
				r.users = map[string]string{}
			}
			r.users[i.ID] = user
		}
		if len(tags) > 0 {
			if r.tags == nil {
				r.tags = map[string][]string{}
			}
			r.tags[i.ID] = tags
		}
	}
	for _, v := range found.services {
		if !ownsName(v.Spec.Labels, v.Spec.Name) {
			continue
		}
		of(v.Spec.Labels, v.CreatedAt, Object{Type: typeService, Name: v.Spec.Name, ID: v.ID})
	}
	for _, t := range found.tasks {
		if c := t.Spec.ContainerSpec; c != nil && starts(t) {
			of(c.Labels, t.CreatedAt, Object{Type: typeTask, Name: fmt.Sprintf("%s.%d", c.Labels[labelPeer], t.Slot), ID: t.ID})
		}
	}
	if own := found.own; own != nil {
		of(own.Spec.Labels, own.CreatedAt, Object{Type: typeSwarm, Name: own.ID, ID: own.ID})
	}
	alive := map[owner]bool{}
	for _, r := range grouped {
		alive[r.owner] = alive[r.owner] || r.running > 0
	}
	for _, r := range grouped {
		r.attended = alive[r.owner]
		slices.SortFunc(r.objects, func(a, b Object) int {
			return strings.Compare(a.Type+" "+a.Name, b.Type+" "+b.Name)
		})
	}
	slices.SortFunc(grouped, func(a, b *remains) int {
		if c := a.oldest.Compare(b.oldest); c != 0 {
			return c
		}
		return strings.Compare(a.session, b.session)
	})
	return grouped
}

// imageName returns an image's first name, or the first 12 digits of its id if it has none, like the intermediate
// images of a build.
func imageName(i image.Summary) string {
	if tags := names(i); len(tags) > 0 {
		return strings.TrimSuffix(tags[0], ":latest")
	}
	return shortID(i.ID)
}

func names(i image.Summary) []string {
	if slices.Equal(i.RepoTags, []string{"<none>:<none>"}) { // engines before 25 write this if there is none
		return nil
	}
	return i.RepoTags
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
		if !stays {
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				last = fmt.Errorf("%w; netlab gave up: %w", last, ctx.Err())
			}
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
			return !errors.Is(failed, ErrImageUsed)
		}
		return !o.ofSwarm() || !errors.Is(failed, ErrSwarmInUse)
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
	return o.Type == typeSwarm || o.Type == typeNetwork && o.Name == gatewayBridge
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
		e.removeImages(ctx, r))
	if began {
		if users != nil {
			return err
		}
		left := e.leaveSwarm(ctx, r.session)
		if errors.Is(left, ErrSwarmInUse) { // its networks do not disappear with it then
			left = errors.Join(each(func(o Object) bool { return slices.Contains(r.overlays, o.ID) }, away), left)
		}
		if left != nil {
			return errors.Join(err, left)
		}
	}
	return errors.Join(err, each(func(o Object) bool { return o.Type == typeNetwork && o.ofSwarm() },
		func(o Object) error { return e.removeGatewayBridge(ctx, o.ID) }))
}

// removeImages removes those of a session's images that no other image was built on. The engine also removes the
// parents that nothing else needs; the agent's image stays because it has a name. remove repeats this for the rest.
func (e *Engine) removeImages(ctx context.Context, r *remains) error {
	var errs []error
	for _, o := range r.objects {
		if o.Type != typeImage || slices.ContainsFunc(r.objects, func(other Object) bool { return other.parent == o.ID }) {
			continue
		}
		if user := r.users[o.ID]; user != "" {
			errs = append(errs, fmt.Errorf("removing image %q: %w: image %s was built on it", o.Name, ErrImageUsed, user))
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
			if user := e.imageUser(ctx, o.ID); user != "" {
				return fmt.Errorf("removing image %q: %w: container %s is of it", o.Name, ErrImageUsed, user)
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
func (e *Engine) imageUser(ctx context.Context, id string) string {
	users, _ := e.containersOf(ctx, id)
	for _, c := range users {
		step := c.Labels[labelPeer] == "" && c.Labels[labelSession] != "" && strings.HasPrefix(c.Image, "sha256:")
		if !ownsContainer(c) && !step {
			return containerName(c)
		}
	}
	return ""
}

// containersOf lists the containers of an image and of the images built on it.
func (e *Engine) containersOf(ctx context.Context, image string) ([]container.Summary, error) {
	return e.api.ContainerList(ctx, container.ListOptions{
		All: true, Filters: filters.NewArgs(filters.Arg("ancestor", image)),
	})
}
