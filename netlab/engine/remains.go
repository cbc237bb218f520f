package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

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

// errImageUsed means that something that is not netlab's uses an image of a lab.
var errImageUsed = errors.New("the image stays, because it is in use")

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
	i := slices.IndexFunc(l.networks, func(n network.Summary) bool { return n.Name == fact.GatewayBridge })
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
	return ShortID(i.ID)
}

func names(i image.Summary) []string {
	if slices.Equal(i.RepoTags, []string{"<none>:<none>"}) { // engines before 25 write this if there is none
		return nil
	}
	return i.RepoTags
}
