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

// A detour sends SYNs a way that the kernel would not choose, so in frames of its own.
type detour struct {
	socket   *os.File
	link     *netlink.LinkAttrs
	next     net.HardwareAddr
	from, to netip.AddrPort
	sequence uint32
	reset    bool // send a RST after a silence
}

// reachVia answers a probe.Reach with a Via.
func reachVia(ctx context.Context, q probe.Reach, to netip.AddrPort) probe.Outcome {
	link, err := netlink.LinkByName(q.Via.Link)
	if err != nil {
		return broken("interface %q: %v", q.Via.Link, err)
	}
	next := to.Addr()
	if q.Via.MAC == "" {
		next, err = netip.ParseAddr(q.Via.Gateway)
	}
	if err != nil || next.Is4() != to.Addr().Is4() || next.Is6() && q.Via.MAC == "" || q.Network != "tcp" {
		return broken("no detour of %s through %q", q.Network, q.Via.Gateway)
	}
	source := addressOn(link, next)
	if !source.IsValid() {
		detail := q.Via.Link + " has no address in the subnet of " + next.String()
		return probe.Outcome{Reason: probe.NetUnreachable, Detail: detail}
	}
	path := &probe.Path{Link: q.Via.Link, Source: source.String(), Gateway: q.Via.Gateway, MAC: q.Via.MAC}
	if path.MAC == "" {
		macs, _, err := whoHas(ctx, link.Attrs(), source, next)
		switch {
		case err != nil:
			return broken("asking for %s: %v", next, err)
		case len(macs) == 0:
			return probe.Outcome{Reason: probe.HostUnreachable, Detail: fmt.Sprintf("no ARP reply from %s", next), Path: path}
		}
		path.MAC = macs[0]
	}
	d := &detour{link: link.Attrs(), to: to, sequence: q.Sequence, reset: q.Reset}
	if d.next, err = net.ParseMAC(path.MAC); err != nil {
		return broken("%v", err)
	}
	reserved, port, err := reservePort(source)
	if err != nil {
		return broken("reserving a port: %v", err)
	}
	defer unix.Close(reserved)
	d.from = netip.AddrPortFrom(source, port)
	if d.socket, err = openFrames(d.link, d.etherType()); err != nil {
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
	addrs, err := netlink.AddrList(link, netlink.FAMILY_ALL)
	if err != nil {
		return netip.Addr{}
	}
	for _, a := range addrs {
		if own, ok := netip.AddrFromSlice(a.IP); ok && a.IPNet.Contains(net.IP(other.AsSlice())) {
			return own.Unmap()
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

func (d *detour) etherType() uint16 {
	if d.to.Addr().Is6() {
		return unix.ETH_P_IPV6
	}
	return unix.ETH_P_IP
}

// frame returns an Ethernet frame with an IP packet that has a TCP segment (RFC 791, 3.1; RFC 8200, 3).
func (d *detour) frame(sequence uint32, flags byte) []byte {
	const version4, version6, ttl, header4 = 4<<4 | 5, 6 << 4, 64, 20
	tcp := segment(d.from, d.to, sequence, flags)
	var ip []byte
	if d.to.Addr().Is6() {
		ip = binary.BigEndian.AppendUint16([]byte{version6, 0, 0, 0}, uint16(len(tcp)))
		ip = append(ip, unix.IPPROTO_TCP, ttl)
	} else {
		ip = binary.BigEndian.AppendUint16([]byte{version4, 0}, uint16(header4+len(tcp)))
		ip = binary.BigEndian.AppendUint16(ip, uint16(rand.Uint32()))
		ip = append(ip, 0, 0, ttl, unix.IPPROTO_TCP, 0, 0)
	}
	ip = append(ip, d.from.Addr().AsSlice()...)
	ip = append(ip, d.to.Addr().AsSlice()...)
	if d.to.Addr().Is4() {
		binary.BigEndian.PutUint16(ip[10:], checksum(ip))
	}
	return slices.Concat(d.next, d.link.HardwareAddr, binary.BigEndian.AppendUint16(nil, d.etherType()), ip, tcp)
}
