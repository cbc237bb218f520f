package why

import (
	"fmt"
	"slices"
	"strings"

	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
	"netlab/netlab/survey"
)

// clientAddressHidden: a published port works, but the server sees an address of the host's instead of the asker's.
func clientAddressHidden(f *Facts) *result.Cause {
	for i := range f.Tries {
		t := &f.Tries[i]
		if !f.works(t) || t.Through == nil || t.Server == nil || f.From.OnHost() || f.StackOwner(f.From.Container) ==
			f.StackOwner(t.Server) || t.Outcome.Path == nil {
			continue
		}
		if c := proxied(f, t); c != nil {
			return c
		}
		if c := translated(f, t); c != nil {
			return c
		}
	}
	return nil
}

// proxied: a socket of the host accepted, and nothing arrived. Docker's userland proxy then connects for the asker.
func proxied(f *Facts, t *Try) *result.Cause {
	accepts := survey.Listeners(f.Host, f.Target.Network, t.Address, f.Target.Port).Here
	if !t.Watched || t.Arrived > 0 || t.Behind == nil || t.Behind.Path == nil || len(accepts) == 0 {
		return nil
	}
	cause := hidden(f, t, "Docker's userland proxy connects for "+f.From.Name(), t.Behind.Path.Source)
	cause.Evidence = append(cause.Evidence,
		say.Sockets("the host", "%s", strings.Join(accepts, ", ")),
		say.Seen(t.Server.Name, "none of the SYNs arrived, although the SYN-ACK came back"),
		say.Seen("the host", "asked %s from %s: the SYN-ACK came back", t.Server.Name, t.Behind.Path.Source))
	setting := "iptables"
	if isSix(t.Address) {
		setting = "ip6tables"
	}
	cause.Fix = f.withoutHost(t)
	switch {
	case len(cause.Fix) > 0:
	case isSix(t.Address) && !slices.ContainsFunc(f.Endpoints(t.Server), hasIPv6):
		cause.Evidence = append(cause.Evidence, say.Inspected(t.Server, "it has no IPv6 address"))
		cause.Fix = []result.Fix{
			say.Fix(result.FixApplication, "Use an IPv4 address of the host."),
			say.Fix(result.FixDocker, "Or connect %s to a network with IPv6.", t.Server.Name),
		}
	default:
		cause.Fix = []result.Fix{say.Fix(result.FixDocker, "Docker's firewall rules keep the address. Let the engine write "+
			"them (\"%s\": true), and restart it if they are gone.", setting)}
	}
	return cause
}

// withoutHost are the fixes for a container that asks a published port of another: there is a way without the host.
func (f *Facts) withoutHost(t *Try) []result.Fix {
	from := f.From.Container
	switch {
	case from == nil:
		return nil
	case len(f.Shared(from, t.Server)) > 0:
		return []result.Fix{say.Fix(result.FixApplication, "Use %s:%d, which reaches %s without the host in between.",
			f.nameOf(t.Server), t.Port, t.Server.Name)}
	}
	return f.together(from, t.Server)
}

// translated: the packets arrived, with another source than they were sent with.
func translated(f *Facts, t *Try) *result.Cause {
	if t.Source == "" || t.Source == t.Outcome.Path.Source {
		return nil
	}
	cause := hidden(f, t, "The host gives the packets of "+f.From.Name()+" another source address", t.Source)
	cause.Evidence = append(cause.Evidence, say.Seen(t.Server.Name, "the SYN arrived from %s", t.Source))
	rule := "the rule that masquerades what leaves the host"
	if t.Masked != "" {
		rule = t.Masked
		cause.Evidence = append(cause.Evidence, say.Seen("the host's firewall", "%s counted the connections", rule))
	}
	if cause.Fix = f.withoutHost(t); len(cause.Fix) == 0 { // for a container it may be a rule of Docker's
		cause.Fix = []result.Fix{say.Fix(result.FixHost, "Exclude traffic to %s from %s.", t.Server.Name, rule)}
	}
	return cause
}

// hidden is a note that a server sees another address than that of the asker.
func hidden(f *Facts, t *Try, why, seen string) *result.Cause {
	return &result.Cause{
		Title: fmt.Sprintf("%s, so %s sees %s instead of %s.", why, t.Server.Name, seen,
			t.Outcome.Path.Source),
		Object: t.Server.Name, Direction: result.Request, Note: true,
		Evidence: []probe.Evidence{
			say.Inspected(t.Server, "host port %d forwards to %s", t.Through.HostPort, t.Through.Port),
			say.Seen(f.From.Name(), "sends from %s", t.Outcome.Path.Source),
		},
	}
}
