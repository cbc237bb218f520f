package why

import (
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/safely"
	"netlab/netlab/survey"
)

const (
	ownQuestions = 3                      // to Docker's DNS server, for a name that it knows
	slowAnswer   = 800 * time.Millisecond // a server on another continent takes half as long
	patience     = 4900                   // milliseconds: programs wait for 5 s (resolv.conf(5), timeout)
)

// askEach finds out what is wrong with an answer about a name that is no container's: each DNS server is asked alone,
// from where it is usually asked, and the host's own resolver is asked too. All are asked at the same time, because a
// dead one takes a second.
func (r *Reader) askEach(ctx context.Context, f *Facts, asker *survey.Seat) error {
	l := f.Lookup
	if l.Source == hostsFile || !l.troubled(f.Meant) {
		return nil
	}
	var work errgroup.Group
	if name := ownName(f); f.From.DockerDNS() && name != "" && !l.said(probe.OK, probe.NameNotFound, probe.DNSError) {
		l.Own = make([]Asked, ownQuestions)
		for i := range l.Own {
			work.Go(safely.Task(func() error {
				o := askDNS(ctx, asker, probe.Resolve{Name: name, Type: "A", Server: probe.DockerDNS})
				l.Own[i] = Asked{Name: name, Server: probe.DockerDNS, Outcome: o}
				return ctx.Err()
			}))
		}
	}
	if f.Meant == nil && f.From.Container != nil && !f.From.OnHost() {
		work.Go(safely.Task(func() error { return r.askBeyond(ctx, f, asker) }))
	}
	if err := work.Wait(); err != nil {
		return err
	}
	l.askAgain(ctx, asker)
	return nil
}

// askAgain asks Docker's DNS server with more patience, if it has a server that answers behind one that does not: it
// goes on to the next one after 4 s (libnetwork, resolver.go: extIOTimeout).
func (l *Lookup) askAgain(ctx context.Context, asker *survey.Seat) {
	if len(l.Addresses) > 0 || !l.someUpstream(Upstream.answers) || !l.someUpstream(Upstream.fails) {
		return
	}
	name := l.Asked[len(l.Asked)-1].Name
	o := askDNS(ctx, asker, probe.Resolve{Name: name, Type: "A", Server: probe.DockerDNS, WaitMS: patience})
	l.Asked = append(l.Asked, Asked{Name: name, Server: probe.DockerDNS, Outcome: o})
	if o.Reason == probe.OK {
		l.Source, l.Addresses = probe.DockerDNS, strings.Fields(o.Value)
	}
}

// answers reports whether the server knows the name, or says that it is unknown.
func (u Upstream) answers() bool {
	return u.Outcome.Reason == probe.OK || u.Outcome.Reason == probe.NameNotFound
}

// fails reports whether the server was asked and does not answer, or with an error.
func (u Upstream) fails() bool { return u.Outcome.Reason != "" && !u.answers() }

func (l *Lookup) someUpstream(is func(Upstream) bool) bool {
	return slices.ContainsFunc(l.Upstreams, is)
}

// troubled reports whether the resolver's answer needs an explanation. meant is the container with the name, or nil.
func (l *Lookup) troubled(meant *fact.Container) bool {
	return len(l.Addresses) == 0 || meant == nil && slices.ContainsFunc(l.Asked, Asked.slow)
}

// slow reports whether programs have to wait for the answer.
func (a Asked) slow() bool {
	return a.Outcome.Reason == probe.DNSNoAnswer || a.Outcome.Took() > slowAnswer
}

// ownName is a name that Docker's DNS server knows without asking any other: the asker's own.
func ownName(f *Facts) string {
	for _, e := range f.Endpoints(f.From.Container) {
		if len(e.Names) > 0 {
			return e.Names[0]
		}
	}
	return ""
}

// askBeyond asks the servers that Docker's own one forwards to and, if the name is unknown, the host's resolver.
func (r *Reader) askBeyond(ctx context.Context, f *Facts, asker *survey.Seat) error {
	l := f.Lookup
	host, err := r.Seat(ctx, survey.FilesSeat)
	if err != nil {
		host = nil // this engine does not show its host
	}
	var work errgroup.Group
	if f.From.DockerDNS() && !l.said(probe.NameNotFound) {
		l.Upstreams = upstreams(f, host)
		for i := range l.Upstreams {
			u, from := &l.Upstreams[i], asker
			if u.OnHost {
				from = host
			}
			if from == nil {
				continue
			}
			work.Go(safely.Task(func() error {
				u.Outcome = askDNS(ctx, from, probe.Resolve{Name: l.Asked[0].Name, Type: "A", Server: u.Address})
				return ctx.Err()
			}))
		}
	}
	if len(l.Addresses) == 0 && l.said(probe.NameNotFound) && host != nil && host.Stack.HostFiles != nil {
		work.Go(safely.Task(func() error {
			own := *host.Stack // its own resolv.conf is written by the engine
			own.Nameservers = own.HostFiles.Nameservers
			l.AtHost = lookUp(ctx, &survey.Seat{Client: host.Client, Stack: &own}, l.Name)
			return ctx.Err()
		}))
	}
	return work.Wait()
}

// upstreams are the servers that Docker's own one forwards to. Engines from 26 on write them into the container's
// resolv.conf. Before, they are those of --dns, asked from the container, or the host's IPv4 servers. The engine asks a
// server on the host's loopback from the host (libnetwork, sandbox_dns_unix.go: setupDNS, setExternalResolvers).
func upstreams(f *Facts, host *survey.Seat) []Upstream {
	var found []Upstream
	add := func(known string, servers ...fact.Upstream) {
		for _, u := range servers[:min(len(servers), maxServers)] {
			found = append(found, Upstream{Upstream: u, Known: known})
		}
	}
	owner := f.StackOwner(f.From.Container)
	var all []fact.Upstream
	switch s := f.From.Stack; {
	case s.Forwards != nil:
		add("/etc/resolv.conf of "+f.From.Name(), s.Forwards.Servers...)
	case len(owner.DNS) > 0:
		for _, address := range owner.DNS {
			all = append(all, fact.Upstream{Address: address})
		}
		add("docker inspect "+owner.Name, all...)
	case host != nil && host.Stack.HostFiles != nil:
		for _, address := range host.Stack.HostFiles.Servers() {
			if a := survey.Parsed(address); a.Is4() {
				all = append(all, fact.Upstream{Address: address, OnHost: a.IsLoopback()})
			}
		}
		add("the host's /etc/resolv.conf, if the engine has no --dns", all...)
	}
	return found
}
