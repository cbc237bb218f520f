//go:build linux

package server

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"slices"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
)

// A detour sends SYNs through a gateway that the routing table does not choose: in frames of its own, because the
// kernel would choose.
type detour struct {
	socket   *os.File
	link     *netlink.LinkAttrs
	gateway  net.HardwareAddr
	from, to netip.AddrPort
	sequence uint32
	reset    bool // send a RST after a silence
}

// reachVia answers a probe.Reach with a Via.
func reachVia(ctx context.Context, q probe.Reach, to netip.AddrPort) probe.Outcome {
	gateway, err := netip.ParseAddr(q.Via.Gateway)
	link, err2 := netlink.LinkByName(q.Via.Link)
	switch {
	case err != nil || !gateway.Is4() || !to.Addr().Is4() || q.Network != "tcp":
		return broken("a detour is for TCP and IPv4, not for %s through %q", q.Network, q.Via.Gateway)
	case err2 != nil:
		return broken("interface %q: %v", q.Via.Link, err2)
	}
	source := addressOn(link, gateway)
	if !source.IsValid() {
		return probe.Outcome{Reason: probe.NetUnreachable, Detail: q.Via.Link + " has no address in the gateway's subnet"}
	}
	path := &probe.Path{Link: q.Via.Link, Source: source.String(), Gateway: gateway.String()}
	macs, _, err := whoHas(ctx, link.Attrs(), source, gateway)
	switch {
	case err != nil:
		return broken("asking for %s: %v", gateway, err)
	case len(macs) == 0:
		return probe.Outcome{Reason: probe.HostUnreachable, Detail: fmt.Sprintf("no ARP reply from %s", gateway), Path: path}
	}
	path.MAC = macs[0]
	d := &detour{link: link.Attrs(), to: to, sequence: q.Sequence, reset: q.Reset}
	if d.gateway, err = net.ParseMAC(macs[0]); err != nil {
		return broken("%v", err)
	}
	reserved, port, err := reservePort(source)
	if err != nil {
		return broken("reserving a port: %v", err)
	}
	defer unix.Close(reserved)
	d.from = netip.AddrPortFrom(source, port)
	if d.socket, err = openFrames(d.link, unix.ETH_P_IP); err != nil {
		return broken("sending frames on %s: %v", q.Via.Link, err)
	}
	defer d.socket.Close()
	stop := context.AfterFunc(ctx, func() { _ = d.socket.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	o := d.ask(max(q.Count, 1), time.Duration(q.EveryMS)*time.Millisecond, time.Duration(q.WaitMS)*time.Millisecond, path)
	o.Path = path
	return o
}

// addressOn returns the address of an interface that is in a subnet with another.
func addressOn(link netlink.Link, other netip.Addr) netip.Addr {
	addrs, err := netlink.AddrList(link, netlink.FAMILY_V4)
	if err != nil {
		return netip.Addr{}
	}
	for _, a := range addrs {
		if own, ok := netip.AddrFromSlice(a.IP.To4()); ok && a.IPNet.Contains(net.IP(other.AsSlice())) {
			return own
		}
	}
	return netip.Addr{}
}

// openFrames opens a socket for the frames of one protocol on one interface.
func openFrames(link *netlink.LinkAttrs, protocol uint16) (*os.File, error) {
	// No protocol yet: an unbound packet socket receives from all interfaces.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), "frames")
	order := binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, protocol)) // htons
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: order, Ifindex: link.Index}); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

func (d *detour) ask(count int, every, wait time.Duration, path *probe.Path) probe.Outcome {
	for i := range count {
		if _, err := d.socket.Write(d.frame(d.sequence, tcpSYN)); err != nil {
			return broken("sending a frame: %v", err)
		}
		path.Sent++
		if i == count-1 {
			every = wait
		}
		switch answered, reset, err := d.answer(every); {
		case reset:
			return probe.Outcome{Reason: probe.Refused, From: d.to.Addr().String(), Detail: "RST from " + d.to.Addr().String()}
		case answered:
			_, _ = d.socket.Write(d.frame(d.sequence+1, tcpRST)) // the kernel's own RST goes the usual way
			return probe.Outcome{Reason: probe.OK, From: d.to.Addr().String()}
		case err != nil && !errors.Is(err, os.ErrDeadlineExceeded):
			return broken("waiting for an answer: %v", err)
		}
	}
	if d.reset {
		_, _ = d.socket.Write(d.frame(d.sequence+1, tcpRST))
	}
	return probe.Outcome{Reason: probe.Timeout, Detail: fmt.Sprintf("no answer for %.1f s", wait.Seconds())}
}

// answer waits for a SYN-ACK or a RST.
func (d *detour) answer(wait time.Duration) (answered, reset bool, err error) {
	const ethernet = 14
	if err := d.socket.SetReadDeadline(time.Now().Add(wait)); err != nil {
		return false, false, err
	}
	buf := make([]byte, ethernet+headers)
	for {
		n, err := d.socket.Read(buf)
		if err != nil {
			return false, false, err
		}
		source, protocol, tcp := transport(buf[min(ethernet, n):n])
		if protocol != unix.IPPROTO_TCP || len(tcp) < tcpHeader || source != d.to.Addr() ||
			binary.BigEndian.Uint16(tcp) != d.to.Port() || binary.BigEndian.Uint16(tcp[2:]) != d.from.Port() ||
			binary.BigEndian.Uint32(tcp[8:]) != d.sequence+1 {
			continue
		}
		flags := tcp[13]
		return flags&(tcpSYN|tcpACK) == tcpSYN|tcpACK, flags&tcpRST != 0, nil
	}
}

// frame returns an Ethernet frame to the gateway with an IPv4 packet (RFC 791, 3.1) that has a TCP segment.
func (d *detour) frame(sequence uint32, flags byte) []byte {
	const version4, ttl, headerSize = 4<<4 | 5, 64, 20
	tcp := segment(d.from, d.to, sequence, flags)
	ip := []byte{version4, 0}
	ip = binary.BigEndian.AppendUint16(ip, uint16(headerSize+len(tcp)))
	ip = binary.BigEndian.AppendUint16(ip, uint16(rand.Uint32()))
	ip = append(ip, 0, 0, ttl, unix.IPPROTO_TCP, 0, 0)
	ip = append(ip, d.from.Addr().AsSlice()...)
	ip = append(ip, d.to.Addr().AsSlice()...)
	binary.BigEndian.PutUint16(ip[10:], checksum(ip))
	return slices.Concat(d.gateway, d.link.HardwareAddr, binary.BigEndian.AppendUint16(nil, unix.ETH_P_IP), ip, tcp)
}
