package scan

import (
	"slices"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/result"
	"netlab/netlab/say"
	"netlab/netlab/survey"
)

// longRange is from how many consecutive published ports on a program is expected to open them as it needs them, as
// servers for FTP, media and games do.
const longRange = 5

// publishedNobodyBehind: a published port leads to a port of the container that has no listener.
func publishedNobodyBehind(f *Facts) []result.Finding {
	var all []result.Finding
	for i := range f.Ends {
		e := &f.Ends[i]
		if !listens(e) {
			continue
		}
		for _, b := range published(e.Container) {
			number, network := survey.SplitPort(b.Port)
			l := survey.Listeners(e.Stack, network, "", number)
			if len(l.Here)+len(l.Loopback) > 0 {
				continue
			}
			severity := result.Problem
			if e.Container.Health == "starting" {
				severity = result.Warning
			}
			all = append(all, found(severity, say.Unserved(e.Container, &b, l.Ports)))
		}
	}
	return all
}

// published returns one binding for each published port of a container, without long ranges.
func published(c *fact.Container) []fact.Binding {
	var all []fact.Binding
	for _, b := range c.Ports {
		if !slices.ContainsFunc(all, func(o fact.Binding) bool { return o.Port == b.Port }) {
			all = append(all, b)
		}
	}
	has := func(number int, network string) bool {
		return slices.ContainsFunc(all, func(b fact.Binding) bool {
			n, on := survey.SplitPort(b.Port)
			return n == number && on == network
		})
	}
	return slices.DeleteFunc(slices.Clone(all), func(b fact.Binding) bool {
		number, network := survey.SplitPort(b.Port)
		first, last := number, number
		for has(first-1, network) {
			first--
		}
		for has(last+1, network) {
			last++
		}
		return last-first+1 >= longRange
	})
}

// listensOnLoopback: a port that others are meant to use is only open for the container itself. A program that listens
// on other addresses too has its reasons for a port on loopback, and so has one whose network namespace others share.
func listensOnLoopback(f *Facts) []result.Finding {
	var all []result.Finding
	for i := range f.Ends {
		e := &f.Ends[i]
		if !listens(e) {
			continue
		}
		c, reported := e.Container, false
		for _, b := range c.Ports {
			number, network := survey.SplitPort(b.Port)
			l := survey.Listeners(e.Stack, network, "", number)
			if len(l.Here)+len(l.Other) > 0 || len(l.Loopback) == 0 || reported {
				continue
			}
			reported = true
			cause := say.LoopbackOnly(c.Name, l.Loopback, c)
			cause.Evidence = append(cause.Evidence, say.Inspected(c, "host port %d leads to %s", b.HostPort, b.Port))
			all = append(all, found(result.Problem, cause))
		}
		neighbor, network := f.neighbor(c)
		if reported || neighbor == nil || len(f.sharers(c)) > 0 {
			continue
		}
		if loopback := onlyOnLoopback(e.Stack); len(loopback) > 0 {
			cause := say.LoopbackOnly(c.Name, loopback, c)
			cause.Evidence = append(cause.Evidence,
				say.Inspected(c, "it is on %s, as %s is, and listens nowhere else", network, neighbor.Name))
			all = append(all, found(result.Warning, cause))
		}
	}
	return all
}

// onlyOnLoopback returns the listening TCP sockets of a namespace if all of them are on loopback.
func onlyOnLoopback(s *fact.Stack) []string {
	var found []string
	for _, socket := range s.Sockets {
		address := survey.Parsed(strings.Trim(socket.Address[:max(0, strings.LastIndex(socket.Address, ":"))], "[]"))
		switch {
		case socket.Network != "tcp" || address.String() == survey.EngineResolver:
		case !address.IsLoopback():
			return nil
		default:
			found = append(found, socket.Address)
		}
	}
	return found
}
