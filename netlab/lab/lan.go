package lab

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/scenario"
)

// createOnLAN creates a network on one of the host's interfaces, after making sure that the addresses the engine will
// assign are free. If something is in the way, it returns Impossible: only a person who knows the LAN can choose
// other addresses.
func (b builder) createOnLAN(ctx context.Context, n scenario.Network, spec engine.NetworkSpec) (fact.Network, error) {
	parent := b.lab.site.stack.Link(n.LAN.Interface)
	if parent == nil || parent.Kind == "loopback" {
		return fact.Network{}, Impossible{fmt.Sprintf("the engine's host has no network card %q; it has %s",
			n.LAN.Interface, strings.Join(cards(b.lab.site.stack), ", "))}
	}
	users := 0
	for _, c := range b.lab.scenario.Containers {
		if slices.ContainsFunc(c.Networks, func(a scenario.Attachment) bool { return a.Network == n.Name }) {
			users++
		}
	}
	if err := b.areFree(ctx, parent, firstOf(*n.LAN, users)); err != nil {
		return fact.Network{}, err
	}
	spec.Parent, spec.Subnet, spec.Gateway, spec.Range = n.LAN.Interface, n.LAN.Subnet, n.LAN.Gateway, n.LAN.Range
	return b.lab.session.CreateNetwork(ctx, spec)
}

// cards lists the host's interfaces that can be a parent.
func cards(host *fact.Stack) []string {
	var names []string
	for _, link := range host.Links {
		if link.Kind != "loopback" && link.Kind != "bridge" && link.Master == 0 {
			names = append(names, link.Name)
		}
	}
	return names
}

// firstOf lists the addresses that the engine assigns first: the lowest ones of the range, except the subnet's own
// and the gateway's.
func firstOf(lan scenario.LAN, count int) []netip.Addr {
	var addresses []netip.Addr
	for a := lan.Range.Masked().Addr(); lan.Range.Contains(a) && len(addresses) < count; a = a.Next() {
		if a != lan.Gateway && a != lan.Subnet.Masked().Addr() {
			addresses = append(addresses, a)
		}
	}
	return addresses
}

// areFree sends ARP requests for the addresses on the host's interface. The helper that sends them may send frames
// there and nothing else.
func (b builder) areFree(ctx context.Context, parent *fact.Link, addresses []netip.Addr) error {
	c, err := b.lab.session.Create(ctx, engine.ContainerSpec{
		Peer: b.lab.helpers.name(), Attachments: []engine.Attachment{{Network: scenario.HostNetwork}},
	})
	if err != nil {
		return err
	}
	client, err := c.Start(ctx)
	if err != nil {
		return err
	}
	var work group
	for _, a := range addresses {
		work.run(func() error {
			if own := ownerOf(b.lab.site.stack, a); own != "" {
				return Impossible{fmt.Sprintf("the address %s in the range is the host's own, on %s", a, own)}
			}
			o, err := client.Ask(ctx, probe.Question{ARP: &probe.ARP{Address: a.String(), Link: parent.Name}})
			switch {
			case err != nil:
				return err
			case o.Reason == probe.OK:
				return Impossible{fmt.Sprintf("the address %s in the range is taken: %s answers ARP for it", a, o.Value)}
			case o.Reason == probe.Timeout:
				return nil
			}
			return Impossible{fmt.Sprintf("netlab could not check on %s whether %s is free: %s", parent.Name, a, o.Detail)}
		})
	}
	if err := work.wait(); err != nil {
		return err
	}
	return c.Stop(ctx)
}

// ownerOf returns the host's interface that has the address, or "".
func ownerOf(host *fact.Stack, a netip.Addr) string {
	for _, link := range host.Links {
		for _, cidr := range link.Addresses {
			if fact.Bare(cidr) == a.String() {
				return link.Name
			}
		}
	}
	return ""
}
