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
	"sync"
	"syscall"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/link"
	"github.com/cilium/ebpf/ringbuf"
	"golang.org/x/sys/unix"

	"netlab/netlab/agent"
	"netlab/netlab/probe"
	"netlab/netlab/safely"
)

// kernelBTF is where the kernel describes itself.
const kernelBTF = "/sys/kernel/btf/vmlinux"

// maxEvents is how many bytes of events the kernel keeps, at least. A question has some dozens of packets.
const maxEvents = 64 << 10

// A Witness answers questions. Create it with [New].
type Witness struct {
	layout func() (*layout, error) // of this kernel

	mu    sync.Mutex
	named map[string]*watching // those that can be marked
}

// New returns a witness. It begins to read the kernel's BTF, which takes a tenth of a second.
func New() *Witness {
	w := &Witness{layout: sync.OnceValues(func() (*layout, error) { return readKernel(kernelBTF) })}
	safely.Go(context.Background(), func() { _, _ = w.layout() })
	return w
}

// Run answers a question, which is a probe.Drops or a probe.Mark, as the agent's server wants it: it returns when ctx
// has ended, or after an outcome that is not ok.
func (w *Witness) Run(ctx context.Context, q probe.Question, tell func(agent.Reply)) {
	switch {
	case q.Drops != nil:
		w.watch(ctx, *q.Drops, tell)
	case q.Mark != nil:
		w.mark(ctx, q.Mark.Capture, tell)
	default:
		tell(agent.Reply{Outcome: &probe.Outcome{Reason: probe.Broken, Detail: "the witness is only asked for drops"}})
	}
}

func (w *Witness) watch(ctx context.Context, q probe.Drops, tell func(agent.Reply)) {
	watched, err := w.attach(q)
	if err != nil {
		o := probe.Outcome{Reason: probe.Broken, Detail: err.Error()}
		if errors.Is(err, fs.ErrPermission) {
			o.Reason = probe.Denied
		}
		tell(agent.Reply{Outcome: &o})
		return
	}
	defer watched.close()
	defer w.enter(q.Name, watched)()
	stop := context.AfterFunc(ctx, func() { _ = watched.reader.Flush() }) // fails only on a closed reader
	defer stop()
	defer close(watched.ended)
	tell(agent.Reply{Outcome: &probe.Outcome{Reason: probe.OK}})
	sent := 0
	for {
		record, err := watched.reader.Read()
		switch {
		case errors.Is(err, ringbuf.ErrFlushed):
			if ctx.Err() != nil { // and all that the kernel has reported is sent
				return
			}
			watched.flushed <- sent
			continue
		case err != nil:
			return
		}
		if d, ok := watched.layout.dropped(record.RawSample); ok {
			sent++
			tell(agent.Reply{Dropped: &d})
		}
	}
}

// enter makes a watching known by its name, if it has one, until leave is called.
func (w *Witness) enter(name string, watched *watching) (leave func()) {
	if name == "" {
		return func() {}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.named == nil {
		w.named = map[string]*watching{}
	}
	w.named[name] = watched
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.named, name)
	}
}

// mark answers how many drops were sent, once all that the kernel has reported so far are among them.
func (w *Witness) mark(ctx context.Context, name string, tell func(agent.Reply)) {
	w.mu.Lock()
	watched := w.named[name]
	w.mu.Unlock()
	o := probe.Outcome{Reason: probe.Broken, Detail: fmt.Sprintf("nothing is watched as %q", name)}
	if watched == nil {
		tell(agent.Reply{Outcome: &o})
		return
	}
	watched.marking.Lock() // so that the next flush is this one
	defer watched.marking.Unlock()
	if err := watched.reader.Flush(); err == nil {
		select {
		case sent := <-watched.flushed:
			tell(agent.Reply{Outcome: &probe.Outcome{Reason: probe.OK}, Marked: &probe.Marked{Frames: sent}})
			return
		case <-watched.ended:
		}
	}
	if ctx.Err() == nil {
		tell(agent.Reply{Outcome: &o})
	}
}

// A watching is a program that is attached.
type watching struct {
	layout *layout
	reader *ringbuf.Reader
	opened []interface{ Close() error }

	marking sync.Mutex
	flushed chan int      // after each flush: how many drops were sent
	ended   chan struct{} // closed when nothing is read any more
}

func (w *watching) close() {
	for _, o := range w.opened {
		_ = o.Close() // the kernel lets go of everything at the latest when the process ends
	}
}

// attach attaches the program for a question. The error is a sentence, and fs.ErrPermission if the kernel refuses.
func (w *Witness) attach(q probe.Drops) (_ *watching, err error) {
	watched := &watching{flushed: make(chan int, 1), ended: make(chan struct{})}
	defer func() {
		if err != nil {
			watched.close()
		}
	}()
	if watched.layout, err = w.layout(); err != nil {
		return nil, err
	}
	events, err := ebpf.NewMap(&ebpf.MapSpec{Name: "netlab_events", Type: ebpf.RingBuf, MaxEntries: ringSize()})
	if err != nil {
		return nil, refused("makes no ring buffer for netlab", err)
	}
	watched.opened = append(watched.opened, events)
	instructions, err := program(watched.layout, q, events.FD())
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
	watched.opened = append(watched.opened, loaded)
	attached, err := link.AttachRawTracepoint(link.RawTracepointOptions{Name: "kfree_skb", Program: loaded})
	if err != nil {
		return nil, refused("does not let netlab watch skb:kfree_skb", err)
	}
	watched.opened = append(watched.opened, attached)
	watched.reader, err = ringbuf.NewReader(events)
	if err != nil {
		return nil, refused("does not let netlab read its own events", err)
	}
	watched.opened = append(watched.opened, watched.reader)
	return watched, nil
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
		default:
			d.Arrived = int(e.Arrived)
		}
	}
	d.Packet = e.packet()
	d.Reply = d.Packet.Number == unix.IPPROTO_TCP && e.Segment[atFlags]&tcpACK != 0
	return d, true
}
