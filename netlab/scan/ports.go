package scan

import (
	"fmt"
	"slices"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
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
	for _, e := range f.own() {
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
	for _, e := range f.own() {
		c, reported := e.Container, false
		for _, b := range c.Ports {
			number, network := survey.SplitPort(b.Port)
			l := survey.Listeners(e.Stack, network, "", number)
			if len(l.Here)+len(l.Other) > 0 || len(l.Loopback) == 0 || reported {
				continue
			}
			reported = true
			cause := say.LoopbackOnly(c.Name, l.Loopback, c)
			cause.Evidence = append(cause.Evidence, say.Inspected(c, "host port %d forwards to %s", b.HostPort, b.Port))
			all = append(all, found(result.Problem, cause))
		}
		neighbor, network := f.neighbor(c)
		if reported || neighbor == nil || f.shared(c) {
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

// onlyOnLoopback returns the listening TCP sockets of a namespace if all of its sockets are on loopback.
func onlyOnLoopback(s *fact.Stack) []string {
	var found []string
	for _, socket := range s.Sockets {
		address := survey.Parsed(strings.Trim(socket.Address[:max(0, strings.LastIndex(socket.Address, ":"))], "[]"))
		switch {
		case address.String() == probe.DockerDNS:
		case !address.IsLoopback():
			return nil
		case socket.Network == "tcp":
			found = append(found, socket.Address)
		}
	}
	return found
}

// backlogFull: a program listens, but does not accept what has arrived, and the kernel drops more.
func backlogFull(f *Facts) []result.Finding {
	var all []result.Finding
	for _, e := range f.own() {
		for _, s := range survey.FullQueues(e.Stack) {
			again := survey.FullQueues(f.Again[e.Container.ID])
			i := slices.IndexFunc(again, func(o fact.Socket) bool { return o.Address == s.Address })
			if i < 0 {
				continue
			}
			all = append(all, found(result.Problem, &result.Cause{
				Title:  fmt.Sprintf("%s listens on %s, but does not accept the connections.", e.Container.Name, s.Address),
				Object: e.Container.Name, Direction: result.Request,
				Evidence: []probe.Evidence{say.Sockets(e.Container.Name,
					"%d and then %d connections wait at %s, whose backlog is %d", s.Queue, again[i].Queue, s.Address, s.Limit)},
				Fix: []result.Fix{say.Log(e.Container, "The program is stuck or too slow. Its log may say why.")},
			}))
		}
	}
	return all
}
