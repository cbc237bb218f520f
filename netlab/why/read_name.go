package why

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/safely"
	"netlab/netlab/survey"
)

// maxServers is how many servers of resolv.conf are used, and maxDots the largest ndots (resolv.conf(5)).
const (
	maxServers = 3
	maxDots    = 15
)

// lookUp resolves a name like a program in the asker's container: /etc/hosts first, then each name that its search
// list makes of it, at one server after another until one answers. Both A and AAAA are asked for, as getaddrinfo does.
func lookUp(ctx context.Context, asker *survey.Seat, name string) *Lookup {
	l := &Lookup{Name: name}
	if l.Addresses = inHosts(asker.Stack, name); len(l.Addresses) > 0 {
		l.Source = hostsFile
		return l
	}
	if strings.EqualFold(strings.TrimSuffix(name, "."), "localhost") {
		l.Source, l.Addresses = "RFC 6761", []string{"127.0.0.1"}
		return l
	}
	for _, candidate := range candidateNames(asker.Stack, name) {
		if l.ask(ctx, asker, candidate) {
			break
		}
	}
	return l
}

// ask asks the servers one after another until one knows. It reports whether no other name is tried: there is an
// answer, or no server says anything.
func (l *Lookup) ask(ctx context.Context, asker *survey.Seat, name string) (done bool) {
	servers := asker.Stack.Nameservers
	if len(servers) == 0 {
		servers = []string{"127.0.0.1"} // as resolv.conf(5) says
	}
	said := false
	for _, server := range servers[:min(len(servers), maxServers)] {
		four, six := bothFamilies(ctx, asker, name, server)
		l.Asked = append(l.Asked, Asked{Name: name, Server: server, Outcome: four})
		if six.Reason == probe.OK {
			l.Asked = append(l.Asked, Asked{Name: name, Server: server, Outcome: six})
		}
		switch {
		case four.Reason == probe.OK || six.Reason == probe.OK:
			l.Source = server
			l.Addresses = append(strings.Fields(four.Value), strings.Fields(six.Value)...)
			return true
		case four.Reason == probe.NameNotFound:
			return false
		case ctx.Err() != nil:
			return true
		}
		said = said || four.Reason == probe.DNSError
	}
	return !said
}

// bothFamilies asks a server for A and AAAA at the same time.
func bothFamilies(ctx context.Context, asker *survey.Seat, name, server string) (four, six probe.Outcome) {
	var work errgroup.Group
	work.Go(safely.Task(func() error {
		four = askDNS(ctx, asker, probe.Resolve{Name: name, Type: "A", Server: server})
		return nil
	}))
	work.Go(safely.Task(func() error {
		six = askDNS(ctx, asker, probe.Resolve{Name: name, Type: "AAAA", Server: server})
		return nil
	}))
	if err := work.Wait(); err != nil {
		four = probe.Outcome{Reason: probe.Broken, Detail: err.Error()}
	}
	return four, six
}

// askDNS asks one DNS server. What could not be asked is no answer.
func askDNS(ctx context.Context, asker *survey.Seat, q probe.Resolve) probe.Outcome {
	o, err := asker.Client.Ask(ctx, probe.Question{Resolve: &q})
	if err != nil {
		o = probe.Outcome{Reason: probe.Broken, Detail: err.Error()}
	}
	return o
}

// inHosts returns the addresses of a name in /etc/hosts: the first of each family. ::1 comes first where the loopback
// interface has it, as getaddrinfo sorts it (RFC 6724, 2.1).
func inHosts(s *fact.Stack, name string) []string {
	var four, six []string
	for _, e := range s.Hosts {
		if !slices.ContainsFunc(e.Names, func(n string) bool { return strings.EqualFold(n, strings.TrimSuffix(name, ".")) }) {
			continue
		}
		if address := canonical(e.Address); strings.Contains(address, ":") {
			six = append(six, address)
		} else {
			four = append(four, address)
		}
	}
	four, six = four[:min(len(four), 1)], six[:min(len(six), 1)]
	switch {
	case len(four) == 0 || len(six) == 0 || six[0] != loopback6:
	case hasLoopback6(s):
		return append(six, four...)
	default:
		return four // no program can use it
	}
	return append(four, six...)
}

const loopback6 = "::1"

// hasLoopback6 reports whether the loopback interface has ::1. In a container without IPv6 it may not.
func hasLoopback6(s *fact.Stack) bool {
	return slices.ContainsFunc(s.Links, func(l fact.Link) bool { return slices.Contains(l.Addresses, loopback6+"/128") })
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
