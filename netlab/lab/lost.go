package lab

import (
	"context"
	"net/netip"
	"slices"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// The numbers of protocols.
const (
	protocolICMP, protocolTCP, protocolUDP, protocolICMPv6 = 1, 6, 17, 58
)

// A hearing is a question that is being asked, and which of its packets the kernel dropped.
type hearing struct {
	kernel *kernel
	netns  string // the asker's network namespace
	there  string // the target's; "" if it is not the lab's

	aim
	named  bool         // only the answer says which address its name has
	length int          // of a ping's packets, in bytes
	from   []netip.Addr // the asker's addresses

	// What address translation makes of them: the host's addresses, and where a published port leads.
	host   []netip.Addr
	behind []netip.AddrPort

	lost []lost // guarded by the kernel's mutex
}

// A lost packet is one that the kernel dropped.
type lost struct {
	probe.Dropped
	reply  bool
	target netip.Addr // the address that was asked
}

// listen begins to hear about a question. published is the target's port if the question goes to a port of the host
// that leads there, or 0.
func (a asking) listen(target *peer, q probe.Question, published int) *hearing {
	k := a.lab.kernel
	if k == nil || k.stop == nil {
		return nil
	}
	h := &hearing{
		kernel: k, netns: a.lab.netnsOf(a.asker), from: a.lab.addressesOf(a.asker), host: a.lab.addressesOf(a.lab.site.host),
	}
	_, h.aim = aimOf(q)
	if h.named = !h.to.IsValid(); q.Ping != nil {
		h.length = pingLength(h.to, q.Ping.Size)
	}
	if target != nil {
		h.there = a.lab.netnsOf(target)
	}
	if published != 0 && target != nil {
		for _, a := range a.lab.addressesOf(target) {
			h.behind = append(h.behind, netip.AddrPortFrom(a, uint16(published)))
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.heard = append(k.heard, h)
	return h
}

// pingLength is how long the packet of a ping is, in bytes.
func pingLength(to netip.Addr, payload int) int {
	const usual, header4, header6, icmp = 56, 20, 40, 8 // as in agent/server
	if payload == 0 {
		payload = usual
	}
	if to.Is6() {
		return header6 + icmp + payload
	}
	return header4 + icmp + payload
}

// addressesOf are the addresses in a peer's network namespace.
func (inv *inventory) addressesOf(p *peer) []netip.Addr {
	if p == nil {
		return nil
	}
	addresses, _ := p.stackAddresses()
	stack := inv.host
	if stack == nil {
		stack = inv.site.stack
	}
	if p.name != ask.Host || stack == nil {
		return addresses
	}
	for _, link := range stack.Links {
		for _, a := range link.Addresses {
			if own, err := netip.ParsePrefix(a); err == nil {
				addresses = append(addresses, own.Addr())
			}
		}
	}
	return addresses
}

// end returns what the kernel dropped of a question that was answered "no".
func (h *hearing) end(ctx context.Context, o probe.Outcome) []probe.Loss {
	if h == nil {
		return nil
	}
	if toldByPackets(o.Reason) {
		h.kernel.upToDate(ctx)
	}
	h.kernel.mu.Lock()
	defer h.kernel.mu.Unlock()
	h.kernel.heard = slices.DeleteFunc(h.kernel.heard, func(other *hearing) bool { return other == h })
	if !toldByPackets(o.Reason) {
		return nil
	}
	var losses []probe.Loss
	for _, l := range h.lost {
		another := l.reply && o.Reason != probe.Timeout // another answer came
		if another || h.named && l.target.String() != o.Address {
			continue
		}
		losses = enter(losses, h.kernel.loss(l))
	}
	return losses
}

// loss puts a dropped packet into a record's terms.
func (k *kernel) loss(l lost) probe.Loss {
	return probe.Loss{
		Reason: l.Reason, Packet: l.Packet.Kind, Reply: l.reply, Namespace: k.owner(l.NetNS), Interface: l.Interface,
		Way: k.wayOf(l.Dropped), Packets: 1,
	}
}

// wayOf is a packet's way. To the kernel, what a container sends to the host comes in by the port of a bridge. To
// people, it comes in from the bridge.
func (k *kernel) wayOf(d probe.Dropped) string {
	host := k.lab.host
	if d.Way != "" || k.owner(d.NetNS) != ask.Host || host == nil {
		return d.Way
	}
	bridge := host.Link(d.Interface)
	port := slices.IndexFunc(host.Links, func(l fact.Link) bool { return l.Index == d.Arrived })
	if bridge != nil && port >= 0 && host.Links[port].Master == bridge.Index {
		return probe.WayIn
	}
	return ""
}

// enter counts a loss.
func enter(losses []probe.Loss, now probe.Loss) []probe.Loss {
	for i := range losses {
		same := losses[i]
		if same.Packets = now.Packets; same == now {
			losses[i].Packets++
			return losses
		}
	}
	return append(losses, now)
}

// toldByPackets reports whether an answer is a "no" that packets which the kernel dropped may explain.
func toldByPackets(r probe.Reason) bool {
	switch r {
	case probe.Timeout, probe.Refused, probe.HostUnreachable, probe.NetUnreachable, probe.TooBig, probe.Denied:
		return true
	}
	return false
}

// hears finds the questions that a dropped packet belongs to. If its addresses are those of a question, it is not one
// that was translated.
func (k *kernel) hears(d probe.Dropped) {
	for _, translated := range []bool{false, true} {
		found := false
		for _, h := range k.heard {
			target, reply, ok := h.is(d, translated)
			if found = found || ok; ok && h.loses(d, reply) {
				h.lost = append(h.lost, lost{d, reply, target})
			}
		}
		if found {
			return
		}
	}
}

// is reports whether a packet belongs to a question, which address was asked, and whether the packet is an answer.
func (h *hearing) is(d probe.Dropped, translated bool) (target netip.Addr, reply, ok bool) {
	if d.Packet.Number != h.protocol || h.length != 0 && d.Packet.Length != h.length {
		return target, false, false
	}
	from, to := endOf(d.Packet.From), endOf(d.Packet.To)
	switch d.Packet.Kind {
	case probe.PacketSYN, probe.PacketEchoRequest:
		return to.Addr(), false, h.between(d.NetNS, from, to, translated)
	case probe.PacketSYNACK, probe.PacketRST, probe.PacketEchoReply:
		return from.Addr(), true, h.between(d.NetNS, to, from, translated)
	case probe.PacketDatagram:
		if h.between(d.NetNS, from, to, translated) {
			return to.Addr(), false, true
		}
		return from.Addr(), true, h.between(d.NetNS, to, from, translated)
	}
	return target, false, false
}

// between reports whether a packet in a network namespace is between the asker and the target.
func (h *hearing) between(netns string, asker, target netip.AddrPort, translated bool) bool {
	mine := slices.Contains(h.from, asker.Addr())
	there := target.Port() == h.port && (h.named || target.Addr() == h.to)
	switch {
	case target.Addr().IsLoopback(): // every namespace has these addresses
		mine = netns == h.netns
	case translated:
		mine = mine || slices.Contains(h.host, asker.Addr())
		there = there || slices.Contains(h.behind, target)
	}
	return mine && there
}

// endOf reads an address with or without a port.
func endOf(text string) netip.AddrPort {
	if address, err := netip.ParseAddr(text); err == nil {
		return netip.AddrPortFrom(address, 0)
	}
	at, _ := netip.ParseAddrPort(text) // no peer has the zero value
	return at
}

// loses reports whether the drop is a loss. Programs that capture packets, as netlab does, get copies, which are
// dropped, also those that a promiscuous bridge passes to its host. And the asker's own kernel drops an answer when the
// question is over.
func (h *hearing) loses(d probe.Dropped, reply bool) bool {
	switch d.Reason {
	case "PACKET_SOCK_ERROR", "SOCKET_FILTER":
		return false
	case "OTHERHOST":
		return d.NetNS == h.there
	case "NO_SOCKET":
		return !reply || d.NetNS != h.netns
	}
	return true
}
