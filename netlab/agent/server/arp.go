//go:build linux

package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
)

// How long to listen for ARP replies: until arpWithin, or for arpMore after the first one, because a duplicate
// address gets two replies.
const (
	arpWithin = probe.SilenceResolved
	arpMore   = 200 * time.Millisecond
)

// arp answers probe.ARP.
func arp(ctx context.Context, q probe.ARP) probe.Outcome {
	target, err := netip.ParseAddr(q.Address)
	if err != nil || !target.Unmap().Is4() {
		return broken("ARP asks for an IPv4 address, not for %q", q.Address)
	}
	target = target.Unmap()
	link, sender, failed := arpLink(target, q.Link)
	if link == nil {
		return failed
	}
	start := time.Now()
	macs, first, err := whoHas(ctx, link, sender, target)
	var errno syscall.Errno
	switch {
	case errors.As(err, &errno):
		detail := fmt.Sprintf("asking on %s: %s", link.Name, errnoWords(errno))
		return probe.Outcome{Reason: errnoReason(errno), Detail: detail}
	case err != nil:
		return broken("asking on %s: %v", link.Name, err)
	case len(macs) == 0:
		detail := fmt.Sprintf("no ARP reply on %s for %s in %.1f s", link.Name, target, arpWithin.Seconds())
		if isOwn(target) {
			detail += "; the address belongs to the asker"
		}
		return probe.Outcome{Reason: probe.Timeout, Detail: detail}
	}
	said := fmt.Sprintf("%s is at %s", target, strings.Join(macs, " and at "))
	return probe.Outcome{
		Reason: probe.OK, Value: strings.Join(macs, " "), TookUS: max(first.Sub(start).Microseconds(), 1),
		Evidence: []probe.Evidence{{Source: "ARP on " + link.Name, Text: said}},
	}
}

// arpLink finds the interface to ask on and the own address to ask from, which is 0.0.0.0 if the interface has none
// (RFC 5227 asks this way before an address is used). link is nil if there is no interface to ask on.
func arpLink(target netip.Addr, name string) (link *netlink.LinkAttrs, sender netip.Addr, failed probe.Outcome) {
	sender = netip.IPv4Unspecified()
	var found netlink.Link
	routes, err := netlink.RouteGet(net.IP(target.AsSlice()))
	hasRoute := err == nil && len(routes) > 0
	switch {
	case name != "":
		found, err = netlink.LinkByName(name)
	case hasRoute:
		found, err = netlink.LinkByIndex(routes[0].LinkIndex)
	default:
		return nil, sender, probe.Outcome{
			Reason: probe.NetUnreachable, Detail: fmt.Sprintf("no route to %s, so no interface to ask on", target),
		}
	}
	if err != nil {
		return nil, sender, broken("interface %q: %v", name, err)
	}
	link = found.Attrs()
	if link.Flags&unix.IFF_NOARP != 0 || link.Flags&net.FlagLoopback != 0 || len(link.HardwareAddr) != 6 {
		return nil, sender, broken("interface %q has no ARP", link.Name)
	}
	if hasRoute && routes[0].LinkIndex == link.Index {
		if src, ok := netip.AddrFromSlice(routes[0].Src); ok {
			sender = src.Unmap()
		}
	} else if addrs, err := netlink.AddrList(found, netlink.FAMILY_V4); err == nil && len(addrs) > 0 {
		if src, ok := netip.AddrFromSlice(addrs[0].IP); ok {
			sender = src.Unmap()
		}
	}
	return link, sender, failed
}

// whoHas asks once and returns the MAC addresses that answered, sorted, and when the first one did.
func whoHas(
	ctx context.Context, link *netlink.LinkAttrs, sender, target netip.Addr,
) (macs []string, first time.Time, err error) {
	socket, err := openFrames(link, unix.ETH_P_ARP)
	if err != nil {
		return nil, first, err
	}
	defer socket.Close()
	if err := socket.SetDeadline(time.Now().Add(arpWithin)); err != nil {
		return nil, first, err
	}
	stop := context.AfterFunc(ctx, func() { _ = socket.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := socket.Write(arpRequest(link.HardwareAddr, sender, target)); err != nil {
		return nil, first, err
	}
	buf := make([]byte, 256)
	for {
		n, err := socket.Read(buf)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			slices.Sort(macs)
			return macs, first, nil
		}
		if err != nil {
			return nil, first, err
		}
		mac, ok := arpReply(buf[:n], target)
		if !ok || slices.Contains(macs, mac) {
			continue
		}
		if macs = append(macs, mac); len(macs) == 1 {
			first = time.Now()
			if err := socket.SetDeadline(first.Add(arpMore)); err != nil {
				return nil, first, err
			}
			if ctx.Err() != nil {
				return nil, first, ctx.Err() // its deadline may have been overwritten
			}
		}
	}
}

// The fixed parts of an ARP message about IPv4 on Ethernet (RFC 826): hardware, protocol, the lengths of their
// addresses, and the operation.
const (
	arpOfIPv4  = "\x00\x01\x08\x00\x06\x04"
	arpAsks    = arpOfIPv4 + "\x00\x01"
	arpAnswers = arpOfIPv4 + "\x00\x02"
	etherARP   = "\x08\x06"
	arpLength  = len(arpAnswers) + 2*(6+4)
)

// arpRequest returns the Ethernet frame that asks everyone on the link.
func arpRequest(mac net.HardwareAddr, sender, target netip.Addr) []byte {
	return slices.Concat(
		bytes.Repeat([]byte{0xff}, 6), mac, []byte(etherARP),
		[]byte(arpAsks), mac, sender.AsSlice(), make([]byte, 6), target.AsSlice(),
	)
}

// arpReply returns target's MAC address if frame is an ARP reply for target.
func arpReply(frame []byte, target netip.Addr) (mac string, ok bool) {
	const header = 14
	if len(frame) < header+arpLength || string(frame[12:header]) != etherARP {
		return "", false
	}
	message := frame[header:]
	body := message[len(arpAnswers):]
	if string(message[:len(arpAnswers)]) != arpAnswers || !bytes.Equal(body[6:10], target.AsSlice()) {
		return "", false
	}
	return net.HardwareAddr(body[:6]).String(), true
}
