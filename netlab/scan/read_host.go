package scan

import (
	"context"
	"net/netip"
	"strings"

	"golang.org/x/sync/errgroup"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/safely"
	"netlab/netlab/survey"
)

// ReadHost reads what a scan needs to know to find what is wrong with the host alone.
func ReadHost(ctx context.Context, r *survey.Reader) (*Facts, error) {
	f := &Facts{Whole: true}
	var err error
	if f.Inventory, err = r.Inventory(ctx); err != nil {
		return nil, err
	}
	f.Host, err = readHost(ctx, r, &f.Inventory, &f.HostFacts)
	return f, err
}

// readHost reads the host. It returns nil if netlab cannot look at it. The error is that of ctx.
func readHost(ctx context.Context, r *survey.Reader, v *survey.Inventory, h *HostFacts) (*fact.Stack, error) {
	s, err := r.Seat(ctx, survey.RulesSeat)
	if err != nil {
		return nil, ctx.Err()
	}
	var work errgroup.Group
	work.Go(safely.Task(func() error {
		if chains, o, err := s.Client.Firewall(ctx); err == nil && o.Reason == probe.OK {
			h.Firewall = &chains
		}
		return ctx.Err()
	}))
	work.Go(safely.Task(func() error {
		h.Flows, _, _ = s.Client.Flows(ctx, v.UDPFlows()) // without connection tracking there are none
		return ctx.Err()
	}))
	route := func(q probe.RouteGet) probe.Outcome {
		o, err := s.Client.Ask(ctx, probe.Question{RouteGet: &q})
		if err != nil {
			return probe.Outcome{Reason: probe.Broken, Detail: err.Error()}
		}
		return o
	}
	work.Go(safely.Task(func() error {
		h.Own = route(probe.RouteGet{To: beyond})
		for i := range v.Networks {
			n := &v.Networks[i]
			address := anAddress(v, n)
			if n.Driver != fact.DriverBridge || address == "" || s.Stack.Link(n.Interface) == nil {
				continue
			}
			h.Ways = append(h.Ways, Way{
				Network: n.Name, Address: address, Back: route(probe.RouteGet{To: address}),
				Out: route(probe.RouteGet{To: beyond, From: address, In: n.Interface}),
			})
		}
		return ctx.Err()
	}))
	h.Servers = make([]Server, len(s.Stack.Nameservers))
	for i, address := range s.Stack.Nameservers {
		h.Servers[i].Address = address
		work.Go(safely.Task(func() error { // each alone, as a resolver that asks one after another hides which is slow
			server := &h.Servers[i]
			for server.Asked < questions && (server.Asked == 0 || server.Answer.Reason == probe.DNSNoAnswer) {
				o, err := s.Client.Ask(ctx, probe.Question{Resolve: &probe.Resolve{Name: askedName, Server: address}})
				if err != nil {
					o = probe.Outcome{Reason: probe.Broken, Detail: err.Error()}
				}
				server.Answer = o
				server.Asked++
			}
			return ctx.Err()
		}))
	}
	return s.Stack, work.Wait()
}

// anAddress is an IPv4 address of a container on a network, or else one that a container there could have; "" for none.
func anAddress(v *survey.Inventory, n *fact.Network) string {
	for i := range v.Containers {
		if e := v.Containers[i].On(n.Name); e != nil && e.IPv4 != "" {
			return e.IPv4
		}
	}
	subnet, err := netip.ParsePrefix(n.Subnet)
	gateway, _, _ := strings.Cut(n.Gateway, "/")
	if err != nil {
		return ""
	}
	for a := subnet.Masked().Addr().Next(); subnet.Contains(a); a = a.Next() {
		if a.String() != gateway {
			return a.String()
		}
	}
	return ""
}
