package scan

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
	"netlab/netlab/survey"
)

// staleNamespace: a container shares the network namespace of another, which has restarted or gone since. Its own is
// the old one, where only loopback is left.
func staleNamespace(f *Facts) []result.Finding {
	var all []result.Finding
	for i := range f.Ends {
		e := &f.Ends[i]
		c := e.Container
		if !f.Strayed(c) || e.Stack == nil || !alone(e.Stack) {
			continue
		}
		owner := f.Container(c.Owner())
		cause := &result.Cause{Object: c.Name, Direction: result.Request}
		switch {
		case owner == nil:
			cause.Title = fmt.Sprintf("%s shares the network of a container that is gone, so it has no network.", c.Name)
			cause.Evidence = []probe.Evidence{
				say.Inspected(c, "NetworkMode is container:%.12s, and no container has that ID", c.Owner()),
			}
			cause.Fix = []result.Fix{say.Fix(result.FixDocker,
				"Recreate %s with --network container:NAME, the name of the new one.", c.Name)}
		case !owner.Running():
			cause.Title = fmt.Sprintf("%s shares the network of %s, which is not running, so it has no network.", c.Name,
				owner.Name)
			cause.Evidence = []probe.Evidence{say.Inspected(owner, "State.Status is %s", owner.State)}
			cause.Fix = []result.Fix{say.Run(say.Fix(result.FixDocker, "Start %s, then restart %s.", owner.Name, c.Name),
				"docker start "+owner.Name, "docker restart "+c.Name)}
		default:
			i := slices.IndexFunc(f.Owners, func(o survey.End) bool { return o.Container == owner && o.Stack != nil })
			if i < 0 || f.Owners[i].Stack.NetNS == e.Stack.NetNS {
				continue
			}
			cause.Title = fmt.Sprintf("%s is still in the network namespace that %s had before it restarted.", c.Name,
				owner.Name)
			cause.Evidence = []probe.Evidence{
				say.Seen(c.Name, "is in %s", e.Stack.NetNS), say.Seen(owner.Name, "is in %s", f.Owners[i].Stack.NetNS),
			}
			cause.Fix = []result.Fix{say.Run(say.Fix(result.FixDocker, "Restart %s.", c.Name), "docker restart "+c.Name)}
		}
		cause.Evidence = append(cause.Evidence, say.Seen("interfaces of "+c.Name, "only lo"))
		if say.Plain(c.Service) {
			cause.Fix = append(cause.Fix, say.Fix(result.FixCompose, "docker compose up -d --force-recreate %s", c.Service))
		}
		all = append(all, found(result.Problem, cause))
	}
	return all
}

// alone reports whether a namespace has no interface but loopback. Some kernels add tunnels that are down.
func alone(s *fact.Stack) bool {
	return !slices.ContainsFunc(s.Links, func(l fact.Link) bool {
		return l.Kind != "loopback" && (l.Up || len(l.Addresses) > 0)
	})
}

// localID matches the ids of networks of this engine. Those of a swarm are not all known to each of its nodes.
var localID = regexp.MustCompile("^[0-9a-f]{64}$")

// networkIDStale: a container that does not run is tied to a network that is gone, so it cannot start.
func networkIDStale(f *Facts) []result.Finding {
	var all []result.Finding
	for _, e := range f.Ends {
		c := e.Container
		if c.Running() || c.Owner() != "" {
			continue
		}
		for _, p := range c.Endpoints {
			if !localID.MatchString(p.ID) ||
				slices.ContainsFunc(f.Networks, func(n fact.Network) bool { return n.ID == p.ID }) {
				continue
			}
			all = append(all, found(result.Warning, say.NetworkGone(c, &p, f.Network(p.Network))))
		}
	}
	return all
}

// A container that has restarted so often, and not yet run for so long, keeps restarting.
const (
	oftenRestarted = 3
	briefly        = time.Minute
)

// notRunning: a container keeps restarting, or is paused, so that others get no answer.
func notRunning(f *Facts) []result.Finding {
	var all []result.Finding
	for _, e := range f.Ends {
		c := e.Container
		if c.State == fact.StateRestarting || c.State == fact.StatePaused {
			all = append(all, found(result.Warning, say.NotRunning(c, f.Now)))
			continue
		}
		if !unstable(&e, f.Now) {
			continue
		}
		all = append(all, found(result.Warning, &result.Cause{
			Title:  fmt.Sprintf("%s keeps restarting.", c.Name),
			Object: c.Name, Direction: result.Request,
			Evidence: []probe.Evidence{
				say.Inspected(c, "RestartCount is %d, and it has run for %s", c.Restarts, ran(&e, f.Now)),
			},
			Fix: []result.Fix{say.Log(c, "Its log may say why it ends.")},
		}))
	}
	return all
}

// unstable reports whether a container runs, but has restarted often and not yet run for long.
func unstable(e *survey.End, now time.Time) bool {
	return e.Container.State == fact.StateRunning && e.Container.Restarts >= oftenRestarted && ran(e, now) < briefly
}

// ran is how long a container has run.
func ran(e *survey.End, now time.Time) time.Duration {
	if e.Stack == nil {
		return max(0, now.Sub(e.Container.Started)).Round(time.Second)
	}
	return age(e.Stack, e.Container.Started)
}
