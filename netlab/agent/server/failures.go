//go:build linux

package server

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"netlab/netlab/agent"
	"netlab/netlab/probe"
)

// How often silences are judged, and changed numbers are told.
const (
	judgeEvery = 100 * time.Millisecond
	tellEvery  = 250 * time.Millisecond
)

// An overhearing is a packet socket whose packets go to failures.
type overhearing struct {
	file    *os.File
	buf     []byte
	control []byte
	links   map[int]link
	to      *failures
}

// listenForFailures answers probe.Failures.
func listenForFailures(ctx context.Context, q probe.Failures, bound func(probe.Outcome), tell func(agent.Reply)) {
	o, err := overhear()
	if err != nil {
		var errno syscall.Errno
		if errors.As(err, &errno) {
			bound(probe.Outcome{Reason: errnoReason(errno), Detail: "listening to packets: " + errnoWords(errno)})
			return
		}
		bound(broken("listening to packets: %v", err))
		return
	}
	defer o.file.Close()
	var last probe.Traffic
	count := func() {
		if now := o.to.counts(); now != last {
			last = now
			tell(agent.Reply{Traffic: &now})
		}
	}
	o.to = newFailures(q.Search, func(f probe.Failure) {
		count()
		tell(agent.Reply{Failure: &f})
	})
	end := time.Now().Add(time.Duration(q.ForMS) * time.Millisecond)
	bound(probe.Outcome{Reason: probe.OK})
	counted := time.Now()
	for ctx.Err() == nil && (q.ForMS == 0 || time.Now().Before(end)) {
		seen, err := o.read(time.Now().Add(judgeEvery))
		if err != nil {
			break
		}
		o.to.tick(seen)
		now := time.Now()
		if now.Sub(counted) >= tellEvery {
			counted = now
			o.countMissed()
			count()
		}
	}
	o.countMissed()
	count()
}

// overhear opens the socket. The filter is there before it receives anything.
func overhear() (o *overhearing, err error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	o = &overhearing{
		file: os.NewFile(uintptr(fd), "failures"), links: map[int]link{},
		buf: make([]byte, copyDNS), control: make([]byte, 128),
	}
	defer func() {
		if err != nil {
			o.file.Close()
		}
	}()
	if err := attachFilter(fd, filterOfFailures()); err != nil {
		return nil, err
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveQueue) // the default is smaller, and may be enough
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		return nil, err
	}
	all := binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, unix.ETH_P_ALL)) // htons
	return o, unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: all})
}

// maxAtOnce is how many packets are taken before silences are judged again.
const maxAtOnce = 1024

// read takes what arrives until a time, or what waits. It returns up to when all packets have been seen.
func (o *overhearing) read(until time.Time) (seen time.Time, err error) {
	raw, err := o.file.SyscallConn()
	if err == nil {
		err = o.file.SetReadDeadline(until)
	}
	if err != nil {
		return seen, err
	}
	taken, failed := 0, error(nil)
	err = raw.Read(func(fd uintptr) (done bool) {
		for {
			seen = time.Now()
			n, oobn, _, from, err := unix.Recvmsg(int(fd), o.buf, o.control, 0)
			switch {
			case errors.Is(err, unix.EINTR), errors.Is(err, unix.ENETDOWN): // the interface went down
				continue
			case errors.Is(err, unix.EAGAIN):
				return taken > 0
			case err != nil:
				failed = err
				return true
			}
			at := stamp(o.control[:oobn])
			o.take(o.buf[:n], at, from)
			if taken++; taken == maxAtOnce {
				seen = time.Unix(0, at)
				return true
			}
		}
	})
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = nil
	}
	return seen, errors.Join(err, failed)
}

func (o *overhearing) take(packet []byte, at int64, from unix.Sockaddr) {
	address, ok := from.(*unix.SockaddrLinklayer)
	if !ok {
		return
	}
	on := linkAt(o.links, address.Ifindex)
	g := &glimpse{
		at: time.Unix(0, at), link: address.Ifindex, loopback: on.loopback,
		leaves: address.Pkttype == unix.PACKET_OUTGOING, passes: address.Pkttype == unix.PACKET_OTHERHOST,
	}
	if g.read(packet) {
		o.to.see(g)
	}
}

// countMissed adds the packets that the kernel dropped because the socket's queue was full.
func (o *overhearing) countMissed() {
	raw, err := o.file.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) { // fails only on a closed file
		if s, err := unix.GetsockoptTpacketStats(int(fd), unix.SOL_PACKET, unix.PACKET_STATISTICS); err == nil {
			o.to.traffic.Missed += int(s.Drops) // reading resets the kernel's counter
		}
	})
}
