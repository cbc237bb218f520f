package lab

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"netlab/netlab/fact"
	"netlab/netlab/poll"
)

// How long to wait for the host's bridges and links, and how often to check.
//
// A bridge runs from its first container on. The kernel notices that later on a busy machine (net/core/link_watch.c),
// and until then the host cannot send to its containers. IPv6 duplicate address detection takes a few seconds more, or
// as long from the creation of a link. Until it is done, the gateway cannot be used, and the host does not forward to
// neighbors it does not know yet.
const (
	settleLimit = 10 * time.Second
	settleLook  = 50 * time.Millisecond
)

// lookSettled reads the host once its bridges run, and they and the links have their IPv6 addresses.
func (b builder) lookSettled(ctx context.Context) (*fact.Stack, error) {
	var stack *fact.Stack
	_, err := poll.Until(ctx, settleLimit, settleLook, func(ctx context.Context) (bool, error) {
		now, err := b.lab.site.host.client.Look(ctx)
		if err != nil {
			return false, err
		}
		stack = now
		return b.settled(stack), nil
	})
	if err == nil && stack == nil {
		err = fmt.Errorf("its helper did not answer within %s", settleLimit)
	}
	return stack, err
}

// settled reports whether each bridge with a container runs, with the container's port, and whether the host has its
// IPv6 addresses on each such bridge that needs them and on each link. These are the gateway's address and the
// link-local address, which the host uses to ask for the neighbor it forwards a packet to (RFC 4861, 7.2.2). The link's
// other address skips duplicate address detection.
func (b builder) settled(host *fact.Stack) bool {
	for _, w := range b.lab.wires {
		if link := host.Link(w.link); w.ipv6.IsValid() && link != nil && !hasLinkLocal(link) {
			return false
		}
	}
	for _, n := range b.lab.networks {
		bridge := host.Link(n.fact.Interface)
		if bridge == nil || !b.lab.peopled(n.name) {
			continue
		}
		if bridge.Kind == "bridge" && !bridge.Running {
			return false
		}
		if n.fact.IPv6Subnet == "" {
			continue
		}
		n.fact.IPv6Gateway = "" // inspect does not show whether it can be used yet
		if seenFromHost(n.fact, host).IPv6Gateway == "" || !hasLinkLocal(bridge) {
			return false
		}
	}
	return !slices.ContainsFunc(b.lab.peers, func(p *peer) bool {
		port := p.portAt(host)
		return port != nil && !port.Running && !b.lab.onSecond(p)
	})
}

func hasLinkLocal(l *fact.Link) bool {
	return slices.ContainsFunc(l.Addresses, func(cidr string) bool {
		p, err := netip.ParsePrefix(cidr)
		return err == nil && p.Addr().Is6() && p.Addr().IsLinkLocalUnicast()
	})
}
