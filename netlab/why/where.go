package why

import (
	"cmp"
	"fmt"
	"slices"

	"netlab/netlab/fact"
	"netlab/netlab/survey"
)

// gateway is the gateway of the asker's first network, for a network without a default route.
func (f *Facts) gateway() string {
	for _, e := range f.Endpoints(f.From.Container) {
		if n := f.Network(e.Network); n != nil && cmp.Or(n.Gateway, n.IPv6Gateway) != "" {
			return cmp.Or(n.Gateway, n.IPv6Gateway)
		}
	}
	return ""
}

// addressOf returns the address by which the asker would reach a container: on a shared network if there is one.
func (f *Facts) addressOf(c *fact.Container) []string {
	endpoints := slices.Clone(f.Endpoints(c))
	slices.SortStableFunc(endpoints, func(a, b fact.ContainerEndpoint) int {
		switch {
		case f.IsOn(f.From.Container, a.Network) == f.IsOn(f.From.Container, b.Network):
			return 0
		case f.IsOn(f.From.Container, a.Network):
			return -1
		}
		return 1
	})
	for _, e := range endpoints {
		if address := cmp.Or(e.IPv4, e.IPv6); address != "" {
			return []string{address}
		}
	}
	return nil
}

// locate says where an address is, and which published port leads on from there.
func (f *Facts) locate(address string) Try {
	t := Try{Address: address, Port: f.Target.Port}
	a := survey.Parsed(address)
	switch server, network := f.Owner(address, f.From.Container); {
	case survey.Has(f.From.Stack, a):
		t.Kind = Itself
		if !f.From.OnHost() {
			return t
		}
	case server != nil:
		t.Kind, t.Server, t.Network = InContainer, server, network
		return t
	case survey.Has(f.Host, a) && !a.IsLoopback():
		t.Kind = OnHost
	default:
		return t
	}
	for i := range f.Containers {
		c := &f.Containers[i]
		for j, b := range c.Ports {
			number, network := survey.SplitPort(b.Port)
			bound := survey.Parsed(b.HostIP)
			if c.Running() && b.HostPort == f.Target.Port && network == f.Target.Network &&
				(b.HostIP == "" || bound.IsUnspecified() && bound.Is6() == a.Is6() || bound == a) {
				t.Server, t.Port, t.Through = c, number, &c.Ports[j]
				return t
			}
		}
	}
	if f.Meant != nil && f.Meant.Mode == survey.HostWord {
		t.Server = f.Meant
	}
	return t
}

// candidates are the running containers that may listen on the port of the question: first those that expose it, then
// those that the asker shares a network with.
func (f *Facts) candidates() []*fact.Container {
	want := fmt.Sprintf("%d/%s", f.Target.Port, f.Target.Network)
	rank := func(c *fact.Container) int {
		score := 0
		if slices.Contains(c.Exposed, want) {
			score += 2
		}
		if len(f.Shared(f.From.Container, c)) > 0 {
			score++
		}
		return score
	}
	var found []*fact.Container
	for i := range f.Containers {
		c := &f.Containers[i]
		if c.Running() && f.StackOwner(c) != f.StackOwner(f.From.Container) && c.Mode != survey.HostWord && rank(c) > 0 {
			found = append(found, c)
		}
	}
	slices.SortStableFunc(found, func(a, b *fact.Container) int { return cmp.Compare(rank(b), rank(a)) })
	return found[:min(len(found), maxOthers)]
}
