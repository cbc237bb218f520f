package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"netlab/netlab/fact"
	"netlab/netlab/result"
	"netlab/netlab/result/asktest"
)

// sighting is a packet of a step at a capture point. Ports of 0 are omitted.
func sighting(number int, place string, us int64, kind, from, to, text string, ports ...int) result.Packet {
	p := result.Packet{Number: number, Place: place, US: us, Kind: kind, From: from, To: to, Text: text, Bytes: 74}
	if len(ports) == 2 {
		p.FromPort, p.ToPort = ports[0], ports[1]
	}
	return p
}

// captured is a lesson with its packets: an echo, a masqueraded connection, one that is dropped and retried, a question
// that sent no packets, and DNS over both of Docker's steps.
func captured() *result.Record {
	const (
		alice, bob, gateway, out, host = "172.17.0.2", "172.17.0.3", "172.17.0.1", "10.213.142.242", "10.213.142.241"
		docker0                        = "host docker0"
	)
	r := lesson()
	sc := &r.Scenarios[0]
	place := func(kind, peer, link, of string) fact.Place {
		who := peer
		if who == "" {
			who = "host"
		}
		return fact.Place{Name: who + " " + link, Kind: kind, Peer: peer, Link: link, Of: of, Engine: "e1", Frames: 9}
	}
	sc.Places = []fact.Place{
		place(fact.PlaceContainer, "alice", "eth0", ""), place(fact.PlaceContainer, "alice", "lo", ""),
		place(fact.PlaceContainer, "bob", "eth0", ""), place(fact.PlaceContainer, "bob", "eth1", ""),
		place(fact.PlaceContainer, "dave", "eth0", ""), place(fact.PlaceContainer, "upstream", "eth0", ""),
		place(fact.PlaceBridge, "", "docker0", "bridge"), place(fact.PlaceBridge, "", "br-9d1e4c07a2b1", "back"),
		place(fact.PlaceWire, "", "nl3f1c9a2b0", "uplink"), place(fact.PlaceMachine, "outside", "eth0", ""),
	}
	sc.Places[2].Dropped = 3
	steps := map[string][]result.Packet{
		"peer-by-name": {
			sighting(1, "alice lo", 0, result.DNSQuestion, "127.0.0.1", "127.0.0.11", "DNS: A bob?", 40001, 41234),
			sighting(2, "alice eth0", 331, result.DNSQuestion, alice, "172.17.0.5", "DNS: A bob?", 40002, 53),
			sighting(2, docker0, 334, result.DNSQuestion, alice, "172.17.0.5", "DNS: A bob?", 40002, 53),
			sighting(2, "upstream eth0", 336, result.DNSQuestion, alice, "172.17.0.5", "DNS: A bob?", 40002, 53),
			sighting(3, "upstream eth0", 700, result.DNSAnswer, "172.17.0.5", alice, "DNS: NXDOMAIN, no bob", 53, 40002),
			sighting(3, docker0, 702, result.DNSAnswer, "172.17.0.5", alice, "DNS: NXDOMAIN, no bob", 53, 40002),
			sighting(3, "alice eth0", 704, result.DNSAnswer, "172.17.0.5", alice, "DNS: NXDOMAIN, no bob", 53, 40002),
			sighting(4, "alice lo", 900, result.DNSAnswer, "127.0.0.11", "127.0.0.1", "DNS: NXDOMAIN, no bob", 53, 40001),
		},
		"peer-by-address": {
			sighting(1, "alice eth0", 0, result.ARPRequest, alice, bob, "who has 172.17.0.3?"),
			sighting(1, docker0, 20, result.ARPRequest, alice, bob, "who has 172.17.0.3?"),
			sighting(1, "bob eth0", 25, result.ARPRequest, alice, bob, "who has 172.17.0.3?"),
			sighting(1, "dave eth0", 26, result.ARPRequest, alice, bob, "who has 172.17.0.3?"),
			sighting(1, "upstream eth0", 27, result.ARPRequest, alice, bob, "who has 172.17.0.3?"),
			sighting(2, "bob eth0", 31, result.ARPReply, bob, alice, "172.17.0.3 is at 02:42:ac:11:00:03"),
			sighting(2, "alice eth0", 40, result.ARPReply, bob, alice, "172.17.0.3 is at 02:42:ac:11:00:03"),
			sighting(3, "alice eth0", 44, result.EchoRequest, alice, bob, "echo request"),
			sighting(3, docker0, 48, result.EchoRequest, alice, bob, "echo request"),
			sighting(3, "bob eth0", 50, result.EchoRequest, alice, bob, "echo request"),
			sighting(4, "bob eth0", 61, result.EchoReply, bob, alice, "echo reply"),
			sighting(4, docker0, 63, result.EchoReply, bob, alice, "echo reply"),
			sighting(4, "alice eth0", 66, result.EchoReply, bob, alice, "echo reply"),
		},
		"host-service": {
			sighting(1, "alice eth0", 0, result.TCPSYN, alice, out, "SYN", 40000, 80),
			sighting(1, docker0, 4, result.TCPSYN, alice, out, "SYN", 40000, 80),
			sighting(1, "host nl3f1c9a2b0", 9, result.TCPSYN, host, out, "SYN", 50001, 80),
			sighting(1, "outside eth0", 11, result.TCPSYN, host, out, "SYN", 50001, 80),
			sighting(2, "outside eth0", 20, result.TCPSYNACK, out, host, "SYN-ACK", 80, 50001),
			sighting(2, "host nl3f1c9a2b0", 21, result.TCPSYNACK, out, host, "SYN-ACK", 80, 50001),
			sighting(2, docker0, 24, result.TCPSYNACK, out, alice, "SYN-ACK", 80, 40000),
			sighting(2, "alice eth0", 26, result.TCPSYNACK, out, alice, "SYN-ACK", 80, 40000),
			sighting(3, "alice eth0", 30, result.TCPACK, alice, out, "ACK", 40000, 80),
			sighting(4, "alice eth0", 40, result.TCPData, alice, out, "data, 41 bytes", 40000, 80),
			sighting(4, docker0, 42, result.TCPData, alice, out, "data, 41 bytes", 40000, 80),
			sighting(4, "host nl3f1c9a2b0", 44, result.TCPData, host, out, "data, 41 bytes", 50001, 80),
			sighting(5, "outside eth0", 50, result.TCPACK, out, host, "ACK", 80, 50001),
			sighting(5, "alice eth0", 52, result.TCPACK, out, alice, "ACK", 80, 40000),
		},
		"other-network": {
			sighting(1, "alice eth0", 0, result.TCPSYN, alice, "10.213.0.2", "SYN", 40000, 8080),
			sighting(1, docker0, 4, result.TCPSYN, alice, "10.213.0.2", "SYN", 40000, 8080),
			sighting(2, "alice eth0", 1_009_382, result.TCPSYN, alice, "10.213.0.2", "SYN", 40000, 8080),
			sighting(2, docker0, 1_009_390, result.TCPSYN, alice, "10.213.0.2", "SYN", 40000, 8080),
		},
		"other-gateway": {
			sighting(1, "alice eth0", 0, result.OtherPacket, gateway, alice, "\x1b[31mred\x1b[0m"),
			sighting(2, "bob eth0", 3, result.OtherPacket, gateway, alice, "IP protocol 99"),
			sighting(3, "bob eth1", 4, result.OtherPacket, gateway, alice, "IP protocol 99"),
			sighting(4, "nowhere else0", 5, result.NDPReply, "fd55:ac80:aaec:f249::3", "fd55:ac80:aaec:f249::2",
				"fd55:ac80:aaec:f249::3 is at 02:42:ac:11:00:03"),
		},
	}
	for i := range sc.Steps {
		sc.Steps[i].Packets = steps[sc.Steps[i].Check]
	}
	return r
}

func TestGoldenPackets(t *testing.T) {
	for _, width := range []int{60, 80, 120} {
		name := fmt.Sprintf("packets-%d.txt", width)
		t.Run(name, func(t *testing.T) {
			golden(t, name, func(w io.Writer) error { return Demo(w, captured(), Options{Width: width, Packets: true}) })
		})
	}
}

func draw(t *testing.T, r *result.Record, o Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := Demo(&out, r, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Without the option a record's packets are not drawn, but the lesson still says that some are missing.
func TestPacketsOnlyWhereWanted(t *testing.T) {
	got := draw(t, captured(), Options{})
	if strings.Contains(got, "echo request") || !strings.Contains(got, "3 frames came too fast") {
		t.Errorf("got:\n%s", got)
	}
}

// On a host network netlab captures only the lab's packets, so it does not claim that there were none.
func TestNoPacket(t *testing.T) {
	r := captured()
	sc := &r.Scenarios[0]
	sc.Steps = sc.Steps[2:3]
	sc.Steps[0].Packets = nil
	for from, want := range map[string]string{
		"alice": "No capture point saw a packet.", "host": "No packet for this question passed a capture point.",
	} {
		sc.Steps[0].From = from
		if got := draw(t, r, Options{Packets: true}); !strings.Contains(got, want) {
			t.Errorf("from %s: want %q in:\n%s", from, want, got)
		}
	}
	sc.Steps[0].Asks = asktest.Read("hostname")
	if got := draw(t, r, Options{Packets: true}); strings.Contains(got, "No packet") {
		t.Errorf("a look at a file sends nothing, which need not be told:\n%s", got)
	}
}

// A flood is cut, and the omitted packets are counted.
func TestManyPackets(t *testing.T) {
	r := captured()
	sc := &r.Scenarios[0]
	st := &sc.Steps[2]
	st.Observed = ok("172.17.0.3", 98)
	st.Packets, st.Unlisted = nil, 7
	for i := range packetLines + 5 {
		st.Packets = append(st.Packets, sighting(i+1, "alice eth0", int64(i), result.EchoRequest, "a", "b", "echo request"))
	}
	got := draw(t, r, Options{Packets: true})
	if !strings.Contains(got, "not shown: 5 more packets, 7 frames after that") {
		t.Errorf("got:\n%s", got)
	}
}

// A packet whose addresses change is named by what it is, not by all that its text says.
func TestTranslatedPacket(t *testing.T) {
	for _, tt := range []struct{ kind, text, want string }{
		{result.TCPSYN, "SYN", "this SYN is now from 10.213.7.1:40000"},
		{result.TCPData, "data, 12 bytes", "this data is now from 10.213.7.1:40000"},
		{result.TCPFIN, "FIN, 3 bytes", "this FIN is now from 10.213.7.1:40000"},
		{result.DNSQuestion, "DNS: A bob?", "this DNS question is now from 10.213.7.1:40000"},
		{result.DNSAnswer, "DNS: NXDOMAIN, for A bob", "this DNS answer is now from 10.213.7.1:40000"},
		{result.UDPData, "datagram, 5 bytes", "this datagram is now from 10.213.7.1:40000"},
		{result.ICMPError, "ICMP: unreachable, code 5", "this ICMP error is now from 10.213.7.1:40000"},
	} {
		before := result.Packet{Kind: tt.kind, Text: tt.text, From: "172.17.0.2", FromPort: 40000, To: "10.213.7.2"}
		now := before
		now.From = "10.213.7.1"
		if got := newTeller(nil).change(before, now); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.text, got, tt.want)
		}
	}
}
