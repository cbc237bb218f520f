package scan

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
	"netlab/netlab/survey"
)

// staleAddress: a container still calls an address that is gone, or that has changed hands.
func staleAddress(f *Facts) []result.Finding {
	var all []result.Finding
	for _, e := range f.own() {
		for _, a := range f.suspects(e) {
			if o := f.Asked[Suspect{e.Container.ID, a.String()}]; o.Reason == probe.Timeout {
				all = append(all, f.gone(e, a, o))
			}
		}
		for _, c := range e.Stack.Connections {
			if found := f.inherited(e, c); found != nil {
				all = append(all, *found)
			}
		}
	}
	return all
}

// gone is the finding about an address that nothing has: no container by the engine's word, and no other by ARP.
func (f *Facts) gone(e *survey.End, a netip.Addr, asked probe.Outcome) result.Finding {
	c, network := e.Container, f.Bridge(a).Name
	cause := &result.Cause{
		Title:  fmt.Sprintf("%s still sends to %s on %s, an address that nothing has.", c.Name, a, network),
		Object: c.Name, Direction: result.Request, Fix: resolveAgain(c),
	}
	severity := result.Warning
	for _, to := range e.Stack.Connections {
		if remote(to).Addr() == a {
			severity = result.Problem
			cause.Title = fmt.Sprintf("%s still calls %s on %s, an address that nothing has.", c.Name, to.Remote, network)
			cause.Evidence = append(cause.Evidence, say.Sockets(c.Name, "%s %s to %s", to.Network, to.State, to.Remote))
		}
	}
	for _, n := range e.Stack.Neighbors {
		if n.State == "failed" && survey.Parsed(n.Address) == a {
			cause.Evidence = append(cause.Evidence,
				say.Seen("neighbors of "+c.Name, "%s failed, last used %d s ago", a, n.UsedS))
		}
	}
	cause.Evidence = append(cause.Evidence,
		say.Seen("docker network inspect "+network, "no container has %s", a), say.Seen(c.Name, "%s", asked.Detail))
	return found(severity, cause)
}

// clockSlack is how far apart the start of a container and a packet must be to say which came first.
const clockSlack = 2 * time.Second

// inherited is the finding about a connection that is older than the container that has its address now: that one
// does not know it.
func (f *Facts) inherited(e *survey.End, to fact.Connection) *result.Finding {
	a := remote(to).Addr()
	n := f.Bridge(a)
	owner, network := f.Owner(a.String(), e.Container)
	if to.State != fact.Established || to.IdleMS == 0 || n == nil || owner == nil || owner.Name == e.Container.Name {
		return nil
	}
	heard := time.UnixMilli(e.Stack.ClockMS - to.IdleMS)
	if !heard.Add(clockSlack).Before(owner.Started) {
		return nil
	}
	c := e.Container
	all := found(result.Problem, &result.Cause{
		Title: fmt.Sprintf("%s still has a connection to %s that is older than %s, which has that address now.", c.Name,
			to.Remote, owner.Name),
		Object: c.Name, Direction: result.Request,
		Evidence: []probe.Evidence{
			say.Sockets(c.Name, "%s to %s, last acknowledged %s ago", to.State, to.Remote, age(e.Stack, heard)),
			say.Inspected(owner, "it has %s on %s, and started %s ago", a, network, age(e.Stack, owner.Started)),
		},
		Fix: resolveAgain(c),
	})
	return &all
}

// age is the time that has passed when a namespace was read, by the clock of its machine.
func age(s *fact.Stack, since time.Time) time.Duration {
	return time.UnixMilli(s.ClockMS).Sub(since).Round(time.Second)
}

// resolveAgain makes a client ask for the name again.
func resolveAgain(c *fact.Container) []result.Fix {
	command, how := "docker restart "+c.Name, "Restart it, so that it resolves the name again."
	lasting := "Resolve the name for each connection, and do not keep addresses."
	if strings.Contains(c.Image, "nginx") {
		command, how = "docker exec "+c.Name+" nginx -s reload", "Reload it, so that it resolves the name again."
		lasting = "Let nginx resolve at run time: resolver 127.0.0.11, and a variable in proxy_pass."
	}
	return []result.Fix{
		say.Run(say.Fix(result.FixDocker, "%s", how), command), say.Fix(result.FixApplication, "%s", lasting),
	}
}

// hostsEntryWrong: a line of a container's /etc/hosts leads to an address that is not that of the container it names,
// or that nothing has.
func hostsEntryWrong(f *Facts) []result.Finding {
	var all []result.Finding
	for _, e := range f.own() {
		if owner := f.StackOwner(e.Container); owner == nil || owner.OwnHosts {
			continue
		}
		for _, line := range e.Stack.Hosts {
			a := survey.Parsed(line.Address)
			if !a.IsValid() || a.IsLoopback() || survey.Has(e.Stack, a) || f.Bridge(a) == nil {
				continue
			}
			for _, name := range line.Names {
				if found := f.wrongEntry(e, a, name); found != nil {
					all = append(all, *found)
					break
				}
			}
		}
	}
	return all
}

func (f *Facts) wrongEntry(e *survey.End, a netip.Addr, name string) *result.Finding {
	other, _ := f.Owner(a.String(), e.Container)
	if other == nil && f.owned(a) {
		return nil
	}
	if to := f.called(e.Container, name); to != nil && to != other {
		if own := f.AddressesOf(to); len(own) > 0 && !slices.Contains(own, a.String()) {
			all := found(result.Problem, say.HostsEntryWrong(e.Container, name, a.String(), to, own, other))
			return &all
		}
		return nil
	}
	if other != nil {
		return nil // a name of the user's for another machine
	}
	c := e.Container
	all := found(result.Warning, &result.Cause{
		Title:  fmt.Sprintf("%s's /etc/hosts says that %s is %s, which no container has.", c.Name, name, a),
		Object: c.Name, Direction: result.Request,
		Evidence: []probe.Evidence{
			say.Seen("/etc/hosts of "+c.Name, "%s %s", a, name),
			say.Seen("docker network inspect "+f.Bridge(a).Name, "no container has %s", a),
		},
		Fix: []result.Fix{
			say.Fix(result.FixDocker, "Recreate %s without --add-host for %s, or with the right address.", c.Name, name),
			say.Fix(result.FixCompose, "Correct or remove %s under extra_hosts of the service.", name),
		},
	})
	return &all
}

// called returns the only running container that a name means to another one: by its own name, or by a name that it has
// on a network of both. It returns nil if there is none, or more than one.
func (f *Facts) called(from *fact.Container, name string) *fact.Container {
	if c := f.Container(name); c != nil && c.Running() {
		return c
	}
	var found []*fact.Container
	for _, e := range f.Endpoints(from) {
		for _, c := range f.NamesOn(e.Network, name) {
			if c.Running() && !slices.Contains(found, c) {
				found = append(found, c)
			}
		}
	}
	if len(found) != 1 {
		return nil
	}
	return found[0]
}

// aliasShared: containers that are not replicas of one service own a name on a network.
func aliasShared(f *Facts) []result.Finding {
	var all []result.Finding
	for _, n := range f.Networks {
		var names []string
		for _, e := range f.Ends {
			if on := e.Container.On(n.Name); on != nil && e.Container.Running() {
				names = append(names, on.Names...)
			}
		}
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			owners := slices.DeleteFunc(f.NamesOn(n.Name, name), func(c *fact.Container) bool { return !c.Running() })
			if len(owners) > 1 && !survey.Replicas(owners) {
				all = append(all, found(result.Warning, say.AliasShared(name, n.Name, owners)))
			}
		}
	}
	return all
}
