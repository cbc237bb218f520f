//go:build linux

package server

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
	"syscall"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// What a netlink message about connection tracking has (linux/netfilter/nfnetlink_conntrack.h).
const (
	ctGet      = 1 // IPCTNL_MSG_CT_GET
	ctOriginal = 1 // CTA_TUPLE_ORIG
	ctReply    = 2 // CTA_TUPLE_REPLY
	ctTimeout  = 7 // CTA_TIMEOUT
	ctIP       = 1 // CTA_TUPLE_IP
	ctProto    = 2 // CTA_TUPLE_PROTO
	ctSource   = 1 // CTA_IP_V4_SRC
	ctTarget   = 2 // CTA_IP_V4_DST
	ctNumber   = 1 // CTA_PROTO_NUM
	ctFromPort = 2 // CTA_PROTO_SRC_PORT
	ctToPort   = 3 // CTA_PROTO_DST_PORT
)

// maxFlows is how many entries an answer has at most.
const maxFlows = 4096

// readFlows answers probe.Flows. It looks at one entry at a time, because a host can have a million.
func readFlows(q probe.Flows) ([]fact.Flow, probe.Outcome) {
	subnets := make([]netip.Prefix, 0, len(q.Subnets))
	for _, cidr := range q.Subnets {
		p, err := netip.ParsePrefix(cidr)
		if err != nil {
			return nil, broken("%q is not a subnet", cidr)
		}
		subnets = append(subnets, p)
	}
	request := nl.NewNetlinkRequest(unix.NFNL_SUBSYS_CTNETLINK<<8|ctGet, unix.NLM_F_DUMP)
	request.AddData(&nl.Nfgenmsg{NfgenFamily: unix.NFPROTO_IPV4, Version: nl.NFNETLINK_V0})
	var flows []fact.Flow
	err := request.ExecuteIter(unix.NETLINK_NETFILTER, 0, func(message []byte) bool {
		f, ok := udpFlow(message)
		leads, _ := netip.ParseAddrPort(f.Leads)
		to, _ := netip.ParseAddrPort(f.To)
		if ok && (slices.Contains(q.Ports, int(to.Port())) ||
			slices.ContainsFunc(subnets, func(p netip.Prefix) bool { return p.Contains(leads.Addr()) })) {
			flows = append(flows, f)
		}
		return len(flows) < maxFlows
	})
	var errno syscall.Errno
	switch {
	case errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES):
		return nil, probe.Outcome{Reason: probe.Denied, Detail: "reading connection tracking needs NET_ADMIN"}
	case errors.As(err, &errno): // a kernel without it
		return nil, probe.Outcome{Reason: probe.NotFound, Detail: "reading connection tracking: " + errnoWords(errno)}
	case settled(err) != nil:
		return nil, broken("reading connection tracking: %v", err)
	}
	return flows, probe.Outcome{Reason: probe.OK}
}

// udpFlow reads an entry. ok is whether it is about UDP over IPv4.
func udpFlow(message []byte) (f fact.Flow, ok bool) {
	if len(message) < nl.SizeofNfgenmsg {
		return f, false
	}
	entry, err := parseAttributes(message[nl.SizeofNfgenmsg:])
	if err != nil {
		return f, false
	}
	from, to, ok := tuple(entry.get(ctOriginal))
	leads, _, replies := tuple(entry.get(ctReply))
	return fact.Flow{
		From: from.String(), To: to.String(), Leads: leads.String(), ExpiresS: int(number(entry.get(ctTimeout))),
	}, ok && replies
}

// tuple reads one direction of an entry. ok is whether it is about UDP over IPv4.
func tuple(b []byte) (from, to netip.AddrPort, ok bool) {
	of, err := parseAttributes(b)
	if err != nil {
		return from, to, false
	}
	ip, err := parseAttributes(of.get(ctIP))
	if err != nil {
		return from, to, false
	}
	proto, err := parseAttributes(of.get(ctProto))
	if err != nil {
		return from, to, false
	}
	source, okSource := netip.AddrFromSlice(ip.get(ctSource))
	target, okTarget := netip.AddrFromSlice(ip.get(ctTarget))
	kind, fromPort, toPort := proto.get(ctNumber), proto.get(ctFromPort), proto.get(ctToPort)
	if !okSource || !okTarget || len(kind) != 1 || kind[0] != unix.IPPROTO_UDP || len(fromPort) != 2 || len(toPort) != 2 {
		return from, to, false
	}
	return netip.AddrPortFrom(source, binary.BigEndian.Uint16(fromPort)),
		netip.AddrPortFrom(target, binary.BigEndian.Uint16(toPort)), true
}
