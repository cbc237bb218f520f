package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/swarm"
	"golang.org/x/sync/errgroup"

	"netlab/netlab/fact"
	"netlab/netlab/poll"
	"netlab/netlab/safely"
)

const (
	// The containers of a killed netlab end by themselves within 0.5 s. The sweep waits for them, so that its removal
	// does not collide with the engine's own.
	vanishLimit = 3 * time.Second
	vanishLook  = 100 * time.Millisecond
	// Creating a network has taken 15 s on a busy engine. A lab on another machine gets eight times that.
	youngAge    = 2 * time.Minute
	sweepsAtOne = 4
	// A sweep runs before a lab is created. What it cannot remove quickly is left to the next sweep.
	sweepPatience = 2 * time.Second
)

type act int

const (
	leave act = iota
	take
	wait // until its containers have ended by themselves, then take
)

// A verdict is what a sweep will do with a session's objects.
type verdict struct {
	act act
	why string
}

// judge decides what a sweep does. It must never take a lab that is in use. So it only takes one if the owner is
// provably dead or, for an owner that is not visible from here, if none of its containers runs and nothing is young.
func (r *remains) judge(l life, now time.Time) verdict {
	expired := !r.keepUntil.IsZero() && !now.Before(r.keepUntil)
	kept := !r.keepUntil.IsZero() && !expired && r.running > 0
	switch {
	case l == living:
		return verdict{leave, fmt.Sprintf("its owner, process %d, is running", r.owner.pid)}
	case kept:
		return verdict{leave, "kept until " + r.keepUntil.Local().Format("2006-01-02 15:04")}
	case expired:
		return verdict{take, "it was kept, and has expired"}
	case l == dead && r.running > 0:
		return verdict{wait, fmt.Sprintf("its owner, process %d, is gone", r.owner.pid)}
	case l == dead:
		return verdict{take, fmt.Sprintf("its owner, process %d, is gone", r.owner.pid)}
	case r.running > 0:
		return verdict{leave, "its owner is on another computer, and its containers are running"}
	case r.attended:
		return verdict{leave, "its owner is on another computer, and containers of another of its labs are running"}
	case now.Sub(r.youngest) <= youngAge:
		return verdict{leave, "its owner is on another computer, and it is less than two minutes old"}
	default:
		return verdict{take, "its owner is on another computer, and none of its containers is running"}
	}
}

// judge decides for a netlab on this engine. Objects of another manager of the same swarm are left to that manager:
// its containers, which show whether they are in use, are not listed here. If a session has anything outside the
// swarm, it belongs to this engine, even if the engine has a new id by now.
func (e *Engine) judge(r *remains) verdict {
	another := r.engine != "" && r.engine != e.fact.ID || r.node != "" && e.fact.Node != "" && r.node != e.fact.Node
	if another && !slices.ContainsFunc(r.objects, r.isLocal) {
		return verdict{leave, "it belongs to another engine in this swarm"}
	}
	return r.judge(e.self.sees(r.owner, findProcess), e.now())
}

// isLocal reports whether the object exists on this engine only; the others are listed by all managers of its swarm.
func (r *remains) isLocal(o Object) bool {
	switch o.Type {
	case typeService, typeTask, typeSwarm:
		return false
	case typeNetwork:
		return !slices.Contains(r.overlays, o.ID)
	}
	return true
}

// Swept is an object that a sweep removed or left.
type Swept struct {
	Object
	Why    string
	Failed bool // it should have been removed, but could not be
}

// Sweep removes what killed netlabs left on the engine. With images, it also removes the agent images of other
// versions that no container uses. It returns what it removed, or with dryRun would have removed, and what it left,
// each with the reason. It also leaves a swarm that a killed netlab created, unless it contains anything else. It does
// not look at objects without netlab's labels.
func (e *Engine) Sweep(ctx context.Context, dryRun, images bool) (removed, left []Swept, err error) {
	found, err := e.find(ctx, labelSession)
	if err != nil {
		return nil, nil, err
	}
	type outcome struct {
		gone, not []Swept
		err       error
	}
	outcomes := make([]outcome, len(found))
	var sweeps errgroup.Group
	sweeps.SetLimit(sweepsAtOne)
	for i, r := range found {
		v := e.judge(r)
		o := &outcomes[i]
		switch {
		case v.act == leave:
			o.not = swept(r.objects, v.why)
		case dryRun:
			o.gone = swept(r.objects, v.why)
		default:
			sweeps.Go(safely.Task(func() error {
				if v.act == wait {
					o.err = e.vanish(ctx, r.session)
				}
				var gone []Object
				if o.err == nil {
					gone, o.err = e.remove(ctx, r.session, r.patience())
				}
				// Include those that ended by themselves, and those that appeared while we waited.
				objects := slices.Clone(r.objects)
				for _, object := range gone {
					if !contains(objects, object) {
						objects = append(objects, object)
					}
				}
				var dead *Unusable
				switch {
				case o.err == nil:
					o.gone = swept(objects, v.why)
				case ctx.Err() == nil && !errors.As(o.err, &dead):
					// Report them as left. They do not prevent a new lab.
					still := r.still(ctx, e)
					o.not = swept(still, strings.ReplaceAll(o.err.Error(), "\n", "; "))
					for i := range o.not {
						o.not[i].Failed = true
					}
					o.gone = swept(slices.DeleteFunc(objects, func(o Object) bool {
						return contains(still, o)
					}), v.why)
					o.err = nil
				}
				return nil
			}))
		}
	}
	_ = sweeps.Wait() // each outcome has its own error
	for _, o := range outcomes {
		removed, left = append(removed, o.gone...), append(left, o.not...)
		err = errors.Join(err, o.err)
	}
	if images {
		gone, not, imageErr := e.sweepImages(ctx, dryRun, false)
		removed, left, err = append(removed, gone...), append(left, not...), errors.Join(err, imageErr)
	}
	return removed, left, err
}

// patience returns how long a sweep waits for a session's objects to become free. It waits if containers, services,
// images or a swarm are removed too: their removal takes time, and a build may still be running. Otherwise nothing is
// about to change, and an object that cannot be removed now would delay every command: an engine under load forgot an
// endpoint, or a user's container is on the network.
func (r *remains) patience() time.Duration {
	if slices.ContainsFunc(r.objects, func(o Object) bool {
		return o.Type == typeContainer || o.Type == typeService || o.Type == typeTask || o.Type == typeImage || o.ofSwarm()
	}) {
		return sweepPatience
	}
	return 0
}

func swept(objects []Object, why string) []Swept {
	marked := make([]Swept, 0, len(objects))
	for _, o := range objects {
		marked = append(marked, Swept{Object: o, Why: why})
	}
	return marked
}

// still returns the session's objects that still exist, or all of them if the engine does not say.
func (r *remains) still(ctx context.Context, e *Engine) []Object {
	found, err := e.find(ctx, labelSession+"="+r.session)
	switch {
	case err != nil:
		return r.objects
	case len(found) == 0:
		return nil
	default:
		return found[0].objects
	}
}

// vanish waits briefly until no container of the session runs.
func (e *Engine) vanish(ctx context.Context, session string) error {
	_, err := poll.Until(ctx, vanishLimit, vanishLook, func(ctx context.Context) (bool, error) {
		found, err := e.find(ctx, labelSession+"="+session)
		return err == nil && (len(found) == 0 || found[0].running == 0), err
	})
	return err
}

// A Lab is what the objects on the engine reveal about a lab.
type Lab struct {
	Name       string // the session if it has no name
	Session    string
	Created    time.Time
	KeptUntil  time.Time // zero if it is not kept
	Containers []string  // sorted
	OwnerLives bool      // also false if the owner is not visible from here
}

// Labs returns all labs that have objects on the engine, oldest first.
func (e *Engine) Labs(ctx context.Context) ([]Lab, error) {
	found, err := e.find(ctx, labelSession)
	if err != nil {
		return nil, err
	}
	labs := make([]Lab, 0, len(found))
	for _, r := range found {
		l := Lab{
			Name: r.lab, Session: r.session, Created: r.oldest, KeptUntil: r.keepUntil,
			OwnerLives: e.self.sees(r.owner, findProcess) == living,
		}
		for _, o := range r.objects {
			if o.Type == typeContainer {
				l.Containers = append(l.Containers, o.Name)
			}
		}
		labs = append(labs, l)
	}
	return labs, nil
}

// Down removes a kept lab, by its name or its session. If the lab is on two engines, it removes the part on this one.
// The error is a [Mistake] if there is no such lab or its owner is still working.
func (e *Engine) Down(ctx context.Context, name string) (fact.Objects, error) {
	found, err := e.find(ctx, labelSession)
	if err != nil {
		return fact.Objects{}, err
	}
	// If a lab is on two engines, the second one lists the networks too, under another session than its containers.
	slices.SortStableFunc(found, func(a, b *remains) int {
		return cmp.Compare(b.patience(), a.patience())
	})
	var names []string
	var total fact.Objects
	known := false
	for _, r := range found {
		if names = append(names, r.lab); r.lab != name && r.session != name {
			continue
		}
		part := known && r.patience() == 0
		known = true
		v := r.judge(e.self.sees(r.owner, findProcess), e.now())
		if v.act == leave && (r.keepUntil.IsZero() || e.self.sees(r.owner, findProcess) == living) {
			return total, mistakef("lab %q is in use: %s", name, v.why)
		}
		if !part {
			if err := r.checkOrder(ctx, e); err != nil {
				return total, err
			}
		}
		patience := removePatience
		if part {
			patience = sweepPatience
		}
		gone, err := e.remove(ctx, r.session, patience)
		total.Add(count(gone))
		var dead *Unusable
		if part && ctx.Err() == nil && !errors.As(err, &dead) {
			err = nil // the part of the lab on the first engine uses it, and removes it
		}
		if err != nil {
			return total, err
		}
	}
	switch {
	case known:
		return total, nil
	case len(names) == 0:
		return total, mistakef("unknown lab %q. This engine has no labs", name)
	default:
		return total, mistakef("unknown lab %q. This engine has %s", name, strings.Join(names, ", "))
	}
}

// checkOrder returns a [Mistake] if containers on another engine still use a lab's networks. They must be removed
// first, because the networks cannot be removed before them.
func (r *remains) checkOrder(ctx context.Context, e *Engine) error {
	if len(r.overlays) == 0 || !e.manager.Load() {
		return nil
	}
	attached := filters.NewArgs(filters.Arg("runtime", "attachment"))
	tasks, err := e.api.TaskList(ctx, swarm.TaskListOptions{Filters: attached})
	if err != nil {
		return e.failed(err, "looking who uses the lab's networks")
	}
	for _, t := range tasks {
		if t.NodeID == e.fact.Node || t.NodeID == "" || t.Status.State != swarm.TaskStateRunning ||
			!slices.ContainsFunc(t.NetworksAttachments, func(a swarm.NetworkAttachment) bool {
				return slices.Contains(r.overlays, a.Network.ID)
			}) {
			continue
		}
		host := t.NodeID
		if node, _, err := e.api.NodeInspectWithRaw(ctx, t.NodeID); err == nil {
			host = node.Description.Hostname
		}
		return mistakef("part of lab %q is on another engine, on host %s: remove it there first, then here", r.lab, host)
	}
	return nil
}
