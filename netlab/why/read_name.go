package why

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/survey"
)

// maxServers is how many servers of resolv.conf are used, and maxDots the largest ndots (resolv.conf(5)).
const (
	maxServers = 3
	maxDots    = 15
)

// lookUp resolves a name like a program in the asker's container: /etc/hosts first, then each name that its search
// list makes of it, at one server after another until one answers. A name without an IPv4 address is asked for IPv6.
func lookUp(ctx context.Context, asker *survey.Seat, name string) *Lookup {
	l := &Lookup{Name: name}
	if l.Addresses = inHosts(asker.Stack.Hosts, name); len(l.Addresses) > 0 {
		l.Source = hostsFile
		return l
	}
	if strings.EqualFold(strings.TrimSuffix(name, "."), "localhost") {
		l.Source, l.Addresses = "RFC 6761", []string{"127.0.0.1"}
		return l
	}
	for _, kind := range []string{"A", "AAAA"} {
		for _, candidate := range candidateNames(asker.Stack, name) {
			o := l.ask(ctx, asker, candidate, kind)
			if o.Reason == probe.OK {
				l.Addresses = strings.Fields(o.Value)
				return l
			}
		}
		if !slices.ContainsFunc(l.Asked, func(a Asked) bool { return a.Outcome.Reason == probe.NameNotFound }) {
			break // no server answers at all
		}
	}
	return l
}

// ask asks the servers one after another until one knows.
func (l *Lookup) ask(ctx context.Context, asker *survey.Seat, name, kind string) probe.Outcome {
	servers := asker.Stack.Nameservers
	if len(servers) == 0 {
		servers = []string{"127.0.0.1"} // as resolv.conf(5) says
	}
	var last probe.Outcome
	for _, server := range servers[:min(len(servers), maxServers)] {
		o, err := asker.Client.Ask(ctx, probe.Question{Resolve: &probe.Resolve{Name: name, Type: kind, Server: server}})
		if err != nil {
			o = probe.Outcome{Reason: probe.Broken, Detail: err.Error()}
		}
		if kind == "A" || o.Reason == probe.OK {
			l.Asked = append(l.Asked, Asked{Name: name, Server: server, Outcome: o})
		}
		if last = o; o.Reason == probe.OK || o.Reason == probe.NameNotFound || ctx.Err() != nil {
			if o.Reason == probe.OK {
				l.Source = server
			}
			break
		}
	}
	return last
}

// inHosts returns the addresses of a name in /etc/hosts, IPv4 if there is any.
func inHosts(entries []fact.HostEntry, name string) []string {
	var four, six []string
	for _, e := range entries {
		if !slices.ContainsFunc(e.Names, func(n string) bool { return strings.EqualFold(n, strings.TrimSuffix(name, ".")) }) {
			continue
		}
		if address := canonical(e.Address); strings.Contains(address, ":") {
			six = append(six, address)
		} else {
			four = append(four, address)
		}
	}
	if len(four) > 0 {
		return four[:1] // programs take the first
	}
	return six[:min(len(six), 1)]
}

// candidateNames returns the names to ask for, in their order: a name with fewer than ndots dots goes through the
// search list first (resolv.conf(5)).
func candidateNames(s *fact.Stack, name string) []string {
	if strings.HasSuffix(name, ".") {
		return []string{name}
	}
	dots := 1
	for _, option := range s.Options {
		if text, ok := strings.CutPrefix(option, "ndots:"); ok {
			if n, err := strconv.Atoi(text); err == nil {
				dots = min(max(n, 0), maxDots)
			}
		}
	}
	var searched []string
	for _, domain := range s.Search {
		if domain = strings.Trim(domain, "."); domain != "" {
			searched = append(searched, name+"."+domain)
		}
	}
	if strings.Count(name, ".") >= dots {
		return append([]string{name}, searched...)
	}
	return append(searched, name)
}
