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

	"netlab/netlab/safely"
)

const (
	// A killed netlab's containers end by themselves in 0.5 s; that is waited for, so that nobody's removal collides
	// with the engine's own.
	vanishLimit = 3 * time.Second
	vanishLook  = 100 * time.Millisecond
	// Creating a network has taken 15 s on a busy engine; a lab on another machine is given eight times that.
	youngAge    = 2 * time.Minute
	sweepsAtOne = 4
	// A sweep runs before a lab is built. What cannot be removed soon is left to the next one.
	sweepPatience = 2 * time.Second
)

type act int

const (
	leave act = iota
	take
	wait // for its containers to end by themselves, then take
)

// A verdict is what a sweep does with a session's objects.
type verdict struct {
	act act
	why string
}

// judge decides by the rules that keep a sweep from ever taking a lab that is in use: it acts only when the owner is
// provably dead or, for an owner that cannot be seen from here, when none of its containers runs and nothing is young.
func (r *remains) judge(l life, now time.Time) verdict {
	expired := !r.keepUntil.IsZero() && !now.Before(r.keepUntil)
	kept := !r.keepUntil.IsZero() && !expired && r.running > 0
	switch {
	case l == living:
		return verdict{leave, fmt.Sprintf("its owner, process %d, lives", r.owner.pid)}
	case kept:
		return verdict{leave, "kept until " + r.keepUntil.Local().Format("2006-01-02 15:04")}
	case expired:
		return verdict{take, "it was kept, and its time is over"}
	case l == dead && r.running > 0:
		return verdict{wait, fmt.Sprintf("its owner, process %d, is dead", r.owner.pid)}
	case l == dead:
		return verdict{take, fmt.Sprintf("its owner, process %d, is dead", r.owner.pid)}
	case r.running > 0:
		return verdict{leave, "its owner is on another machine, and its containers run"}
	case r.attended:
		return verdict{leave, "its owner is on another machine, and containers of another lab of its run"}
	case now.Sub(r.youngest) <= youngAge:
		return verdict{leave, "its owner is on another machine, and it is less than two minutes old"}
	default:
		return verdict{take, "its owner is on another machine, and none of its containers runs"}
	}
}

// judge decides as a netlab at this engine. What another manager of the same swarm made is that one's to sweep: its
// containers, which tell whether it is in use, are not listed here. Of a session with anything outside the swarm this
// engine is the one, even if it has been given another id since.
func (e *Engine) judge(r *remains) verdict {
	another := r.engine != "" && r.engine != e.fact.ID || r.node != "" && e.fact.Node != "" && r.node != e.fact.Node
	if another && !slices.ContainsFunc(r.objects, r.isLocal) {
		return verdict{leave, "it is of another engine in this swarm"}
	}
	return r.judge(e.self.sees(r.owner, findProcess), e.now())
}

// isLocal tells what is on this engine alone from what all managers of its swarm list.
func (r *remains) isLocal(o Object) bool {
	switch o.Type {
	case typeService, typeTask, typeSwarm:
		return false
	case typeNetwork:
		return !slices.Contains(r.overlays, o.ID)
	}
	return true
}

// Swept is an object that a sweep took or left.
type Swept struct {
	Object
	Why    string
	Failed bool // it was to go, and could not be removed
}

// Sweep removes what killed netlabs left on the engine, and, with images, the agent images of other versions that no
// container uses. It returns what it took, or with dryRun would have taken, and what of netlab's it left, each with
// the reason. A swarm that a killed netlab began is left, unless anything else is in it. What has no label of netlab's
// is not looked at.
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
				// Those that went by themselves count too, and those that came while we waited.
				all := slices.Clone(r.objects)
				for _, also := range gone {
					if !contains(all, also) {
						all = append(all, also)
					}
				}
				var dead *Unusable
				switch {
				case o.err == nil:
					o.gone = swept(all, v.why)
				case ctx.Err() == nil && !errors.As(o.err, &dead):
					// Told as left, and no reason to refuse a new lab.
					still := e.still(ctx, r)
					o.not = swept(still, strings.ReplaceAll(o.err.Error(), "\n", "; "))
					for i := range o.not {
						o.not[i].Failed = true
					}
					o.gone = swept(slices.DeleteFunc(all, func(o Object) bool {
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

// patience is for how long a sweep waits for a session's objects to come free: where containers are being removed with
// them, a build may not have ended yet, or a swarm is left. Otherwise nothing is going away, and what cannot be removed
// at once would delay every command: an engine under load forgot an endpoint, or a user's container is on the network.
func (r *remains) patience() time.Duration {
	if slices.ContainsFunc(r.objects, func(o Object) bool {
		return o.Type == typeContainer || o.Type == typeService || o.Type == typeTask || o.Type == typeImage || o.ofSwarm()
	}) {
		return sweepPatience
	}
	return 0
}

func swept(objects []Object, why string) []Swept {
	all := make([]Swept, 0, len(objects))
	for _, o := range objects {
		all = append(all, Swept{Object: o, Why: why})
	}
	return all
}

// still returns which of a session's objects are there still; all where that cannot be asked.
func (e *Engine) still(ctx context.Context, r *remains) []Object {
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

// vanish waits, but not for long, until no container of the session runs.
func (e *Engine) vanish(ctx context.Context, session string) error {
	limit := time.After(vanishLimit)
	look := time.NewTicker(vanishLook)
	defer look.Stop()
	for {
		found, err := e.find(ctx, labelSession+"="+session)
		if err != nil {
			return err
		}
		if len(found) == 0 || found[0].running == 0 {
			return nil
		}
		select {
		case <-look.C:
		case <-limit:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// A Lab is what is known of a lab on the engine by its objects.
type Lab struct {
	Name       string // the session where it has none
	Session    string
	Created    time.Time
	KeptUntil  time.Time // zero where it is not to be kept
	Containers []string  // sorted
	OwnerLives bool      // false too where the owner cannot be seen from here
}

// Labs returns all labs of which there is something on the engine, oldest first.
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

// Down removes a kept lab, by its name or its session; of one on two engines the part on this one. It is a [Mistake]
// where there is none, or its owner is at work.
func (e *Engine) Down(ctx context.Context, name string) (Removed, error) {
	found, err := e.find(ctx, labelSession)
	if err != nil {
		return Removed{}, err
	}
	// Of a lab on two engines, the second lists the networks too, as another session's than its containers.
	slices.SortStableFunc(found, func(a, b *remains) int {
		return cmp.Compare(b.patience(), a.patience())
	})
	var names []string
	var total Removed
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
			if err := e.checkOrder(ctx, r); err != nil {
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
			err = nil // the part of the lab on the first engine uses it, and takes it away
		}
		if err != nil {
			return total, err
		}
	}
	switch {
	case known:
		return total, nil
	case len(names) == 0:
		return total, mistakef("there is no lab %q on this engine, nor any other", name)
	default:
		return total, mistakef("there is no lab %q on this engine; there are: %s", name, strings.Join(names, ", "))
	}
}

// checkOrder returns a [Mistake] where containers on another engine still use a lab's networks: those go first, since
// the networks cannot be removed before.
func (e *Engine) checkOrder(ctx context.Context, r *remains) error {
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
		return mistakef("part of lab %q is on another engine, on host %s: run netlab down %s there first, then here",
			r.lab, host, r.lab)
	}
	return nil
}
