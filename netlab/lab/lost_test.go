package lab

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"netlab/netlab/agent"
	"netlab/netlab/ask"
	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/scenario"
)

// A droppingKernel is a witness that reports drops, and knows how many they were.
type droppingKernel struct {
	agentClient
	drops []probe.Dropped
	told  chan struct{} // closed when they may be reported
	gone  bool          // it does not say how far it is
}

func (d *droppingKernel) Stream(ctx context.Context, q probe.Question) (<-chan agent.Reply, error) {
	replies := make(chan agent.Reply)
	go func() {
		defer close(replies)
		switch {
		case q.Mark != nil && d.gone:
			return
		case q.Mark != nil:
			replies <- agent.Reply{Marked: &probe.Marked{Frames: len(d.drops)}}
			return
		}
		replies <- agent.Reply{Outcome: &probe.Outcome{Reason: probe.OK}}
		<-d.told
		for i := range d.drops {
			replies <- agent.Reply{Dropped: &d.drops[i]}
		}
		<-ctx.Done()
	}()
	return replies, nil
}

func stackOf(netns, address string) *fact.Stack {
	return &fact.Stack{NetNS: netns, Links: []fact.Link{
		{Name: "lo", Kind: "loopback", Addresses: []string{"127.0.0.1/8"}},
		{Name: "eth0", Kind: "veth", Addresses: []string{address}},
	}}
}

// hearingLab is a lab with alice, bob and carol, where the kernel dropped some packets of the next question.
func hearingLab(t *testing.T, drops ...probe.Dropped) (*Lab, *droppingKernel) {
	t.Helper()
	d := &droppingKernel{drops: drops, told: make(chan struct{})}
	host := &fact.Stack{NetNS: "net:[1]", Links: []fact.Link{
		{Index: 3, Name: "docker0", Kind: "bridge", Addresses: []string{"10.0.0.1/24"}},
		{Index: 2, Name: "ens3", Kind: "device", Addresses: []string{"192.0.2.7/24"}},
		{Index: 7, Name: "veth7", Kind: "veth", Master: 3},
		{Index: 8, Name: "veth8", Kind: "veth", Master: 3},
	}}
	l := &Lab{inventory: inventory{
		site:     &Site{engine: &engine.Engine{}, stack: host, host: &peer{name: ask.Host, stack: host}},
		scenario: &scenario.Scenario{}, host: host,
		peers: []*peer{
			{name: "alice", stack: stackOf("net:[2]", "10.0.0.2/24")},
			{name: "bob", stack: stackOf("net:[3]", "10.0.0.3/24")},
			{name: "carol", stack: stackOf("net:[4]", "10.0.1.2/24")},
		},
		networks: []network{
			{name: "bridge", fact: fact.Network{Subnet: "10.0.0.0/24"}},
			{name: "web", fact: fact.Network{Subnet: "10.0.1.0/24"}},
		},
	}}
	l.kernel = &kernel{lab: l, client: d, name: "lab"}
	if err := l.kernel.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.kernel.close)
	return l, d
}

func synFrom(from, to string) probe.Header {
	return probe.Header{Kind: probe.PacketSYN, From: from, To: to, Length: 60, Number: 6}
}

// TestLost: a drop belongs to the question whose addresses its packet has, also where they are translated.
func TestLost(t *testing.T) {
	const alice, carol = "10.0.0.2:50000", "10.0.1.2:8080"
	onHost := probe.Dropped{Reason: "NETFILTER_DROP", NetNS: "net:[1]", Interface: "docker0", Way: probe.WayIn}
	with := func(d probe.Dropped, p probe.Header) probe.Dropped {
		d.Packet = p
		return d
	}
	loss := probe.Loss{
		Reason: "NETFILTER_DROP", Packet: probe.PacketSYN, Namespace: ask.Host, Interface: "docker0", Way: probe.WayIn,
		Packets: 1,
	}
	tcp := probe.Question{Connect: &probe.Connect{Network: "tcp", Host: "10.0.1.2", Port: 8080}}
	published := probe.Question{Connect: &probe.Connect{Network: "tcp", Host: "192.0.2.7", Port: 32768}}
	local := probe.Question{Connect: &probe.Connect{Network: "tcp", Host: "127.0.0.1", Port: 9}}
	ping := probe.Question{Ping: &probe.Ping{Host: "10.0.1.2"}}
	echo := probe.Header{Kind: probe.PacketEchoRequest, From: "10.0.0.2", To: "10.0.1.2", Length: 84, Number: 1}
	for name, tt := range map[string]struct {
		ask       probe.Question
		published int
		reason    probe.Reason
		address   string // that the name had
		drop      probe.Dropped
		want      *probe.Loss
	}{
		"a SYN":              {ask: tcp, drop: with(onHost, synFrom(alice, carol)), want: &loss},
		"to another port":    {ask: tcp, drop: with(onHost, synFrom(alice, "10.0.1.2:80"))},
		"of another asker":   {ask: tcp, drop: with(onHost, synFrom("10.0.0.3:50000", carol))},
		"after masquerading": {ask: tcp, drop: with(onHost, synFrom("192.0.2.7:50000", carol)), want: &loss},
		"before DNAT": {
			ask: published, published: 8080, drop: with(onHost, synFrom(alice, "192.0.2.7:32768")), want: &loss,
		},
		"after DNAT":          {ask: published, published: 8080, drop: with(onHost, synFrom(alice, carol)), want: &loss},
		"after DNAT, another": {ask: published, published: 80, drop: with(onHost, synFrom(alice, carol))},
		"an answer": {
			ask: tcp, drop: with(onHost, probe.Header{
				Kind: probe.PacketSYNACK, From: carol, To: alice, Length: 60, Number: 6,
			}),
			want: &probe.Loss{
				Reason: "NETFILTER_DROP", Packet: probe.PacketSYNACK, Reply: true, Namespace: ask.Host, Interface: "docker0",
				Way: probe.WayIn, Packets: 1,
			},
		},
		"an answer, and another came": {
			ask: tcp, reason: probe.Refused, drop: with(onHost, probe.Header{
				Kind: probe.PacketRST, From: carol, To: alice, Length: 40, Number: 6,
			}),
		},
		"an answer that comes too late": {
			ask: tcp, drop: with(probe.Dropped{Reason: "NO_SOCKET", NetNS: "net:[2]"}, probe.Header{
				Kind: probe.PacketSYNACK, From: carol, To: alice, Length: 60, Number: 6,
			}),
		},
		"a closed port": {
			ask: tcp, reason: probe.Refused,
			drop: with(probe.Dropped{Reason: "NO_SOCKET", NetNS: "net:[4]", Interface: "eth0", Way: probe.WayIn},
				synFrom(alice, carol)),
			want: &probe.Loss{
				Reason: "NO_SOCKET", Packet: probe.PacketSYN, Namespace: "carol", Interface: "eth0", Way: probe.WayIn, Packets: 1,
			},
		},
		"a question that works": {ask: tcp, reason: probe.OK, drop: with(onHost, synFrom(alice, carol))},
		"a copy for a capture": {
			ask: tcp, drop: with(probe.Dropped{Reason: "SOCKET_FILTER", NetNS: "net:[2]"}, synFrom(alice, carol)),
		},
		"a copy for a bridge's host": {
			ask: tcp, drop: with(probe.Dropped{Reason: "OTHERHOST", NetNS: "net:[1]", Interface: "docker0"},
				synFrom(alice, carol)),
		},
		"for another MAC address": {
			ask: tcp, drop: with(probe.Dropped{Reason: "OTHERHOST", NetNS: "net:[4]", Interface: "eth0", Way: probe.WayIn},
				synFrom(alice, carol)),
			want: &probe.Loss{
				Reason: "OTHERHOST", Packet: probe.PacketSYN, Namespace: "carol", Interface: "eth0", Way: probe.WayIn, Packets: 1,
			},
		},
		"localhost": {
			ask: local, reason: probe.Refused,
			drop: with(probe.Dropped{Reason: "NO_SOCKET", NetNS: "net:[2]", Interface: "lo", Way: probe.WayIn},
				synFrom("127.0.0.1:50000", "127.0.0.1:9")),
			want: &probe.Loss{
				Reason: "NO_SOCKET", Packet: probe.PacketSYN, Namespace: "alice", Interface: "lo", Way: probe.WayIn, Packets: 1,
			},
		},
		"a name": {
			ask:     probe.Question{Connect: &probe.Connect{Network: "tcp", Host: "carol", Port: 8080}},
			address: "10.0.1.2", drop: with(onHost, synFrom(alice, carol)), want: &loss,
		},
		"a name of another": {
			ask:     probe.Question{Connect: &probe.Connect{Network: "tcp", Host: "dave", Port: 8080}},
			address: "10.0.1.3", drop: with(onHost, synFrom(alice, carol)),
		},
		"in by the port of a bridge": {
			ask: tcp, drop: with(probe.Dropped{Reason: "NETFILTER_DROP", NetNS: "net:[1]", Interface: "docker0", Arrived: 7},
				synFrom(alice, carol)),
			want: &loss,
		},
		"between two ports of a bridge": {
			ask: tcp, drop: with(probe.Dropped{Reason: "NETFILTER_DROP", NetNS: "net:[1]", Interface: "veth8", Arrived: 7},
				synFrom(alice, carol)),
			want: &probe.Loss{
				Reason: "NETFILTER_DROP", Packet: probe.PacketSYN, Namespace: ask.Host, Interface: "veth8", Packets: 1,
			},
		},
		"somebody else's localhost": {
			ask: local, reason: probe.Refused,
			drop: with(probe.Dropped{Reason: "NO_SOCKET", NetNS: "net:[1]", Interface: "lo"},
				synFrom("127.0.0.1:50000", "127.0.0.1:9")),
		},
		"a ping": {ask: ping, drop: with(onHost, echo), want: func() *probe.Loss {
			l := loss
			l.Packet = probe.PacketEchoRequest
			return &l
		}()},
		"a ping of another size": {
			ask: probe.Question{Ping: &probe.Ping{Host: "10.0.1.2", Size: 1472}}, drop: with(onHost, echo),
		},
		"in a namespace that is nobody's": {
			ask: tcp, drop: with(probe.Dropped{Reason: "NETFILTER_DROP", NetNS: "net:[9]"}, synFrom(alice, carol)),
			want: &probe.Loss{Reason: "NETFILTER_DROP", Packet: probe.PacketSYN, Packets: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			l, d := hearingLab(t, tt.drop)
			h := asking{l, l.peer("alice")}.listen(l.peer("carol"), tt.ask, tt.published)
			close(d.told)
			if tt.reason == "" {
				tt.reason = probe.Timeout
			}
			var want []probe.Loss
			if tt.want != nil {
				want = []probe.Loss{*tt.want}
			}
			got := h.end(t.Context(), probe.Outcome{Reason: tt.reason, Address: tt.address})
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || l.Unheard() != "" {
				t.Errorf("(-want +got):\n%s%s", diff, l.Unheard())
			}
		})
	}
}

// TestLostCounts: the same drop again is counted. And a packet with the addresses of a question is not another one's
// whose addresses are translated to them.
func TestLostCounts(t *testing.T) {
	drop := probe.Dropped{Reason: "NETFILTER_DROP", NetNS: "net:[1]", Packet: synFrom("10.0.0.2:50000", "10.0.1.2:8080")}
	l, d := hearingLab(t, drop, drop, drop)
	asker := asking{l, l.peer("alice")}
	direct := asker.listen(l.peer("carol"),
		probe.Question{Connect: &probe.Connect{Network: "tcp", Host: "10.0.1.2", Port: 8080}}, 0)
	published := asker.listen(l.peer("carol"),
		probe.Question{Connect: &probe.Connect{Network: "tcp", Host: "192.0.2.7", Port: 32768}}, 8080)
	close(d.told)
	if got := direct.end(t.Context(), probe.Outcome{Reason: probe.Timeout}); len(got) != 1 || got[0].Packets != 3 {
		t.Errorf("got %+v, want one with 3 packets", got)
	}
	if got := published.end(t.Context(), probe.Outcome{Reason: probe.Timeout}); len(got) != 0 {
		t.Errorf("the other question got %+v, want nothing", got)
	}
}

// TestKernelUnheard: a lab whose witness ends goes on, and says why the kernel's word is missing.
func TestKernelUnheard(t *testing.T) {
	l, d := hearingLab(t)
	d.gone = true
	asker := asking{l, l.peer("alice")}
	h := asker.listen(nil, probe.Question{Connect: &probe.Connect{Network: "tcp", Host: "10.0.1.2", Port: 8080}}, 0)
	close(d.told)
	if got := h.end(t.Context(), probe.Outcome{Reason: probe.Timeout}); len(got) != 0 || l.Unheard() == "" {
		t.Errorf("got %+v and %q, want nothing and why", got, l.Unheard())
	}
	l.kernel = nil
	h = asker.listen(nil, probe.Question{Ping: &probe.Ping{Host: "10.0.1.2"}}, 0)
	if got := h.end(t.Context(), probe.Outcome{Reason: probe.Timeout}); len(got) != 0 || l.Unheard() != "" {
		t.Errorf("without a kernel: got %+v and %q, want nothing", got, l.Unheard())
	}
}
