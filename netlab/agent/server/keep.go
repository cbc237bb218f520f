//go:build linux

package server

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
)

// A filter is a parsed probe.Keep.
type filter struct {
	subnets []netip.Prefix
	macs    [][6]byte
	ports   []uint16
}

// newFilter parses k. A nil filter keeps everything.
func newFilter(k *probe.Keep) (*filter, error) {
	if k == nil {
		return nil, nil // no filter is a filter
	}
	f := &filter{}
	for _, s := range k.Subnets {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, fmt.Errorf("keeping frames of %q: %w", s, err)
		}
		f.subnets = append(f.subnets, p)
	}
	for _, s := range k.MACs {
		m, err := net.ParseMAC(s)
		if err != nil || len(m) != 6 {
			return nil, fmt.Errorf("keeping frames of %q: that is no Ethernet address", s)
		}
		f.macs = append(f.macs, [6]byte(m))
	}
	for _, p := range k.Ports {
		f.ports = append(f.ports, uint16(p))
	}
	return f, nil
}

// keeps reports whether to send a frame.
func (f *filter) keeps(frame []byte) bool {
	const header = 14
	switch {
	case f == nil:
		return true
	case len(frame) < header:
		return false
	case slices.Contains(f.macs, [6]byte(frame)), slices.Contains(f.macs, [6]byte(frame[6:])):
		return true
	}
	body := frame[header:]
	switch binary.BigEndian.Uint16(frame[12:]) {
	case unix.ETH_P_ARP:
		return f.within(body, 14, 4) || f.within(body, 24, 4) // RFC 826: the sender's and the target's address
	case unix.ETH_P_IP:
		return f.within(body, 12, 4) || f.within(body, 16, 4) || f.portOfIPv4(body)
	case unix.ETH_P_IPV6:
		return f.within(body, 8, 16) || f.within(body, 24, 16) || f.neighbor(body) ||
			len(body) > 40 && f.port(body[6], body[40:])
	}
	return false
}

// within reports whether the address of this many bytes at an offset is in one of the subnets.
func (f *filter) within(body []byte, at, bytes int) bool {
	if len(body) < at+bytes {
		return false
	}
	a, _ := netip.AddrFromSlice(body[at : at+bytes])
	return slices.ContainsFunc(f.subnets, func(p netip.Prefix) bool { return p.Contains(a) })
}

// neighbor reports whether an IPv6 packet asks for, or announces, the MAC address of an address in the subnets (RFC
// 4861, 4.3).
func (f *filter) neighbor(body []byte) bool {
	const header, solicitation, advertisement = 40, 135, 136
	return len(body) > header && body[6] == unix.IPPROTO_ICMPV6 &&
		(body[header] == solicitation || body[header] == advertisement) && f.within(body, header+8, 16)
}

func (f *filter) portOfIPv4(body []byte) bool {
	const least = 20
	if len(body) < least || laterFragment(body) {
		return false
	}
	length := max(int(body[0]&0x0f)*4, least)
	return len(body) > length && f.port(body[9], body[length:])
}

// port reports whether a TCP segment or UDP datagram is from or to one of the ports.
func (f *filter) port(protocol byte, body []byte) bool {
	if protocol != unix.IPPROTO_TCP && protocol != unix.IPPROTO_UDP || len(body) < 4 {
		return false
	}
	return slices.Contains(f.ports, binary.BigEndian.Uint16(body)) ||
		slices.Contains(f.ports, binary.BigEndian.Uint16(body[2:]))
}
