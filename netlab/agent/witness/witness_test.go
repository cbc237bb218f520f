//go:build linux

package witness

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"github.com/google/go-cmp/cmp"

	"netlab/netlab/agent"
	"netlab/netlab/probe"
)

// A kernel is the BTF of a kernel, made for a test.
type kernel struct {
	reasons bool // has enum skb_drop_reason
	told    bool // the tracepoint says the reason
	without string
}

func pointerTo(t btf.Type) btf.Type { return &btf.Pointer{Target: t} }

func bytesOf(n uint32) btf.Type {
	return &btf.Array{Index: &btf.Int{Size: 4}, Type: &btf.Int{Name: "char", Size: 1}, Nelems: n}
}

// spec builds the BTF, with the structs as they are in Linux: some fields are in structs and unions without a name.
func (k kernel) spec(t *testing.T) *btf.Spec {
	t.Helper()
	word, long := &btf.Int{Name: "u32", Size: 4}, &btf.Int{Name: "u64", Size: 8}
	netns := &btf.Struct{Name: "net", Size: 128, Members: []btf.Member{
		{Name: "ns", Type: &btf.Struct{Name: "ns_common", Size: 24, Members: []btf.Member{
			{Name: "inum", Type: word, Offset: 16 * 8},
		}}, Offset: 64 * 8},
	}}
	device := &btf.Struct{Name: "net_device", Size: 512, Members: []btf.Member{
		{Name: "ifindex", Type: word, Offset: 224 * 8},
		{Name: "nd_net", Type: &btf.Typedef{Name: "possible_net_t", Type: &btf.Struct{Size: 8, Members: []btf.Member{
			{Name: "net", Type: pointerTo(netns)},
		}}}, Offset: 248 * 8},
		{Name: "name", Type: bytesOf(16), Offset: 304 * 8},
	}}
	route := &btf.Struct{Name: "dst_entry", Size: 64, Members: []btf.Member{
		{Type: &btf.Union{Size: 8, Members: []btf.Member{{Name: "dev", Type: pointerTo(device)}}}},
	}}
	packet := &btf.Struct{Name: "sk_buff", Size: 232, Members: []btf.Member{
		{Type: &btf.Union{Size: 24, Members: []btf.Member{
			{Type: &btf.Struct{Size: 24, Members: []btf.Member{
				{Name: "next", Type: long},
				{Type: &btf.Union{Size: 8, Members: []btf.Member{
					{Name: "dev", Type: pointerTo(device)}, {Name: "dev_scratch", Type: long},
				}}, Offset: 16 * 8},
			}}},
		}}},
		{Name: "_skb_refdst", Type: long, Offset: 88 * 8},
		{Name: "skb_iif", Type: word, Offset: 140 * 8},
		{Name: "network_header", Type: &btf.Int{Name: "u16", Size: 2}, Offset: 180 * 8},
		{Name: "head", Type: pointerTo(&btf.Int{Name: "char", Size: 1}), Offset: 200 * 8},
	}}
	reasons := &btf.Enum{Name: "skb_drop_reason", Size: 4, Values: []btf.EnumValue{
		{Name: "SKB_DROP_REASON_NO_SOCKET", Value: 3}, {Name: "SKB_DROP_REASON_NETFILTER_DROP", Value: 8},
	}}
	arguments := []btf.FuncParam{{Type: pointerTo(&btf.Void{})}, {Type: pointerTo(packet)}, {Type: pointerTo(&btf.Void{})}}
	if k.told {
		arguments = append(arguments, btf.FuncParam{Type: reasons})
	}
	types := []btf.Type{packet, route, netns, &btf.Typedef{
		Name: "btf_trace_kfree_skb", Type: pointerTo(&btf.FuncProto{Return: &btf.Void{}, Params: arguments}),
	}}
	if k.reasons {
		types = append(types, reasons)
	}
	for _, s := range []*btf.Struct{packet, device, netns, route} {
		for i := range s.Members {
			if s.Members[i].Name == k.without && k.without != "" {
				s.Members[i].Name = "renamed"
			}
		}
	}
	b, err := btf.NewBuilder(types)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := b.Marshal(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

func TestLayout(t *testing.T) {
	got, err := readLayout(kernel{reasons: true, told: true}.spec(t))
	if err != nil {
		t.Fatal(err)
	}
	want := &layout{
		head: 200, network: 180, device: 16, arrived: 140, refdst: 88, index: 224, name: 304, net: 248, inode: 80,
		reasons: map[uint32]string{3: "NO_SOCKET", 8: "NETFILTER_DROP"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(layout{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLayoutLacks: a kernel that cannot tell is told from one that can, in a sentence.
func TestLayoutLacks(t *testing.T) {
	for name, tt := range map[string]struct {
		kernel kernel
		want   string
	}{
		"before 5.17, without reasons":     {kernel{}, "Linux 5.17"},
		"before 5.17, the reasons untold":  {kernel{reasons: true}, "Linux 5.17"},
		"a later one with another sk_buff": {kernel{reasons: true, told: true, without: "head"}, "sk_buff has no field head"},
	} {
		if _, err := readLayout(tt.kernel.spec(t)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
	_, err := readKernel(filepath.Join(t.TempDir(), "vmlinux"))
	if err == nil || !strings.Contains(err.Error(), "no BTF") {
		t.Errorf("without BTF: got %v", err)
	}
}

// TestProgram: every question gives a program whose jumps have a target, and which the verifier would not refuse for
// its length.
func TestProgram(t *testing.T) {
	l := &layout{head: 200, network: 180}
	for name, tt := range map[string]struct {
		ask probe.Drops
		ok  bool
	}{
		"tcp": {probe.Drops{Network: "tcp", Sequence: 0xffffffff}, true},
		"udp, both families": {probe.Drops{
			Network: "udp", Ports: []int{53, 65535}, Addresses: []string{"10.0.0.2", "fd00::2"},
		}, true},
		"subnets": {probe.Drops{Subnets: []string{
			"127.0.0.0/8", "10.0.0.0/28", "172.17.0.1/32", "0.0.0.0/0", "fd00::/64", "fd00::2/128", "2001:db8::/33",
		}}, true},
		"subnets by a name":     {probe.Drops{Subnets: []string{"web"}}, false},
		"udp without addresses": {probe.Drops{Network: "udp", Ports: []int{53}}, false},
		"udp by a name":         {probe.Drops{Network: "udp", Ports: []int{53}, Addresses: []string{"api"}}, false},
		"another protocol":      {probe.Drops{Network: "sctp"}, false},
	} {
		p, err := program(l, tt.ask, 3)
		if (err == nil) != tt.ok {
			t.Errorf("%s: got %v, want that it works: %t", name, err, tt.ok)
		}
		if err == nil {
			var code bytes.Buffer
			if err := p.Marshal(&code, binary.LittleEndian); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if size := code.Len() / asm.InstructionSize; size > 4096 {
				t.Errorf("%s: has %d instructions", name, size)
			}
		}
	}
}

func TestDropped(t *testing.T) {
	l := &layout{reasons: map[uint32]string{8: "NETFILTER_DROP"}}
	base := event{Reason: 8, Inode: 4026531840, Device: 7, Arrived: 7, Name: [16]byte{'b', 'r', '0'}}
	copy(base.Header[:], "\x45\x00\x00\x3c\x00\x00\x40\x00\x40\x06\x00\x00\x0a\x00\x00\x02\x0a\x00\x00\x03")
	copy(base.Segment[:], "\xc3\x50\x1f\x90")
	base.Segment[atFlags] = tcpSYN
	want := probe.Dropped{
		Reason: "NETFILTER_DROP", NetNS: "net:[4026531840]", Interface: "br0", Way: probe.WayIn,
		Packet: probe.Header{Kind: "SYN", From: "10.0.0.2:50000", To: "10.0.0.3:8080", Length: 60, Number: 6},
	}
	for name, tt := range map[string]struct {
		change func(*event, *probe.Dropped)
	}{
		"a SYN that came in": {func(*event, *probe.Dropped) {}},
		"one that was sent":  {func(e *event, d *probe.Dropped) { e.Arrived, d.Way = 0, probe.WayOut }},
		"one on its way":     {func(e *event, d *probe.Dropped) { e.Arrived, d.Way, d.Arrived = 3, "", 3 }},
		"its answer": {func(e *event, d *probe.Dropped) {
			e.Segment[atFlags], d.Reply, d.Packet.Kind = tcpSYN|tcpACK, true, "SYN-ACK"
		}},
		"a refusal": {func(e *event, d *probe.Dropped) {
			e.Segment[atFlags], d.Reply, d.Packet.Kind = tcpRST|tcpACK, true, "RST"
		}},
		"by IPv6": {func(e *event, d *probe.Dropped) {
			copy(e.Header[:], "\x60\x00\x00\x00\x00\x28\x06\x40\xfd"+strings.Repeat("\x00", 14)+"\x02\xfd"+
				strings.Repeat("\x00", 14)+"\x03")
			d.Packet.From, d.Packet.To, d.Packet.Length = "[fd00::2]:50000", "[fd00::3]:8080", 80
		}},
		"a datagram": {func(e *event, d *probe.Dropped) {
			e.Header[atProtocol4] = 17
			d.Packet.Kind, d.Packet.Number = "datagram", 17
		}},
		"a ping": {func(e *event, d *probe.Dropped) {
			e.Header[atProtocol4], e.Segment[0] = 1, 8
			d.Packet = probe.Header{Kind: "echo request", From: "10.0.0.2", To: "10.0.0.3", Length: 60, Number: 1}
		}},
		"without a device": {func(e *event, d *probe.Dropped) {
			e.Inode, d.NetNS, d.Interface, d.Way = 0, "", "", ""
		}},
		"for a reason of another subsystem": {func(e *event, d *probe.Dropped) {
			e.Reason, d.Reason = 1<<16|2, "reason 65538"
		}},
	} {
		e, want := base, want
		tt.change(&e, &want)
		var sample bytes.Buffer
		if err := binary.Write(&sample, binary.NativeEndian, e); err != nil || sample.Len() != eventSize {
			t.Fatalf("an event has %d bytes, %v; want %d", sample.Len(), err, eventSize)
		}
		got, ok := l.dropped(sample.Bytes())
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if _, ok := l.dropped([]byte{1}); ok {
		t.Error("half an event was read")
	}
}

// TestRunRefuses: what is no question about drops is answered, and so is a kernel that refuses.
func TestRunRefuses(t *testing.T) {
	for name, q := range map[string]probe.Question{
		"another question": {Ping: &probe.Ping{Host: "10.0.0.1"}},
		"a wrong question": {Drops: &probe.Drops{Network: "sctp"}},
		"how far it is":    {Mark: &probe.Mark{Capture: "lab"}},
	} {
		var got []agent.Reply
		New().Run(context.Background(), q, func(r agent.Reply) { got = append(got, r) })
		if len(got) != 1 || got[0].Outcome == nil || got[0].Outcome.Reason == probe.OK || got[0].Outcome.Detail == "" {
			t.Errorf("%s: got %+v, want one refusal with its reason", name, got)
		}
	}
	err := refused("does not", syscall.EPERM)
	if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "EPERM") {
		t.Errorf("a refusal: got %v", err)
	}
}
