//go:build linux

package witness

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/link"
	"github.com/cilium/ebpf/ringbuf"
	"golang.org/x/sys/unix"

	"netlab/netlab/agent"
	"netlab/netlab/probe"
)

// kernelBTF is where the kernel describes itself.
const kernelBTF = "/sys/kernel/btf/vmlinux"

// maxEvents is how many bytes of events the kernel keeps, at least. A question has some dozens of packets.
const maxEvents = 64 << 10

// Run answers a question, which is a probe.Drops, as the agent's server wants it: it returns when ctx has ended, or
// after an outcome that is not ok.
func Run(ctx context.Context, q probe.Question, tell func(agent.Reply)) {
	if q.Drops == nil {
		tell(agent.Reply{Outcome: &probe.Outcome{Reason: probe.Broken, Detail: "the witness is only asked for drops"}})
		return
	}
	watched, err := watch(*q.Drops)
	if err != nil {
		o := probe.Outcome{Reason: probe.Broken, Detail: err.Error()}
		if errors.Is(err, fs.ErrPermission) {
			o.Reason = probe.Denied
		}
		tell(agent.Reply{Outcome: &o})
		return
	}
	defer watched.close()
	stop := context.AfterFunc(ctx, func() { _ = watched.reader.Close() })
	defer stop()
	tell(agent.Reply{Outcome: &probe.Outcome{Reason: probe.OK}})
	for {
		record, err := watched.reader.Read()
		if err != nil {
			return // it was closed
		}
		if d, ok := watched.layout.dropped(record.RawSample); ok {
			tell(agent.Reply{Dropped: &d})
		}
	}
}

// A watching is a program that is attached.
type watching struct {
	layout *layout
	reader *ringbuf.Reader
	opened []interface{ Close() error }
}

func (w *watching) close() {
	for _, o := range w.opened {
		_ = o.Close() // the kernel lets go of everything at the latest when the process ends
	}
}

// watch attaches the program for a question. The error is a sentence, and fs.ErrPermission if the kernel refuses.
func watch(q probe.Drops) (_ *watching, err error) {
	w := &watching{}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	if w.layout, err = readKernel(kernelBTF); err != nil {
		return nil, err
	}
	events, err := ebpf.NewMap(&ebpf.MapSpec{Name: "netlab_events", Type: ebpf.RingBuf, MaxEntries: ringSize()})
	if err != nil {
		return nil, refused("makes no ring buffer for netlab", err)
	}
	w.opened = append(w.opened, events)
	instructions, err := program(w.layout, q, events.FD())
	if err != nil {
		return nil, err
	}
	loaded, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: "netlab_drops", Type: ebpf.RawTracepoint, Instructions: instructions,
		License: "GPL", // the kernel reads its memory only for such a program; it is about the program that is loaded here
	})
	if err != nil {
		return nil, refused("does not accept netlab's program", err)
	}
	w.opened = append(w.opened, loaded)
	attached, err := link.AttachRawTracepoint(link.RawTracepointOptions{Name: "kfree_skb", Program: loaded})
	if err != nil {
		return nil, refused("does not let netlab watch skb:kfree_skb", err)
	}
	w.opened = append(w.opened, attached)
	w.reader, err = ringbuf.NewReader(events)
	if err != nil {
		return nil, refused("does not let netlab read its own events", err)
	}
	w.opened = append(w.opened, w.reader)
	return w, nil
}

// ringSize is maxEvents in whole pages, whose number is a power of two.
func ringSize() uint32 { return uint32(max(maxEvents, os.Getpagesize())) }

// refused says in one line what the kernel did not do. Its own words on a program are long.
func refused(what string, err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return fmt.Errorf("this kernel %s: %w (%s)", what, errno, unix.ErrnoName(errno))
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return fmt.Errorf("this kernel %s: %s", what, first)
}

func readKernel(file string) (*layout, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("this kernel does not describe itself: there is no BTF in %s", file)
	}
	defer f.Close()
	kernel, err := btf.LoadSpecFromReader(f)
	if err != nil {
		return nil, fmt.Errorf("reading the kernel's BTF: %w", err)
	}
	return readLayout(kernel)
}

// dropped reads an event.
func (l *layout) dropped(sample []byte) (probe.Dropped, bool) {
	var e event
	if binary.Read(bytes.NewReader(sample), binary.NativeEndian, &e) != nil {
		return probe.Dropped{}, false
	}
	d := probe.Dropped{Reason: l.reasons[e.Reason]}
	if d.Reason == "" { // of Open vSwitch, Wi-Fi and others, which count in enums of their own
		d.Reason = fmt.Sprintf("reason %d", e.Reason)
	}
	if e.Inode != 0 {
		d.NetNS = fmt.Sprintf("net:[%d]", e.Inode)
		d.Interface = unix.ByteSliceToString(e.Name[:])
		switch e.Arrived {
		case 0:
			d.Way = probe.WayOut
		case e.Device:
			d.Way = probe.WayIn
		}
	}
	flags := e.Segment[atFlags]
	protocol := e.Header[atProtocol4]
	if e.Header[0]>>4 == 6 {
		protocol = e.Header[atProtocol6]
	}
	d.Reply = protocol == unix.IPPROTO_TCP && flags&tcpACK != 0
	return d, true
}
