//go:build linux

package server

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
)

// readMost is how much of a file is read, in bytes, which is enough for a line on a screen.
const readMost = 4 << 10

// readWithin is how long a file that is no regular one, such as a FIFO, may take to say something.
const readWithin = 100 * time.Millisecond

// readFile answers probe.Read. It does not wait for the other end of a FIFO.
func readFile(q probe.Read) probe.Outcome {
	f, err := os.OpenFile(q.Path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return fileOutcome(err)
	}
	defer f.Close()
	_ = f.SetReadDeadline(time.Now().Add(readWithin)) // a regular file has none, and never makes wait
	text, err := io.ReadAll(io.LimitReader(f, readMost))
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return fileOutcome(err)
	}
	words := strings.Fields(strings.ToValidUTF8(string(text), "\uFFFD"))
	return probe.Outcome{Reason: probe.OK, Value: strings.Join(words, " ")}
}

// writeFile answers probe.Write. It does not wait for the other end of a FIFO either.
func writeFile(q probe.Write) probe.Outcome {
	content := append([]byte(q.Text), '\n')
	if q.Bytes > 0 {
		content = bytes.Repeat([]byte{0}, q.Bytes)
	}
	f, err := os.OpenFile(q.Path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|unix.O_NONBLOCK, 0o644)
	if err != nil {
		return fileOutcome(err)
	}
	_, err = f.Write(content)
	if err := errors.Join(err, f.Close()); err != nil {
		return fileOutcome(err)
	}
	return probe.Outcome{Reason: probe.OK}
}

// fileOutcome translates the kernel's errno for a file.
func fileOutcome(err error) probe.Outcome {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return broken("%v", err)
	}
	o := probe.Outcome{Reason: probe.Broken, Detail: errnoWords(errno)}
	switch errno {
	case unix.ENOENT, unix.ENOTDIR:
		o.Reason = probe.NotFound
	case unix.EROFS, unix.EACCES, unix.EPERM:
		o.Reason = probe.Denied
	}
	return o
}
