//go:build linux

package server

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/bpf"
	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
)

// A tape plays packets to failures: through the socket filter, as the kernel would pass them.
type tape struct {
	t      *testing.T
	filter *bpf.VM
	to     *failures
	now    time.Time
	got    []string // "tcp 10.0.0.3:80 refused RST from 10.0.0.3"
}

func newTape(t *testing.T, search ...string) *tape {
	t.Helper()
	filter, err := bpf.NewVM(filterOfFailures())
	check(t, err)
	p := &tape{t: t, filter: filter, now: time.Unix(1700000000, 0)}
	p.to = newFailures(search, func(f probe.Failure) {
		to := f.Address
		if f.Port != 0 {
			to = netip.AddrPortFrom(netip.MustParseAddr(f.Address), uint16(f.Port)).String()
		}
		p.got = append(p.got, strings.Join(strings.Fields(
			f.Network+" "+f.Name+" "+to+" "+string(f.Reason)+": "+f.Detail), " "))
	})
	return p
}

// wait passes time, in milliseconds.
func (p *tape) wait(ms int) {
	for end := p.now.Add(time.Duration(ms) * time.Millisecond); p.now.Before(end); {
		p.now = p.now.Add(min(end.Sub(p.now), judgeEvery))
		p.to.tick(p.now)
	}
}

// How a packet is seen.
const (
	out    = unix.PACKET_OUTGOING
	in     = unix.PACKET_HOST
	others = unix.PACKET_OTHERHOST
)

// on plays a packet on an interface: 1 is lo.
func (p *tape) on(link int, way uint8, packet []byte) {
	p.t.Helper()
	n, err := p.filter.Run(packet)
	check(p.t, err)
	g := &glimpse{at: p.now, link: link, loopback: link == 1, leaves: way == out, passes: way == others}
	if g.read(packet[:min(n, len(packet))]) {
		p.to.see(g)
	}
	p.now = p.now.Add(100 * time.Microsecond)
}

func (p *tape) out(packet []byte) { p.t.Helper(); p.on(2, out, packet) }
func (p *tape) in(packet []byte)  { p.t.Helper(); p.on(2, in, packet) }

// lo plays a packet that the namespace sends to itself.
func (p *tape) lo(packet []byte) {
	p.t.Helper()
	p.on(1, out, packet)
	p.on(1, in, packet)
}

// packetOf puts a transport header into an IP packet.
func packetOf(protocol byte, from, to netip.Addr, body []byte) []byte {
	var b []byte
	if from.Is4() {
		b = append([]byte{0x45, 0}, binary.BigEndian.AppendUint16(nil, uint16(20+len(body)))...)
		b = append(b, 0x12, 0x34, 0x40, 0, 64, protocol, 0, 0)
	} else {
		b = append([]byte{0x60, 0, 0, 0}, binary.BigEndian.AppendUint16(nil, uint16(len(body)))...)
		b = append(b, protocol, 64)
	}
	b = append(b, from.AsSlice()...)
	return append(append(b, to.AsSlice()...), body...)
}

// tcp makes a segment as a kernel does: with a timestamp, which netlab's own SYNs do not have.
func tcp(from, to string, seq, ack uint32, flags byte) []byte {
	a, b := netip.MustParseAddrPort(from), netip.MustParseAddrPort(to)
	body := segment(a, b, seq, flags)
	binary.BigEndian.PutUint32(body[8:], ack)
	body[12] = (tcpHeader + 16) / 4 << 4
	body = append(body, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1)
	return packetOf(unix.IPPROTO_TCP, a.Addr(), b.Addr(), body)
}

const client = "10.0.0.2:40000"

func syn(to string, seq uint32) []byte { return tcp(client, to, seq, 0, tcpSYN) }
func synAck(by string, seq uint32) []byte {
	return tcp(by, client, 77, seq+1, tcpSYN|tcpACK)
}
func rst(by string, seq uint32) []byte { return tcp(by, client, 0, seq+1, tcpRST|tcpACK) }

// icmpError4 makes an ICMP error about a packet.
func icmpError4(by string, kind, code byte, about []byte) []byte {
	router, to := netip.MustParseAddr(by), netip.MustParseAddr("10.0.0.2")
	return packetOf(unix.IPPROTO_ICMP, router, to, append([]byte{kind, code, 0, 0, 0, 0, 0, 0}, about...))
}

func datagram(from, to string, payload []byte) []byte {
	a, b := netip.MustParseAddrPort(from), netip.MustParseAddrPort(to)
	body := binary.BigEndian.AppendUint16(nil, a.Port())
	body = binary.BigEndian.AppendUint16(body, b.Port())
	body = binary.BigEndian.AppendUint16(body, uint16(udpHeader+len(payload)))
	return packetOf(unix.IPPROTO_UDP, a.Addr(), b.Addr(), append(append(body, 0, 0), payload...))
}

// message is a DNS question, or the answer to it.
func (p *tape) message(id uint16, name string, kind dnsmessage.Type, answer ...string) []byte {
	p.t.Helper()
	m := dnsmessage.Message{Header: dnsmessage.Header{ID: id, Response: len(answer) > 0}}
	m.Questions = []dnsmessage.Question{{
		Name: dnsmessage.MustNewName(name + "."), Type: kind, Class: dnsmessage.ClassINET,
	}}
	for _, a := range answer {
		switch a {
		case "NXDOMAIN":
			m.RCode = dnsmessage.RCodeNameError
		case "SERVFAIL":
			m.RCode = dnsmessage.RCodeServerFailure
		case "NOERROR":
		default:
			m.Answers = append(m.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Type: kind, Class: dnsmessage.ClassINET},
				Body:   recordOf(a),
			})
		}
	}
	b, err := m.Pack()
	check(p.t, err)
	return b
}

func recordOf(address string) dnsmessage.ResourceBody {
	a := netip.MustParseAddr(address)
	if a.Is4() {
		return &dnsmessage.AResource{A: a.As4()}
	}
	return &dnsmessage.AAAAResource{AAAA: a.As16()}
}

const (
	stub              = "127.0.0.1:41000"
	docker            = "127.0.0.11:38421" // as rules of the engine's make it of port 53
	dockerOut         = "127.0.0.11:53"
	typeFour, typeSix = dnsmessage.TypeA, dnsmessage.TypeAAAA
)

// ask plays a question to Docker's DNS server, and answer its answer.
func (p *tape) ask(id uint16, name string, kind dnsmessage.Type) {
	p.t.Helper()
	p.lo(datagram(stub, docker, p.message(id, name, kind)))
}

func (p *tape) answer(id uint16, name string, kind dnsmessage.Type, answer ...string) {
	p.t.Helper()
	p.lo(datagram(dockerOut, stub, p.message(id, name, kind, answer...)))
}

func TestFailuresOfConnections(t *testing.T) {
	const db = "10.0.0.3:5432"
	for _, tt := range []struct {
		name string
		play func(p *tape)
		want []string
		done probe.Traffic
	}{
		{"it answers", func(p *tape) {
			p.out(syn(db, 1))
			p.in(synAck(db, 1))
			p.out(tcp(client, db, 2, 78, tcpACK))
			p.in(tcp(db, client, 78, 500, tcpRST|tcpACK)) // the server ends it later
		}, nil, probe.Traffic{Connections: 1}},
		{"it refuses", func(p *tape) {
			p.out(syn(db, 1))
			p.in(rst(db, 1))
		}, []string{"tcp 10.0.0.3:5432 refused: RST from 10.0.0.3"}, probe.Traffic{Connections: 1}},
		{"it refuses each time", func(p *tape) {
			for i := range uint32(5) {
				p.out(syn(db, i))
				p.in(rst(db, i))
			}
		}, []string{"tcp 10.0.0.3:5432 refused: RST from 10.0.0.3"}, probe.Traffic{Connections: 5}},
		{"on loopback", func(p *tape) {
			p.lo(tcp("127.0.0.1:40000", "127.0.0.1:5432", 1, 0, tcpSYN))
			p.lo(tcp("127.0.0.1:5432", "127.0.0.1:40000", 0, 2, tcpRST|tcpACK))
		}, []string{"tcp 127.0.0.1:5432 refused: RST from 127.0.0.1"}, probe.Traffic{Connections: 1}},
		{"localhost, where only IPv4 listens", func(p *tape) {
			p.lo(tcp("[::1]:40000", "[::1]:5432", 1, 0, tcpSYN))
			p.lo(tcp("[::1]:5432", "[::1]:40000", 0, 2, tcpRST|tcpACK))
			p.lo(tcp("127.0.0.1:40000", "127.0.0.1:5432", 5, 0, tcpSYN))
			p.lo(tcp("127.0.0.1:5432", "127.0.0.1:40000", 9, 6, tcpSYN|tcpACK))
		}, nil, probe.Traffic{Connections: 2, Second: 1}},
		{"localhost, where nothing listens", func(p *tape) {
			p.lo(tcp("[::1]:40000", "[::1]:5432", 1, 0, tcpSYN))
			p.lo(tcp("[::1]:5432", "[::1]:40000", 0, 2, tcpRST|tcpACK))
			p.lo(tcp("127.0.0.1:40000", "127.0.0.1:5432", 5, 0, tcpSYN))
			p.lo(tcp("127.0.0.1:5432", "127.0.0.1:40000", 0, 6, tcpRST|tcpACK))
		}, []string{
			"tcp [::1]:5432 refused: RST from ::1", "tcp 127.0.0.1:5432 refused: RST from 127.0.0.1",
		}, probe.Traffic{Connections: 2}},
		{"the kernel sends it again", func(p *tape) {
			p.out(syn(db, 1))
			p.wait(1000)
			p.out(syn(db, 1))
			p.wait(2000)
			p.out(syn(db, 1))
		}, []string{"tcp 10.0.0.3:5432 timeout: 2 SYNs in 1.0 s, no answer"}, probe.Traffic{Connections: 1}},
		{
			"the program gives up first", func(p *tape) { p.out(syn(db, 1)) },
			[]string{"tcp 10.0.0.3:5432 timeout: 1 SYN in 3.0 s, no answer"},
			probe.Traffic{Connections: 1},
		},
		{"a firewall answers", func(p *tape) {
			p.out(syn(db, 1))
			p.in(icmpError4("10.0.0.1", 3, 3, syn(db, 1)))
		}, []string{"tcp 10.0.0.3:5432 refused: ICMP port unreachable from 10.0.0.1"}, probe.Traffic{Connections: 1}},
		{"a router answers", func(p *tape) {
			p.out(syn(db, 1))
			p.in(icmpError4("10.0.0.1", 3, 13, syn(db, 1)))
		}, []string{
			"tcp 10.0.0.3:5432 host-unreachable: ICMP administratively prohibited from 10.0.0.1",
		}, probe.Traffic{Connections: 1}},
		{
			"no neighbor, so the SYN never left", func(p *tape) { p.lo(icmpError4("10.0.0.2", 3, 1, syn(db, 1))) },
			[]string{"tcp 10.0.0.3:5432 host-unreachable: ICMP host unreachable from 10.0.0.2"},
			probe.Traffic{Connections: 1},
		},
		{"a connection that was open meets a router's error", func(p *tape) {
			p.in(icmpError4("10.0.0.1", 3, 1, tcp(client, db, 9, 9, tcpACK)))
		}, nil, probe.Traffic{}},
		{
			"a datagram", func(p *tape) {
				p.in(icmpError4("10.0.0.3", 3, 3, datagram(client, "10.0.0.3:8125", []byte("secret"))))
			},
			[]string{"udp 10.0.0.3:8125 refused: ICMP port unreachable from 10.0.0.3"},
			probe.Traffic{},
		},
		{"what a server sends to a client that is gone", func(p *tape) {
			p.lo(icmpError4("127.0.0.1", 3, 3, datagram(docker, stub, nil)))
			p.lo(icmpError4("127.0.0.1", 3, 3, datagram(dockerOut, stub, nil)))
			p.in(icmpError4("10.0.0.3", 3, 3, datagram("10.0.0.2:8125", "10.0.0.3:40000", nil)))
		}, nil, probe.Traffic{}},
		{"a datagram of a container behind this host", func(p *tape) {
			about := datagram(client, "10.0.0.3:8125", nil)
			p.in(icmpError4("10.0.0.3", 3, 3, about))
			p.on(3, out, icmpError4("10.0.0.3", 3, 3, about))
		}, nil, probe.Traffic{}},
		{"others connect to this server, which is not there", func(p *tape) {
			p.in(tcp(db, client, 1, 0, tcpSYN))
			p.out(tcp(client, db, 0, 2, tcpRST|tcpACK))
		}, nil, probe.Traffic{}},
		{"others, routed by this host", func(p *tape) {
			p.on(3, in, syn(db, 1))
			p.out(tcp("10.0.0.1:40000", db, 1, 0, tcpSYN))
			p.in(tcp(db, "10.0.0.1:40000", 0, 2, tcpRST|tcpACK))
		}, nil, probe.Traffic{}},
		{"others, on a bridge of this host", func(p *tape) {
			p.on(3, others, syn(db, 1))
			p.on(4, out, syn(db, 1))
			p.on(4, others, rst(db, 1))
		}, nil, probe.Traffic{}},
		{"the host, through a bridge", func(p *tape) {
			for link := 2; link < 4; link++ {
				p.on(link, out, syn(db, 1))
			}
			for link := 3; link > 1; link-- {
				p.on(link, in, synAck(db, 1))
			}
		}, nil, probe.Traffic{Connections: 1}},
		{"netlab asks", func(p *tape) {
			from, to := netip.MustParseAddrPort(client), netip.MustParseAddrPort(db)
			p.out(packetOf(unix.IPPROTO_TCP, from.Addr(), to.Addr(), segment(from, to, 1, tcpSYN)))
			p.in(rst(db, 1))
		}, nil, probe.Traffic{}},
		{"Docker's DNS server over TCP", func(p *tape) {
			p.lo(tcp("127.0.0.1:40000", docker, 1, 0, tcpSYN))
			p.lo(tcp(dockerOut, "127.0.0.1:40000", 7, 2, tcpSYN|tcpACK))
		}, nil, probe.Traffic{}},
		{"a SYN that rules of the namespace translate", func(p *tape) {
			p.lo(tcp(client, "127.0.0.1:15001", 1, 0, tcpSYN))
			p.lo(synAck(db, 1))
		}, nil, probe.Traffic{Connections: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newTape(t)
			tt.play(p)
			p.wait(20000)
			if diff := cmp.Diff(tt.want, p.got); diff != "" {
				t.Errorf("failures (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.done, p.to.counts()); diff != "" {
				t.Errorf("traffic (-want +got):\n%s", diff)
			}
		})
	}
}

// The kernel passes no packet on that carries data, but DNS.
func TestFailuresFilter(t *testing.T) {
	const db = "10.0.0.3:5432"
	p := newTape(t)
	later := syn(db, 1)
	later[7] = 8 // a fragment that is not the first
	six := func(flags byte) []byte { return tcp("[fd00::2]:40000", "[fd00::3]:80", 1, 0, flags) }
	for _, tt := range []struct {
		name   string
		packet []byte
		kept   bool
	}{
		{"a SYN", syn(db, 1), true},
		{"a SYN by IPv6", six(tcpSYN), true},
		{"a RST", rst(db, 1), true},
		{"data", tcp(client, db, 2, 2, tcpACK), false},
		{"data by IPv6", six(tcpACK), false},
		{"a later fragment", later, false},
		{"a datagram", datagram(client, db, []byte("secret")), false},
		{"a datagram by IPv6", datagram("[fd00::2]:40000", "[fd00::3]:80", nil), false},
		{"a DNS question", datagram(client, "10.0.0.53:53", nil), true},
		{"a DNS question by IPv6", datagram("[fd00::2]:40000", "[fd00::3]:53", nil), true},
		{"a DNS answer", datagram("10.0.0.53:53", client, nil), true},
		{"a question to Docker's DNS server", datagram(stub, docker, nil), true},
		{"an ICMP error", icmpError4("10.0.0.1", 3, 1, syn(db, 1)), true},
		{"an echo request", icmpError4("10.0.0.1", 8, 0, syn(db, 1)), false},
		{"no IP packet", make([]byte, 64), false},
		{"nothing", nil, false},
	} {
		n, err := p.filter.Run(tt.packet)
		check(t, err)
		if got := n > 0; got != tt.kept {
			t.Errorf("%s: got %t, want %t", tt.name, got, tt.kept)
		}
	}
	secret := datagram(client, "10.0.0.3:8125", []byte("............secret"))
	if n, _ := p.filter.Run(icmpError4("10.0.0.3", 3, 3, secret)); strings.Contains(
		string(icmpError4("10.0.0.3", 3, 3, secret)[:n]), "secret") {
		t.Error("a datagram's contents are copied")
	}
}

// A packet may have any bytes.
func FuzzFailures(f *testing.F) {
	f.Add(syn("10.0.0.3:80", 1))
	f.Add(icmpError4("10.0.0.1", 3, 1, syn("10.0.0.3:80", 1)))
	f.Add(datagram("10.0.0.53:53", client, []byte("\x00\x01\x80\x00\x00\x01")))
	f.Fuzz(func(t *testing.T, packet []byte) {
		p := newTape(t)
		for _, way := range []uint8{out, in, others} {
			p.on(1, way, packet)
			p.on(2, way, packet)
		}
		p.wait(200000)
		if got := p.to.counts(); got.Waiting != 0 {
			t.Errorf("after minutes, something still waits: %+v", got)
		}
	})
}

// What is remembered has limits, and what is beyond them is counted.
func TestFailuresFlood(t *testing.T) {
	p := newTape(t)
	for i := range uint32(maxAttempts + 10) {
		p.out(syn("10.0.0.3:80", i))
	}
	if got := p.to.counts(); got.Missed != 10 || got.Waiting != maxAttempts {
		t.Errorf("got %+v, want %d that wait, and 10 missed", got, maxAttempts)
	}
	p.wait(200000)
	if len(p.to.flows) > 0 || len(p.got) != 1 {
		t.Errorf("%d are still remembered, and %d failures are told", len(p.to.flows), len(p.got))
	}
}
