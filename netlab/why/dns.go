package why

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
	"netlab/netlab/survey"
)

// resolverSilent: Docker's own DNS server does not answer for a name that it knows without asking any other.
func resolverSilent(f *Facts) *result.Cause {
	if f.Lookup == nil || len(f.Lookup.Own) == 0 {
		return nil
	}
	own := f.Lookup.Own
	lost := 0
	for _, a := range own {
		if a.Outcome.Reason != probe.OK && a.Outcome.Reason != probe.NameNotFound && a.Outcome.Reason != probe.DNSError {
			lost++
		}
	}
	if lost == 0 {
		return nil
	}
	from := f.From.Name()
	owner := f.StackOwner(f.From.Container)
	what := "does not answer"
	if lost < len(own) {
		what = "does not always answer"
	}
	cause := &result.Cause{
		Title:  fmt.Sprintf("Docker's DNS server %s in %s, not even for its own name, %s.", what, from, own[0].Name),
		Object: from, Direction: result.Request,
		Evidence: []probe.Evidence{say.Seen(probe.DockerDNS, "%s asked %s, %d of them lost: %s", own[0].Name,
			times(len(own)), lost, lastLost(own))},
		Fix: []result.Fix{say.Run(say.Fix(result.FixDocker,
			"Restart %s, so that Docker sets up its DNS server again. If that does not help, restart the engine.", owner.Name),
			"docker restart "+owner.Name)},
	}
	text := "nothing listens on " + probe.DockerDNS
	if i := slices.IndexFunc(f.From.Stack.Sockets, func(s fact.Socket) bool {
		return strings.HasPrefix(s.Address, probe.DockerDNS+":")
	}); i >= 0 {
		text = "Docker's DNS server has " + f.From.Stack.Sockets[i].Address + ", to where a rule should redirect port 53"
	}
	cause.Evidence = append(cause.Evidence, say.Seen("sockets of "+from, "%s", text))
	return cause
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// lastLost is how the last of the questions failed.
func lastLost(asked []Asked) string {
	for _, a := range slices.Backward(asked) {
		if a.Outcome.Reason != probe.OK {
			return a.Outcome.Detail
		}
	}
	return ""
}

// dnsUpstream: the name is no container's, and the DNS servers that would know it do not answer.
func dnsUpstream(f *Facts) *result.Cause {
	l := f.Lookup
	if l == nil || l.Hidden || f.Meant != nil || l.Source == hostsFile || noNetwork(f) != nil || nameMisspelt(f) != nil ||
		hostGatewayNameMissing(f) != nil {
		return nil
	}
	var cause *result.Cause
	switch {
	case allInternal(f) && l.said(probe.DNSError, probe.DNSNoAnswer) && f.From.DockerDNS():
		cause = noWayToAsk(f)
	case f.From.DockerDNS():
		cause = forwardedInVain(f)
	default:
		cause = askedInVain(f)
	}
	if cause != nil {
		cause.Note = len(l.Addresses) > 0
		cause.Direction = result.Request
	}
	return cause
}

// allInternal reports whether the asker has networks, and all are internal.
func allInternal(f *Facts) bool {
	own := f.Endpoints(f.From.Container)
	return len(own) > 0 && !slices.ContainsFunc(own, func(e fact.ContainerEndpoint) bool {
		n := f.Network(e.Network)
		return n == nil || !n.Internal
	})
}

// noWayToAsk: Docker's DNS server asks no other one for a container whose networks are all internal. Before engine 26
// it does, from the container's namespace, which has no way out.
func noWayToAsk(f *Facts) *result.Cause {
	from, own := f.From.Container, f.Endpoints(f.From.Container)
	return &result.Cause{
		Title: fmt.Sprintf("%s is only on internal networks (%s), where Docker's DNS server knows only container "+
			"names.", from.Name, networksOf(own)),
		Object: own[0].Network,
		Evidence: append([]probe.Evidence{say.Seen("docker network inspect "+own[0].Network, "Internal is true")},
			f.Lookup.answers()...),
		Fix: []result.Fix{
			say.Run(say.Fix(result.FixDocker, "Connect %s to a network that is not internal as well.", from.Name),
				f.connect(survey.DefaultBridge, from)),
			say.Fix(result.FixCompose, "Add a second network without internal: true to the service."),
		},
	}
}

// forwardedInVain: a server that Docker's own one forwards to does not answer when it is asked alone. An error at once
// is not explained by a server that keeps others waiting. Engines before 26 have no error: they stay silent.
func forwardedInVain(f *Facts) *result.Cause {
	l := f.Lookup
	silent := slices.ContainsFunc(l.Asked, Asked.slow)
	waits := func(u Upstream) bool { return u.fails() && (Asked{Outcome: u.Outcome}).slow() }
	if !l.someUpstream(Upstream.fails) || !silent && l.someUpstream(waits) || resolverSilent(f) != nil {
		return nil
	}
	cause := &result.Cause{Evidence: l.answers()}
	var failed, good []string
	for _, u := range l.Upstreams {
		by := "asked directly by " + f.From.Name()
		if u.OnHost {
			by = "asked directly by the host"
		}
		cause.Evidence = append(cause.Evidence, say.Seen(u.Known, "Docker's DNS server forwards to %s", u.Address))
		switch {
		case u.fails():
			failed = append(failed, u.Address)
			cause.Evidence = append(cause.Evidence, say.Seen(u.Address, "%s: %s, %s", by, u.Outcome.Detail, took(u.Outcome)))
		case u.answers():
			good = append(good, u.Address)
			cause.Evidence = append(cause.Evidence, say.Seen(u.Address, "%s: it answered, %s", by, took(u.Outcome)))
		}
	}
	cause.Object = failed[0]
	cause.Title = fmt.Sprintf("Docker's DNS server forwards %s to %s, which %s.", l.Name, strings.Join(failed, " and "),
		answerless(l.Upstreams))
	cause.Fix = otherServers(f, good)
	return cause
}

// took is how long an answer, or the wait for it, took.
func took(o probe.Outcome) string {
	if o.Took() >= time.Second {
		return fmt.Sprintf("%.1f s", o.Took().Seconds())
	}
	return fmt.Sprintf("%.1f ms", float64(o.TookUS)/1000)
}

// answerless says what the servers that fail do.
func answerless(upstreams []Upstream) string {
	failing := slices.DeleteFunc(slices.Clone(upstreams), func(u Upstream) bool { return !u.fails() })
	verb, errs := "does not answer", 0
	for _, u := range failing {
		if u.Outcome.Reason == probe.DNSError {
			errs++
		}
	}
	switch {
	case errs == len(failing) && errs == 1:
		verb = "answers with an error"
	case errs == len(failing):
		verb = "answer with errors"
	case len(failing) > 1:
		verb = "do not answer"
	}
	return verb
}

// askedInVain: the DNS servers in the asker's own resolv.conf do not answer.
func askedInVain(f *Facts) *result.Cause {
	l := f.Lookup
	var failed, good []string
	for _, a := range l.Asked {
		switch {
		case a.Outcome.Reason == probe.OK || a.Outcome.Reason == probe.NameNotFound:
			good = append(good, a.Server)
		case a.Outcome.Reason != probe.Broken && !slices.Contains(failed, a.Server):
			failed = append(failed, a.Server)
		}
	}
	// An answer that follows quickly is no trouble.
	if len(failed) == 0 || len(good) > 0 && !slices.ContainsFunc(l.Asked, Asked.slow) {
		return nil
	}
	which := "the first DNS server"
	if len(good) == 0 {
		which = "the only DNS server"
	}
	verb := "does"
	if len(failed) > 1 {
		which, verb = "the DNS servers", "do"
	}
	title := fmt.Sprintf("%s in %s's resolv.conf, %s, %s not answer.", say.Upper(which), f.From.Name(),
		strings.Join(failed, " and "), verb)
	return &result.Cause{
		Title: title, Object: failed[0], Evidence: l.answers(),
		Fix: otherServers(f, slices.Compact(good)),
	}
}

// otherServers is how to make the asker use other DNS servers.
func otherServers(f *Facts, good []string) []result.Fix {
	which := "SERVER, one that it can reach"
	short := "SERVER"
	if len(good) > 0 {
		short = good[0]
		which = short + ", which answers"
	}
	if f.From.OnHost() {
		return []result.Fix{say.Fix(result.FixHost, "Give the host another DNS server: %s.", which)}
	}
	owner := f.StackOwner(f.From.Container)
	fixes := []result.Fix{
		say.Fix(result.FixDocker, "Recreate %s with --dns %s.", owner.Name, which),
		say.Fix(result.FixCompose, "Add to the service: dns: %s", short),
	}
	if len(owner.DNS) == 0 {
		fixes = append(fixes, say.Fix(result.FixHost,
			"For all containers: correct the host's /etc/resolv.conf, or set dns in /etc/docker/daemon.json."))
	}
	return fixes
}

// splitDNSLost: the asker's DNS servers do not know the name, while the host resolves it.
func splitDNSLost(f *Facts) *result.Cause {
	l := f.Lookup
	if l == nil || len(l.Addresses) > 0 || f.Meant != nil || l.AtHost == nil || len(l.AtHost.Addresses) == 0 {
		return nil
	}
	from, host := f.From.Container, l.AtHost
	cause := &result.Cause{
		Object: from.Name, Direction: result.Request,
		Evidence: append(l.answers(), say.Seen(host.Source+", asked by the host", "%s is %s", host.Name,
			strings.Join(host.Addresses, " and "))),
	}
	if host.Source == hostsFile {
		entry := host.Name + ":" + host.Addresses[0]
		cause.Title = fmt.Sprintf("Only the host's own /etc/hosts has %s, which containers do not see.", l.Name)
		cause.Evidence[len(cause.Evidence)-1].Source = "the host's /etc/hosts"
		cause.Fix = []result.Fix{
			say.Fix(result.FixDocker, "Recreate %s with --add-host %s.", from.Name, entry),
			say.Fix(result.FixCompose, `Add to the service: extra_hosts: ["%s"]`, entry),
		}
		return cause
	}
	cause.Title = fmt.Sprintf("The host resolves %s, but %s's DNS servers do not know it.", l.Name, from.Name)
	server := host.Source
	if loopback(server) {
		server = "SERVER"
		cause.Title += " They are not the ones that the host asks for it."
	}
	flags := "--dns " + server
	compose := "dns: " + server
	answered := host.Asked[len(host.Asked)-1].Name
	if domain, ok := strings.CutPrefix(answered, l.Name+"."); ok {
		flags += " --dns-search " + domain
		compose += ", dns_search: " + domain
	}
	cause.Fix = []result.Fix{
		say.Fix(result.FixDocker, "Recreate %s with %s.", from.Name, flags),
		say.Fix(result.FixCompose, "Add to the service: %s", compose),
	}
	if server == "SERVER" {
		cause.Fix = append(cause.Fix, say.Fix(result.FixHost, "resolvectl query %s and resolvectl status show which server.",
			l.Name))
	}
	return cause
}

// wouldTell is what would tell why a name that is no container's has no address.
func (l *Lookup) wouldTell() string {
	const none = "No container on this engine has the name, and "
	switch {
	case l.said(probe.NameNotFound):
		return none + "the DNS server's answer does not say why. Ask the administrator of that domain."
	case l.someUpstream(Upstream.answers):
		return none + "Docker's DNS server has no answer, though the servers behind it answer when they are asked " +
			"separately. The engine's log may say why."
	case l.said(probe.DNSError):
		return none + "the DNS server answered with an error. Its log may say why."
	}
	return none + "no DNS server answered for it, or netlab cannot see which ones are asked."
}
