//go:build linux

package server

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
)

// What a holder of the token asks the other end of a load to do, in one byte after the exchange of tokens. A client
// that only measures connections sends none.
const (
	echoBytes = 'e' // send back each byte
	takeBytes = 't' // read everything, and send the number of bytes at the end: 8 bytes, big-endian
)

const (
	loadBlock   = 128 << 10              // bytes per read or write, like iperf3's
	loadPatient = 3 * time.Second        // a transfer without progress for this long is over
	loadLook    = 100 * time.Millisecond // how long one call blocks before it checks whether to continue
)

// serveLoad answers probe.ServeLoad. It passes its outcome to bound.
func serveLoad(ctx context.Context, q probe.ServeLoad, bound func(probe.Outcome)) {
	at, family, err := bindAddress(q.Address, q.Port)
	switch {
	case err != nil:
		bound(broken("%v", err))
		return
	case !usableToken(q.Token):
		bound(broken("a listener needs a token that can be sent"))
		return
	}
	l, err := bindTCP(at, family)
	if err != nil {
		bound(bindFailure(err))
		return
	}
	bound(probe.Outcome{Reason: probe.OK, Value: l.Addr().String()})
	serveTCP(ctx, l, func(conn net.Conn, from netip.Addr) {
		if !requestsExchange(conn, q.Token) {
			return
		}
		if _, err := conn.Write(exchangeAnswer(from, localAddress(conn))); err != nil {
			return
		}
		raw, err := conn.(*net.TCPConn).SyscallConn()
		if err != nil {
			return
		}
		_ = raw.Control(func(fd uintptr) { serveLoadOn(ctx, &plainSocket{int(fd)}) })
	})
}

// serveLoadOn does what the client asks until it leaves. It reports no errors: the client sees its own.
func serveLoadOn(ctx context.Context, s *plainSocket) {
	if s.prepare() != nil {
		return
	}
	what := make([]byte, 1)
	if n, err := s.read(ctx, what); n == 0 || err != nil {
		return
	}
	switch what[0] {
	case echoBytes:
		for {
			n, err := s.read(ctx, what)
			if n == 0 || err != nil || s.write(ctx, what) != nil {
				return
			}
		}
	case takeBytes:
		block := make([]byte, loadBlock)
		var taken uint64
		for {
			n, err := s.read(ctx, block)
			if err != nil {
				return
			}
			if n == 0 {
				_ = s.write(ctx, binary.BigEndian.AppendUint64(nil, taken))
				return
			}
			taken += uint64(n)
		}
	}
}

// A plainSocket is a TCP socket whose calls block in the kernel, without Go's poller. A wake-up through the poller
// would be measured as if it were part of the network.
type plainSocket struct{ fd int }

// errLeft means that the other end closed a connection that was still in use.
var errLeft = errors.New("the other end closed the connection")

// prepare makes calls block, but not forever, and sends single bytes without delay.
func (s *plainSocket) prepare() error {
	look := unix.NsecToTimeval(loadLook.Nanoseconds())
	return errors.Join(
		unix.SetNonblock(s.fd, false),
		unix.SetsockoptTimeval(s.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &look),
		unix.SetsockoptTimeval(s.fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &look),
		unix.SetsockoptInt(s.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1),
	)
}

func (s *plainSocket) close() { _ = unix.Close(s.fd) }

// persist calls try until it is done, until nothing has moved for too long (then the error is a *silence), or until
// ctx ends.
func (s *plainSocket) persist(ctx context.Context, try func() (int, error)) (int, error) {
	for start := time.Now(); ; {
		n, err := try()
		switch {
		case ctx.Err() != nil:
			return 0, ctx.Err()
		case errors.Is(err, unix.EINTR): // also caused by Go's own signals
		case !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINPROGRESS) && !errors.Is(err, unix.EALREADY):
			return max(n, 0), err
		case time.Since(start) > loadPatient:
			return 0, &silence{waited: loadPatient}
		}
	}
}

// read reads once; 0 bytes mean the end of the stream.
func (s *plainSocket) read(ctx context.Context, buf []byte) (int, error) {
	return s.persist(ctx, func() (int, error) { return unix.Read(s.fd, buf) })
}

func (s *plainSocket) readFull(ctx context.Context, buf []byte) error {
	for have := 0; have < len(buf); {
		n, err := s.read(ctx, buf[have:])
		if err != nil {
			return err
		}
		if n == 0 {
			return errLeft
		}
		have += n
	}
	return nil
}

func (s *plainSocket) write(ctx context.Context, msg []byte) error {
	for len(msg) > 0 {
		n, err := s.persist(ctx, func() (int, error) { return unix.SendmsgN(s.fd, msg, nil, nil, unix.MSG_NOSIGNAL) })
		if err != nil {
			return err
		}
		msg = msg[n:]
	}
	return nil
}
