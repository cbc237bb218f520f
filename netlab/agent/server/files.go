//go:build linux

package server

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
)

// readMost is how much of a file is read, in bytes, which is enough for a line on a screen.
const readMost = 4 << 10

// readFile answers probe.Read. It does not wait for a FIFO.
func readFile(q probe.Read) probe.Outcome {
	f, err := os.OpenFile(q.Path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return fileOutcome(err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, readMost))
	if err != nil {
		return fileOutcome(err)
	}
	words := strings.Fields(strings.ToValidUTF8(string(text), "\uFFFD"))
	return probe.Outcome{Reason: probe.OK, Value: strings.Join(words, " ")}
}

// writeFile answers probe.Write.
func writeFile(q probe.Write) probe.Outcome {
	content := append([]byte(q.Text), '\n')
	if q.Bytes > 0 {
		content = bytes.Repeat([]byte{0}, q.Bytes)
	}
	if err := os.WriteFile(q.Path, content, 0o644); err != nil {
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
