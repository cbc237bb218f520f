//go:build linux

package server

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"netlab/netlab/agent"
	"netlab/netlab/probe"
	"netlab/netlab/safely"
)

// receiveQueue is the receive buffer that a capture requests, in bytes. The kernel limits it to net.core.rmem_max.
const receiveQueue = 4 << 20

// captures holds the running captures, so that a mark can be set in all of them.
type captures struct {
	mu      sync.Mutex
	running []*earpiece
}

// An earpiece is a packet socket that receives from one interface, or from all of the namespace.
type earpiece struct {
	capture string // the name of its capture
	file    *os.File
	keep    *filter
	tell    func(agent.Reply)

	mu      sync.Mutex // guards the fields below, and the order of the frames sent
	buf     []byte
	control []byte
	links   map[int]link
	told    int
	dropped int
}

type link struct {
	name     string
	loopback bool
}

// capture answers probe.Capture.
func (c *captures) capture(ctx context.Context, q probe.Capture, bound func(probe.Outcome), tell func(agent.Reply)) {
	keep, err := newFilter(q.Keep)
	if err != nil {
		bound(broken("%v", err))
		return
	}
	var pieces []*earpiece
	defer func() {
		for _, e := range pieces {
			e.file.Close()
		}
	}()
	for _, name := range orAll(q.Links) {
		e, err := hear(name)
		if err != nil {
			bound(cannotHear(name, err))
			return
		}
		e.capture, e.keep, e.tell = q.Name, keep, tell
		pieces = append(pieces, e)
	}
	c.add(pieces) // before the caller learns of them, because marks count them from then on
	defer c.remove(pieces)
	bound(probe.Outcome{Reason: probe.OK})
	var reading sync.WaitGroup
	for _, e := range pieces {
		stop := context.AfterFunc(ctx, func() { _ = e.file.SetReadDeadline(time.Unix(1, 0)) })
		defer stop()
		reading.Go(safely.In(ctx, e.listen))
	}
	reading.Wait()
}

// orAll returns the interfaces to capture on, one socket each; "" stands for a socket that receives from all.
func orAll(links []string) []string {
	if len(links) == 0 {
		return []string{""}
	}
	return links
}

func cannotHear(name string, err error) probe.Outcome {
	if name == "" {
		name = "all interfaces"
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return probe.Outcome{Reason: errnoReason(errno), Detail: fmt.Sprintf("capturing on %s: %s", name, errnoWords(errno))}
	}
	return broken("capturing on %s: %v", name, err)
}

func (c *captures) add(pieces []*earpiece) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running = append(c.running, pieces...)
}

func (c *captures) remove(pieces []*earpiece) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running = slices.DeleteFunc(c.running, func(e *earpiece) bool { return slices.Contains(pieces, e) })
}

// mark answers probe.Mark.
func (c *captures) mark(q probe.Mark) probe.Marked {
	m := probe.Marked{TimeNS: time.Now().UnixNano()}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.running {
		if e.capture != q.Capture {
			continue
		}
		told, dropped := e.mark()
		m.Frames += told
		m.Dropped += dropped
	}
	return m
}

// hear opens a packet socket on the named interface, or on all if name is "".
func hear(name string) (e *earpiece, err error) {
	address := &unix.SockaddrLinklayer{
		Protocol: binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, unix.ETH_P_ALL)), // htons
	}
	if name != "" {
		on, err := net.InterfaceByName(name)
		if err != nil {
			return nil, err
		}
		address.Ifindex = on.Index
	}
	// No protocol yet: an unbound packet socket receives from all interfaces.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), "capture")
	defer func() {
		if err != nil {
			file.Close()
		}
	}()
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveQueue) // the default is smaller, and is enough
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		return nil, err
	}
	if name != "" {
		// The kernel ends the interface's promiscuous mode when the socket is closed or its owner dies.
		mreq := &unix.PacketMreq{Ifindex: int32(address.Ifindex), Type: unix.PACKET_MR_PROMISC}
		if err := unix.SetsockoptPacketMreq(fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, mreq); err != nil {
			return nil, err
		}
	}
	if err := unix.Bind(fd, address); err != nil {
		return nil, err
	}
	return &earpiece{
		file: file, links: map[int]link{},
		buf: make([]byte, probe.MaxFrame), control: make([]byte, 128),
	}, nil
}

// listen sends the captured frames until the file's deadline.
func (e *earpiece) listen() {
	raw, err := e.file.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Read(func(fd uintptr) (done bool) { // the error is the deadline
		e.mu.Lock()
		defer e.mu.Unlock()
		return !e.drain(int(fd))
	})
}

// mark sends all waiting frames, and returns how many the earpiece has sent so far and how many the kernel has
// dropped.
func (e *earpiece) mark() (told, dropped int) {
	raw, err := e.file.SyscallConn()
	if err != nil {
		return e.told, e.dropped
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	_ = raw.Control(func(fd uintptr) { // fails only on a closed file, which has no more frames
		e.drain(int(fd))
		if s, err := unix.GetsockoptTpacketStats(int(fd), unix.SOL_PACKET, unix.PACKET_STATISTICS); err == nil {
			e.dropped += int(s.Drops) // reading resets the kernel's counter
		}
	})
	return e.told, e.dropped
}

// drain sends all frames that wait in the socket, and reports whether more may arrive.
func (e *earpiece) drain(fd int) bool {
	for {
		n, oobn, _, from, err := unix.Recvmsg(fd, e.buf, e.control, unix.MSG_TRUNC)
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.ENETDOWN): // the interface went down
			continue
		case errors.Is(err, unix.EAGAIN):
			return true
		case err != nil:
			return false
		}
		if f, ok := e.frame(n, e.control[:oobn], from); ok {
			e.told++
			e.tell(agent.Reply{Frame: f})
		}
	}
}

// frame returns the frame that the socket received, if it is one to send.
func (e *earpiece) frame(n int, control []byte, from unix.Sockaddr) (*probe.Frame, bool) {
	address, ok := from.(*unix.SockaddrLinklayer)
	if !ok || address.Hatype != unix.ARPHRD_ETHER && address.Hatype != unix.ARPHRD_LOOPBACK {
		return nil, false // of a tunnel, without an Ethernet header
	}
	on := linkAt(e.links, address.Ifindex)
	if on.loopback && address.Pkttype == unix.PACKET_OUTGOING {
		return nil, false // it arrives again, as a received frame
	}
	data := e.buf[:min(n, len(e.buf))]
	if !e.keep.keeps(data) {
		return nil, false
	}
	return &probe.Frame{TimeNS: stamp(control), Link: on.name, Length: n, Data: slices.Clone(data)}, true
}

// linkAt returns the interface with an index, and remembers it in known.
func linkAt(known map[int]link, index int) link {
	if l, is := known[index]; is {
		return l
	}
	l := link{name: fmt.Sprintf("if%d", index)} // it is gone already
	if i, err := net.InterfaceByIndex(index); err == nil {
		l = link{name: i.Name, loopback: i.Flags&net.FlagLoopback != 0}
	}
	known[index] = l
	return l
}

// stamp returns the time when the kernel saw the frame.
func stamp(control []byte) int64 {
	messages, err := unix.ParseSocketControlMessage(control)
	if err == nil {
		for _, m := range messages {
			if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SCM_TIMESTAMPNS && len(m.Data) >= 16 {
				s, ns := binary.NativeEndian.Uint64(m.Data), binary.NativeEndian.Uint64(m.Data[8:])
				return int64(s)*int64(time.Second) + int64(ns)
			}
		}
	}
	return time.Now().UnixNano()
}
