//go:build linux

package server

import (
	"context"
	"encoding/binary"
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"netlab/netlab/agent"
	"netlab/netlab/probe"
)

// listener captures in a box. upToNow returns what it has captured so far.
func (b *box) listener(t *testing.T, q probe.Capture) (upToNow func() []probe.Frame) {
	t.Helper()
	replies, err := b.Stream(t.Context(), probe.Question{Capture: &q})
	check(t, err)
	if r := <-replies; r.Outcome == nil || r.Outcome.Reason != probe.OK {
		t.Fatalf("the capture says %+v", r.Outcome)
	}
	var all []probe.Frame
	return func() []probe.Frame {
		t.Helper()
		var marked *probe.Marked
		answers, err := b.Stream(t.Context(), probe.Question{Mark: &probe.Mark{}})
		check(t, err)
		for r := range answers {
			marked = r.Marked
		}
		if marked == nil || marked.Dropped != 0 {
			t.Fatalf("marked %+v", marked)
		}
		for len(all) < marked.Frames {
			r := <-replies
			all = append(all, *r.Frame)
		}
		return all
	}
}

// echoes counts the ICMP echo requests and replies between two IPv4 addresses, in both directions.
func echoes(frames []probe.Frame, a, b string) (requests, replies int) {
	for _, f := range frames {
		if binary.BigEndian.Uint16(f.Data[12:]) != 0x0800 || f.Data[23] != 1 || f.Length != len(f.Data) {
			continue
		}
		from, _ := netip.AddrFromSlice(f.Data[26:30])
		to, _ := netip.AddrFromSlice(f.Data[30:34])
		ends := []string{from.String(), to.String()}
		if !slices.Contains(ends, a) || !slices.Contains(ends, b) {
			continue
		}
		switch f.Data[34] {
		case 8:
			requests++
		case 0:
			replies++
		}
	}
	return requests, replies
}

// newSwitch returns a box with a bridge br0 that hosts can be connected to.
func newSwitch(t *testing.T, address string) *box {
	t.Helper()
	b := newBox(t)
	check(t, b.net.LinkAdd(&netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: "br0"}}))
	b.address(t, "br0", address)
	b.up(t, "br0")
	return b
}

// host returns a box whose eth0 is connected to the switch's port.
func (b *box) host(t *testing.T, port, address string) *box {
	t.Helper()
	h := newBox(t)
	check(t, b.net.LinkAdd(&netlink.Veth{
		LinkAttrs: netlink.LinkAttrs{Name: port}, PeerName: "eth0", PeerNamespace: netlink.NsPid(h.pid),
	}))
	check(t, b.net.LinkSetMaster(b.link(t, port), b.link(t, "br0")))
	h.address(t, "eth0", address)
	h.up(t, "eth0")
	b.up(t, port)
	return h
}

// A capture misses nothing, repeats nothing and adds nothing: at the asker, at the bridge that forwards between its
// ports, and at the target.
func TestCaptureCounts(t *testing.T) {
	t.Parallel()
	const echoCount, lengthy = 25, 1400
	bridge := newSwitch(t, "10.78.0.1/24")
	alice, bob := bridge.host(t, "port1", "10.78.0.2/24"), bridge.host(t, "port2", "10.78.0.3/24")
	carol := bridge.host(t, "port3", "10.78.0.4/24")
	start := time.Now().UnixNano()
	places := map[string]func() []probe.Frame{
		"alice": alice.listener(t, probe.Capture{}),
		"bridge": bridge.listener(t, probe.Capture{
			Links: []string{"br0"}, Keep: &probe.Keep{Subnets: []string{"10.78.0.2/32", "10.78.0.3/32"}},
		}),
		"bob": bob.listener(t, probe.Capture{}),
	}
	for _, count := range []int{1, echoCount - 1} {
		ping := &probe.Ping{Host: "10.78.0.3", Count: count, Size: lengthy}
		o, err := alice.Ask(t.Context(), probe.Question{Ping: ping})
		check(t, err)
		if o.Reason != probe.OK {
			t.Fatalf("got %+v", o)
		}
	}
	strangers, err := carol.Ask(t.Context(), pingOf("10.78.0.1")) // not one of the lab's
	check(t, err)
	if strangers.Reason != probe.OK {
		t.Fatalf("got %+v", strangers)
	}
	for place, upToNow := range places {
		frames := upToNow()
		if asked, answered := echoes(frames, "10.78.0.2", "10.78.0.3"); asked != echoCount || answered != echoCount {
			t.Errorf("%s saw %d requests and %d replies, want %d of each", place, asked, answered, echoCount)
		}
		for _, f := range frames {
			if f.TimeNS < start || f.TimeNS > time.Now().UnixNano() {
				t.Errorf("%s saw a frame at %d, which is not within the test", place, f.TimeNS)
			}
		}
	}
	if asked, answered := echoes(places["bridge"](), "10.78.0.4", "10.78.0.1"); asked+answered != 0 {
		t.Errorf("the bridge's capture tells %d frames of others", asked+answered)
	}
}

// On loopback the same interface sends and receives a frame, which is reported once.
func TestCaptureOnLoopback(t *testing.T) {
	t.Parallel()
	const perEcho, perRefusal = 2, 2 // request and reply, SYN and RST
	for _, test := range []struct {
		name string
		ask  probe.Capture
		want int
	}{
		{"all", probe.Capture{}, perEcho + 3*perRefusal},
		{"a port", probe.Capture{Links: []string{"lo"}, Keep: &probe.Keep{Ports: []int{81}}}, perRefusal},
		{"a subnet", probe.Capture{Keep: &probe.Keep{Subnets: []string{"127.0.0.2/32"}}}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			alice := newBox(t)
			upToNow := alice.listener(t, test.ask)
			_, err := alice.Ask(t.Context(), pingOf("127.0.0.1"))
			check(t, err)
			for _, port := range []int{80, 81, 82} {
				_, err := alice.Ask(t.Context(), connectTo("tcp", "127.0.0.1", port))
				check(t, err)
			}
			if got := len(upToNow()); got != test.want {
				t.Errorf("got %d frames, want %d", got, test.want)
			}
		})
	}
}

// Once a capture is reported as bound, a mark can be set right away.
func TestCaptureIsMarkedOnceBound(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("packet sockets need root")
	}
	ctx, stop := context.WithCancel(t.Context())
	all := &captures{}
	bound := func(o probe.Outcome) {
		defer stop()
		if o.Reason != probe.OK {
			t.Errorf("got %+v", o)
		}
		ask(t, newMachine(), connectTo("tcp", "127.0.0.81", 81))
		if got := all.mark(probe.Mark{}); got.Frames != 2 { // SYN and RST
			t.Errorf("marked %+v, want 2 frames", got)
		}
	}
	all.capture(ctx, probe.Capture{Keep: &probe.Keep{Subnets: []string{"127.0.0.81/32"}}}, bound, func(agent.Reply) {})
}

func TestCaptureRefuses(t *testing.T) {
	t.Parallel()
	alice := newBox(t)
	for _, q := range []probe.Capture{
		{Links: []string{"eth9"}},
		{Keep: &probe.Keep{Subnets: []string{"10.0.0.0"}}},
		{Keep: &probe.Keep{MACs: []string{"02:42"}}},
	} {
		o, err := alice.Ask(t.Context(), probe.Question{Capture: &q})
		check(t, err)
		if o.Reason != probe.Broken || o.Detail == "" {
			t.Errorf("%+v: got %+v, want broken", q, o)
		}
	}
	if got := ask(t, machine{captures: &captures{}}, probe.Question{Mark: &probe.Mark{}}); got.Reason != probe.OK {
		t.Errorf("a mark without a capture: got %+v", got)
	}
}

// A frame is kept for its ports only if it has some: not for bytes of a later fragment that look like them. What is no
// Ethernet frame has no fields to look at.
func TestCaptureKeepsNothingElse(t *testing.T) {
	keep, err := newFilter(&probe.Keep{Ports: []int{8080}})
	check(t, err)
	header := func(fragment uint16) []byte {
		frame := append(make([]byte, 12), 0x08, 0x00)
		frame = append(frame, 0x45, 0, 0, 28, 0, 0)
		frame = binary.BigEndian.AppendUint16(frame, fragment)
		frame = append(frame, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2)
		return append(frame, 0x1f, 0x90, 0x1f, 0x90, 0, 8, 0, 0)
	}
	const more = 1 << 13
	if !keep.keeps(header(0)) || !keep.keeps(header(more)) {
		t.Error("the port of a datagram, or of its first fragment, does not count")
	}
	if keep.keeps(header(more | 185)) {
		t.Error("bytes of a later fragment count as ports")
	}
	e := &earpiece{links: map[int]link{1: {name: "tun0"}}, buf: header(0)}
	for hardware, want := range map[uint16]bool{unix.ARPHRD_ETHER: true, unix.ARPHRD_NONE: false} {
		if _, got := e.frame(len(e.buf), nil, &unix.SockaddrLinklayer{Ifindex: 1, Hatype: hardware}); got != want {
			t.Errorf("a frame of hardware %d is told: %t", hardware, got)
		}
	}
}

// A frame can be cut to any length without causing a panic.
func FuzzKeep(f *testing.F) {
	keep, err := newFilter(&probe.Keep{Subnets: []string{"10.0.0.0/8", "fd00::/8"}, Ports: []int{53}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append(make([]byte, 12), 0x08, 0x00))
	f.Add(append(make([]byte, 12), 0x08, 0x00, 0x4f))
	f.Add(append(make([]byte, 12), 0x86, 0xdd, 0x60))
	f.Add(append(make([]byte, 12), 0x08, 0x06, 0x00))
	f.Fuzz(func(_ *testing.T, frame []byte) { keep.keeps(frame) })
}
