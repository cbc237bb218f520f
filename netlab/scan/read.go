package scan

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"netlab/netlab/fact"
	"netlab/netlab/poll"
	"netlab/netlab/probe"
	"netlab/netlab/safely"
	"netlab/netlab/survey"
)

// Read reads what a scan needs to know about the containers that names stand for, about those of a Compose project, or
// about all if there are neither. The error is a [survey.Mistake] if a name stands for no container, or one of the
// engine.
func Read(ctx context.Context, r *survey.Reader, project string, names []string) (*Facts, error) {
	f := &Facts{Whole: project == "" && len(names) == 0}
	var err error
	if f.Inventory, err = r.Inventory(ctx); err != nil {
		return nil, err
	}
	those, err := chosen(&f.Inventory, project, names)
	if err != nil {
		return nil, err
	}
	var work errgroup.Group
	work.Go(safely.Task(func() (err error) {
		if f.Ends, err = r.Ends(ctx, &f.Inventory, those); err != nil {
			return err
		}
		f.Owners, err = r.Ends(ctx, &f.Inventory, left(&f.Inventory, those))
		return err
	}))
	var host *fact.Stack
	work.Go(safely.Task(func() (err error) {
		host, err = readHost(ctx, r, &f.Inventory, &f.HostFacts)
		return err
	}))
	err = work.Wait()
	f.Host = host
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(f.Ends, func(e survey.End) bool { return e.Err != nil }) {
		if err := refresh(ctx, r, f.Ends); err != nil {
			return nil, err
		}
	}
	return f, askAgain(ctx, r, f)
}

// refresh reads what the engine says again, because containers could not be looked into: they may have ended or gone.
func refresh(ctx context.Context, r *survey.Reader, ends []survey.End) error {
	now, err := r.Inventory(ctx)
	if err != nil {
		return err
	}
	for i := range ends {
		e := &ends[i]
		if e.Err == nil {
			continue
		}
		if c := now.Container(e.Container.ID); c != nil {
			*e.Container = *c
		} else {
			e.Container.State = fact.StateRemoving
		}
	}
	return nil
}

// left returns the running containers whose network namespaces chosen ones shared, until they restarted.
func left(v *survey.Inventory, chosen []*fact.Container) []*fact.Container {
	var owners []*fact.Container
	for _, c := range chosen {
		if owner := v.Container(c.Owner()); v.Strayed(c) && owner != nil && owner.Running() {
			owners = append(owners, owner)
		}
	}
	return owners
}

const (
	questionsAtOnce = 16
	maxSuspects     = 64
	queuePatience   = 300 * time.Millisecond // a program that works has accepted a connection by then
)

// askAgain asks the second questions, which depend on what was read: whether a full queue stays full, whether anything
// has an address that no container has, whether a flow that leads to the wrong place is in use, and whether a port is
// open that the firewall seems to close.
func askAgain(ctx context.Context, r *survey.Reader, f *Facts) error {
	f.Again, f.Asked = map[string]*fact.Stack{}, map[Suspect]probe.Outcome{}
	var mu sync.Mutex // guards both maps
	var work errgroup.Group
	work.SetLimit(questionsAtOnce)
	work.Go(safely.Task(func() error { return askOutside(ctx, r, f) }))
	work.Go(safely.Task(func() (err error) {
		if rules := r.Taken(survey.RulesSeat); rules != nil && len(f.strays()) > 0 {
			err = poll.Pause(ctx, fact.StraySeconds*time.Second)
			f.FlowsLater, _, _ = rules.Client.Flows(ctx, f.UDPFlows())
		}
		return err
	}))
	asked := 0
	for _, e := range f.own() {
		seat := r.Taken(f.KeyOf(e.Container))
		if seat == nil {
			continue
		}
		if len(survey.FullQueues(e.Stack)) > 0 {
			work.Go(safely.Task(func() error {
				if err := poll.Pause(ctx, queuePatience); err != nil {
					return err
				}
				if s, err := seat.Client.LookWithSockets(ctx); err == nil {
					mu.Lock()
					f.Again[e.Container.ID] = s
					mu.Unlock()
				}
				return ctx.Err()
			}))
		}
		for _, a := range f.suspects(e) {
			if asked++; asked > maxSuspects || !a.Is4() {
				continue
			}
			work.Go(safely.Task(func() error {
				o, err := seat.Client.Ask(ctx, probe.Question{ARP: &probe.ARP{Address: a.String()}})
				if err == nil {
					mu.Lock()
					f.Asked[Suspect{e.Container.ID, a.String()}] = o
					mu.Unlock()
				}
				return ctx.Err()
			}))
		}
	}
	return work.Wait()
}

// chosen returns the containers that a scan is about.
func chosen(v *survey.Inventory, project string, names []string) ([]*fact.Container, error) {
	var chosen []*fact.Container
	seen := map[*fact.Container]bool{}
	add := func(c *fact.Container) {
		if !seen[c] {
			seen[c] = true
			chosen = append(chosen, c)
		}
	}
	for _, name := range names {
		found, byName := survey.Find(v.Containers, name, nil)
		switch {
		case len(found) == 0:
			return nil, survey.Mistakef("this engine has no container or service %q", name)
		case !byName && len(found) > 1:
			return nil, survey.Mistakef("the ids of %d containers begin with %q", len(found), name)
		}
		for _, c := range found { // all replicas of a service
			add(c)
		}
	}
	whole := project == "" && len(names) == 0
	var projects []string
	for i := range v.Containers {
		c := &v.Containers[i]
		if whole && !c.Helper || project != "" && c.Project == project {
			add(c)
		}
		projects = append(projects, c.Project)
	}
	if project != "" && len(chosen) == 0 {
		return nil, survey.Mistakef("this engine has no Compose project %q%s", project, others(projects))
	}
	return chosen, nil
}

// others lists the projects that there are.
func others(projects []string) string {
	slices.Sort(projects)
	projects = slices.DeleteFunc(slices.Compact(projects), func(p string) bool { return p == "" })
	if len(projects) == 0 {
		return ""
	}
	return ". It has " + strings.Join(projects, ", ")
}
