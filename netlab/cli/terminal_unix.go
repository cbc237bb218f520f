//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package cli

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

func (d device) Readable(wait time.Duration) bool {
	fds := []unix.PollFd{{Fd: int32(d.Fd()), Events: unix.POLLIN}}
	for {
		n, err := unix.Poll(fds, int(wait.Milliseconds()))
		if !errors.Is(err, unix.EINTR) {
			return n > 0 && fds[0].Revents&unix.POLLIN != 0
		}
	}
}

// Drain makes reads return at once while it reads.
func (d device) Drain() []byte {
	fd := int(d.Fd())
	raw, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return nil
	}
	polling := *raw
	polling.Cc[unix.VMIN], polling.Cc[unix.VTIME] = 0, 0
	if err := unix.IoctlSetTermios(fd, setTermios, &polling); err != nil {
		return nil
	}
	defer func() { _ = unix.IoctlSetTermios(fd, setTermios, raw) }()
	var typed []byte
	buffer := make([]byte, 256)
	for {
		n, err := unix.Read(fd, buffer)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if n <= 0 {
			return typed
		}
		typed = append(typed, buffer[:n]...)
	}
}

func (d device) Quiet() (restore func()) {
	fd := int(d.Fd())
	before, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return func() {}
	}
	quiet := *before
	quiet.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(fd, setTermios, &quiet); err != nil {
		return func() {}
	}
	return func() { _ = unix.IoctlSetTermios(fd, setTermios, before) }
}
