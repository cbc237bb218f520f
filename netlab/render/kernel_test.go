package render

import (
	"bytes"
	"strings"
	"testing"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// heardLesson is a lesson for which the kernel was asked what it dropped.
func heardLesson(lost map[string][]probe.Loss) *result.Record {
	r := lesson()
	sc := &r.Scenarios[0]
	sc.Kernel = &result.Kernel{}
	sc.Wires = []fact.Wire{{Name: "uplink", Machine: "outside", Interface: "nl3f1c9a2b0"}}
	sc.Peers = append(sc.Peers, fact.Peer{Name: "outside", Role: fact.RoleMachine, Port: "nl3f1c9a2b0"})
	for i := range sc.Steps {
		if l := lost[sc.Steps[i].Check]; l != nil {
			sc.Steps[i].Observed.Lost = l
		}
	}
	return r
}

// TestKernelSays: what the kernel dropped is below the answer, with the interface by the name that people know.
func TestKernelSays(t *testing.T) {
	sc := lesson().Scenarios[0]
	port := sc.Peers[0].Port
	for name, tt := range map[string]struct {
		lost []probe.Loss
		want string
	}{
		"nothing": {},
		"on the default bridge": {
			[]probe.Loss{{
				Reason: "NETFILTER_DROP", Packet: probe.PacketSYN, Namespace: "host", Interface: "docker0", Way: probe.WayIn,
				Packets: 4,
			}},
			"dropped the SYNs from alice: NETFILTER_DROP, in from docker0 on the host.",
		},
		"on another bridge": {
			[]probe.Loss{{
				Reason: "NETFILTER_DROP", Packet: probe.PacketEchoReply, Reply: true, Namespace: "host",
				Interface: "br-9d1e4c07a2b1", Way: probe.WayIn, Packets: 2,
			}},
			"dropped the echo replies to alice: NETFILTER_DROP, in from br-9d1e4c07a2b1 (network back) on the host.",
		},
		"at the port of a bridge": {
			[]probe.Loss{{
				Reason: "NETFILTER_DROP", Packet: probe.PacketDatagram, Namespace: "host", Interface: port, Packets: 2,
			}},
			"dropped the datagrams from alice: NETFILTER_DROP, at " + port + " (" + sc.Peers[0].Name + "'s port) on the host.",
		},
		"at the link": {
			[]probe.Loss{{
				Reason: "NETFILTER_DROP", Packet: probe.PacketSYN, Namespace: "host", Interface: "nl3f1c9a2b0", Way: probe.WayIn,
				Packets: 4,
			}},
			"dropped the SYNs from alice: NETFILTER_DROP, in from nl3f1c9a2b0 (the link to outside) on the host.",
		},
		"in a container": {
			[]probe.Loss{{
				Reason: "NO_SOCKET", Packet: probe.PacketSYN, Namespace: "bob", Interface: "eth0", Way: probe.WayIn, Packets: 1,
			}},
			"dropped the SYN from alice: NO_SOCKET, in from eth0 in bob.",
		},
		"on the way out, twice": {
			[]probe.Loss{
				{
					Reason: "NEIGH_FAILED", Packet: probe.PacketSYN, Namespace: "alice", Interface: "eth0", Way: probe.WayOut,
					Packets: 1,
				},
				{Reason: "QDISC_DROP", Packet: probe.PacketSYN, Packets: 1},
			},
			"dropped the SYN from alice: NEIGH_FAILED, out to eth0 in alice; the SYN from alice: QDISC_DROP.",
		},
		"what is hostile": {
			[]probe.Loss{{Reason: "reason\x1b[2J", Packet: "SYN", Interface: "a\nb", Packets: 1}},
			`dropped the SYN from alice: `,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := heardLesson(map[string][]probe.Loss{"other-network": tt.lost})
			for i := range r.Scenarios[0].Steps {
				st := &r.Scenarios[0].Steps[i]
				if st.Check != "other-network" {
					continue
				}
				var said string
				for _, n := range Tell(&r.Scenarios[0], st, Options{}).Notes {
					if n.Kind == noteKernel {
						said = n.Text
					}
				}
				if said != tt.want && (name != "what is hostile" || !strings.HasPrefix(said, tt.want)) ||
					strings.ContainsAny(said, "\x1b\n") {
					t.Errorf("got  %q\nwant %q", said, tt.want)
				}
			}
		})
	}
}

// TestKernelHeard: below a lesson is how to have the kernel's reasons explained, or why its word is missing. A record
// without it looks as before.
func TestKernelHeard(t *testing.T) {
	refused := probe.Loss{
		Reason: "NO_SOCKET", Packet: probe.PacketSYN, Namespace: "bob", Interface: "eth0", Way: probe.WayIn, Packets: 1,
	}
	dropped := probe.Loss{
		Reason: "NETFILTER_DROP", Packet: probe.PacketSYN, Namespace: "host", Interface: "docker0", Way: probe.WayIn,
		Packets: 4,
	}
	unheard := heardLesson(nil)
	unheard.Scenarios[0].Kernel.Unheard = "engine 20.10.24 does not know the capabilities BPF and PERFMON"
	for name, tt := range map[string]struct {
		record *result.Record
		want   []string
	}{
		"one reason": {
			heardLesson(map[string][]probe.Loss{"closed-port": {refused}}),
			[]string{"Kernel: dropped the SYN from alice: NO_SOCKET", "netlab explain NO_SOCKET"},
		},
		"two reasons": {
			heardLesson(map[string][]probe.Loss{"closed-port": {refused}, "other-network": {dropped}}),
			[]string{"NETFILTER_DROP, in from docker0 on the host", "netlab explain NO_SOCKET (or NETFILTER_DROP)"},
		},
		"none":        {heardLesson(nil), []string{"The kernel reported no drop"}},
		"not heard":   {unheard, []string{"Reasons from the kernel are missing: engine 20.10.24 does not know"}},
		"not to hear": {lesson(), nil},
	} {
		t.Run(name, func(t *testing.T) {
			var text, document bytes.Buffer
			if err := Demo(&text, tt.record, Options{Width: 80}); err != nil {
				t.Fatal(err)
			}
			if err := Markdown(&document, tt.record, Options{}); err != nil {
				t.Fatal(err)
			}
			for format, got := range map[string]string{"text": text.String(), "Markdown": document.String()} {
				got = strings.ReplaceAll(strings.Join(strings.Fields(got), " "), `\_`, "_")
				for _, want := range tt.want {
					if !strings.Contains(got, want) {
						t.Errorf("%s has no %q:\n%s", format, want, got)
					}
				}
				if tt.want == nil && strings.Contains(strings.ToLower(got), "kernel") {
					t.Errorf("%s speaks of the kernel:\n%s", format, got)
				}
			}
		})
	}
}
