package packet

import (
	"net"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// The endpoints of the frames below.
var (
	alice, bob, gateway = net.IPv4(172, 17, 0, 2), net.IPv4(172, 17, 0, 3), net.IPv4(172, 17, 0, 1)
	host, outside       = net.IPv4(10, 213, 0, 1), net.IPv4(10, 213, 0, 2)
	alice6, bob6        = net.ParseIP("fd00::2"), net.ParseIP("fd00::3")

	aliceMAC, bobMAC = net.HardwareAddr{2, 0x42, 0, 0, 0, 2}, net.HardwareAddr{2, 0x42, 0, 0, 0, 3}
	everybody        = net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
)

func ether(to net.HardwareAddr, kind layers.EthernetType) *layers.Ethernet {
	return &layers.Ethernet{SrcMAC: aliceMAC, DstMAC: to, EthernetType: kind}
}

// frame serializes the layers above Ethernet.
func frame(t testing.TB, parts ...gopacket.SerializableLayer) probe.Frame {
	t.Helper()
	buffer := gopacket.NewSerializeBuffer()
	options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	if err := gopacket.SerializeLayers(buffer, options, parts...); err != nil {
		t.Fatal(err)
	}
	return probe.Frame{Link: "eth0", Data: buffer.Bytes(), Length: len(buffer.Bytes())}
}

func arp(t testing.TB, operation uint16, to net.HardwareAddr, from, target net.IP, mac net.HardwareAddr) probe.Frame {
	t.Helper()
	return frame(t, ether(to, layers.EthernetTypeARP), &layers.ARP{
		AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, HwAddressSize: 6, ProtAddressSize: 4,
		Operation: operation, SourceHwAddress: mac, SourceProtAddress: from.To4(),
		DstHwAddress: make([]byte, 6), DstProtAddress: target.To4(),
	})
}

func ip(from, to net.IP, protocol layers.IPProtocol, ttl uint8) *layers.IPv4 {
	return &layers.IPv4{Version: 4, TTL: ttl, SrcIP: from, DstIP: to, Protocol: protocol}
}

func echo(t testing.TB, from, to net.IP, kind uint8, seq uint16, ttl uint8) probe.Frame {
	t.Helper()
	return frame(t, ether(bobMAC, layers.EthernetTypeIPv4), ip(from, to, layers.IPProtocolICMPv4, ttl),
		&layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(kind, 0), Id: 7, Seq: seq}, gopacket.Payload("ping"))
}

func tcp(t testing.TB, from, to net.IP, ports [2]uint16, segment layers.TCP, payload string) probe.Frame {
	t.Helper()
	below := ip(from, to, layers.IPProtocolTCP, 64)
	segment.SrcPort, segment.DstPort = layers.TCPPort(ports[0]), layers.TCPPort(ports[1])
	if err := segment.SetNetworkLayerForChecksum(below); err != nil {
		t.Fatal(err)
	}
	return frame(t, ether(bobMAC, layers.EthernetTypeIPv4), below, &segment, gopacket.Payload(payload))
}

func dns(t testing.TB, from, to net.IP, ports [2]uint16, message *layers.DNS) probe.Frame {
	t.Helper()
	below := ip(from, to, layers.IPProtocolUDP, 64)
	datagram := &layers.UDP{SrcPort: layers.UDPPort(ports[0]), DstPort: layers.UDPPort(ports[1])}
	if err := datagram.SetNetworkLayerForChecksum(below); err != nil {
		t.Fatal(err)
	}
	return frame(t, ether(bobMAC, layers.EthernetTypeIPv4), below, datagram, message)
}

func ndp(t testing.TB, from net.IP, to net.HardwareAddr, above gopacket.SerializableLayer, kind uint8) probe.Frame {
	t.Helper()
	below := &layers.IPv6{Version: 6, HopLimit: 255, SrcIP: from, DstIP: bob6, NextHeader: layers.IPProtocolICMPv6}
	message := &layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(kind, 0)}
	if err := message.SetNetworkLayerForChecksum(below); err != nil {
		t.Fatal(err)
	}
	return frame(t, ether(to, layers.EthernetTypeIPv6), below, message, above)
}

func about(name string) layers.DNSQuestion {
	return layers.DNSQuestion{Name: []byte(name), Type: layers.DNSTypeA, Class: layers.DNSClassIN}
}

// The name and the text of each kind of frame.
func TestWhatAFrameSays(t *testing.T) {
	asked := []layers.DNSQuestion{about("bob")}
	embedded, local := net.IPv4(127, 0, 0, 11), net.IPv4(127, 0, 0, 1)
	for name, test := range map[string]struct {
		frame probe.Frame
		want  result.Packet
	}{
		"who has": {
			arp(t, layers.ARPRequest, everybody, alice, bob, aliceMAC),
			result.Packet{Kind: result.ARPRequest, From: "172.17.0.2", To: "172.17.0.3", Text: "who has 172.17.0.3?"},
		},
		"echo": {
			echo(t, alice, bob, layers.ICMPv4TypeEchoRequest, 1, 64),
			result.Packet{Kind: result.EchoRequest, From: "172.17.0.2", To: "172.17.0.3", Text: "echo request"},
		},
		"unreachable": {
			frame(t, ether(aliceMAC, layers.EthernetTypeIPv4), ip(gateway, alice, layers.IPProtocolICMPv4, 64),
				&layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(
					layers.ICMPv4TypeDestinationUnreachable, layers.ICMPv4CodePort)}, gopacket.Payload(make([]byte, 28))),
			result.Packet{Kind: result.ICMPError, From: "172.17.0.1", To: "172.17.0.2", Text: "ICMP: port unreachable"},
		},
		"SYN": {
			tcp(t, alice, bob, [2]uint16{40000, 80}, layers.TCP{Seq: 1, SYN: true}, ""),
			result.Packet{
				Kind: result.TCPSYN, From: "172.17.0.2", FromPort: 40000, To: "172.17.0.3", ToPort: 80, Text: "SYN",
			},
		},
		"RST": {
			tcp(t, bob, alice, [2]uint16{80, 40000}, layers.TCP{RST: true, ACK: true}, ""),
			result.Packet{
				Kind: result.TCPRST, From: "172.17.0.3", FromPort: 80, To: "172.17.0.2", ToPort: 40000, Text: "RST",
			},
		},
		"data": {
			tcp(t, alice, bob, [2]uint16{40000, 80}, layers.TCP{ACK: true, PSH: true}, "secret"),
			result.Packet{
				Kind: result.TCPData, From: "172.17.0.2", FromPort: 40000, To: "172.17.0.3", ToPort: 80,
				Text: "data, 6 bytes",
			},
		},
		"a question to Docker's DNS server, whose port is changed": {
			dns(t, local, embedded, [2]uint16{40000, 41234}, &layers.DNS{ID: 1, Questions: asked}),
			result.Packet{
				Kind: result.DNSQuestion, From: "127.0.0.1", FromPort: 40000, To: "127.0.0.11", ToPort: 41234,
				Text: "DNS: A bob?",
			},
		},
		"an answer": {
			dns(t, bob, alice, [2]uint16{53, 40000}, &layers.DNS{
				ID: 1, QR: true, Questions: asked, Answers: []layers.DNSResourceRecord{
					{Name: []byte("bob"), Type: layers.DNSTypeA, Class: layers.DNSClassIN, IP: bob.To4()},
				},
			}),
			result.Packet{
				Kind: result.DNSAnswer, From: "172.17.0.3", FromPort: 53, To: "172.17.0.2", ToPort: 40000,
				Text: "DNS: bob is 172.17.0.3",
			},
		},
		"no such name": {
			dns(t, bob, alice, [2]uint16{53, 40000}, &layers.DNS{
				ID: 1, QR: true, ResponseCode: layers.DNSResponseCodeNXDomain, Questions: asked,
			}),
			result.Packet{
				Kind: result.DNSAnswer, From: "172.17.0.3", FromPort: 53, To: "172.17.0.2", ToPort: 40000,
				Text: "DNS: NXDOMAIN, no bob",
			},
		},
		"who has, IPv6": {
			ndp(t, alice6, net.HardwareAddr{0x33, 0x33, 0, 0, 0, 3},
				&layers.ICMPv6NeighborSolicitation{TargetAddress: bob6}, layers.ICMPv6TypeNeighborSolicitation),
			result.Packet{Kind: result.NDPRequest, From: "fd00::2", To: "fd00::3", Text: "who has fd00::3?"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := Packets([]probe.Sighting{{Place: "alice eth0", Frame: test.frame}})
			test.want.Number, test.want.Place, test.want.Bytes = 1, "alice eth0", test.frame.Length
			if diff := cmp.Diff([]result.Packet{test.want}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// at returns a frame at a capture point, us microseconds after the first one.
func at(place string, us int64, f probe.Frame) probe.Sighting {
	f.TimeNS = 1_700_000_000_000_000_000 + us*1000
	if place == "alice lo" {
		f.Link = "lo"
	}
	return probe.Sighting{Place: place, Frame: f}
}

// A packet has one number wherever it is seen, even after address translation or a router. A retransmission has
// another.
func TestNumbers(t *testing.T) {
	syn := layers.TCP{Seq: 4711, SYN: true}
	sighted := []probe.Sighting{
		at("alice eth0", 0, tcp(t, alice, outside, [2]uint16{40000, 80}, syn, "")),
		at("host docker0", 5, tcp(t, alice, outside, [2]uint16{40000, 80}, syn, "")),
		at("outside eth0", 9, tcp(t, host, outside, [2]uint16{50001, 80}, syn, "")),
		at("alice eth0", 1_000_000, tcp(t, alice, outside, [2]uint16{40000, 80}, syn, "")),
		at("host docker0", 1_000_004, tcp(t, alice, outside, [2]uint16{40000, 80}, syn, "")),
		at("alice eth0", 1_000_010, echo(t, alice, bob, layers.ICMPv4TypeEchoRequest, 1, 64)),
		at("pc eth0", 1_000_011, echo(t, alice, bob, layers.ICMPv4TypeEchoRequest, 1, 64)),
		at("pc eth0", 1_000_012, echo(t, alice, bob, layers.ICMPv4TypeEchoRequest, 1, 63)),
		at("alice eth0", 1_000_020, echo(t, alice, bob, layers.ICMPv4TypeEchoRequest, 2, 64)),
		at("alice lo", 1_000_030, echo(t, alice, bob, layers.ICMPv4TypeEchoRequest, 2, 64)),
	}
	type row struct {
		Number int
		US     int64
		Place  string
	}
	want := []row{
		{1, 0, "alice eth0"},
		{1, 5, "host docker0"},
		{1, 9, "outside eth0"},
		{2, 1_000_000, "alice eth0"},
		{2, 1_000_004, "host docker0"},
		{3, 1_000_010, "alice eth0"},
		{3, 1_000_011, "pc eth0"},
		{3, 1_000_012, "pc eth0"},
		{4, 1_000_020, "alice eth0"},
		{5, 1_000_030, "alice lo"},
	}
	var got []row
	packets, _ := Packets(sighted)
	for _, p := range packets {
		got = append(got, row{p.Number, p.US, p.Place})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What kernels and engines do by themselves is not part of an answer.
func TestHousekeeping(t *testing.T) {
	hello := frame(t, ether(net.HardwareAddr{1, 0, 0x5e, 0, 0, 22}, layers.EthernetTypeIPv4),
		ip(alice, net.IPv4(224, 0, 0, 22), layers.IPProtocolIGMP, 1), gopacket.Payload(make([]byte, 8)))
	got, _ := Packets([]probe.Sighting{
		at("alice eth0", 0, arp(t, layers.ARPRequest, everybody, alice, alice, aliceMAC)), // announces its own address
		at("alice eth0", 1, arp(t, layers.ARPRequest, bobMAC, alice, bob, aliceMAC)),      // asks for a neighbor it knows
		at("alice eth0", 2, arp(t, layers.ARPReply, aliceMAC, bob, alice, bobMAC)),        // and gets the reply
		at("alice eth0", 3, hello),
		at("alice eth0", 4, ndp(t, net.IPv6unspecified, net.HardwareAddr{0x33, 0x33, 0, 0, 0, 2},
			&layers.ICMPv6NeighborSolicitation{TargetAddress: alice6}, layers.ICMPv6TypeNeighborSolicitation)),
		at("alice eth0", 5, arp(t, layers.ARPRequest, everybody, alice, bob, aliceMAC)), // asks for one it does not know
		at("alice eth0", 6, arp(t, layers.ARPReply, aliceMAC, bob, alice, bobMAC)),
	})
	want := []result.Packet{
		{Kind: result.ARPRequest, Text: "who has 172.17.0.3?"},
		{Kind: result.ARPReply, Text: "172.17.0.3 is at 02:42:00:00:00:03", US: 1},
	}
	ignored := cmpopts.IgnoreFields(result.Packet{}, "Number", "Place", "From", "To", "Bytes")
	if diff := cmp.Diff(want, got, ignored); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFloodIsCut(t *testing.T) {
	var flood []probe.Sighting
	for i := range limit + 20 {
		flood = append(flood, at("alice eth0", int64(i), echo(t, alice, bob, layers.ICMPv4TypeEchoRequest, uint16(i), 64)))
	}
	got, unlisted := Packets(flood)
	if len(got) != limit || unlisted != 20 {
		t.Errorf("got %d packets and %d that are not listed, want %d and 20", len(got), unlisted, limit)
	}
}

// Frames come from the network, and can contain anything.
func FuzzPackets(f *testing.F) {
	f.Add(echo(f, alice, bob, layers.ICMPv4TypeEchoRequest, 1, 64).Data)
	f.Add(arp(f, layers.ARPRequest, everybody, alice, bob, aliceMAC).Data)
	f.Add(dns(f, alice, bob, [2]uint16{1, 53}, &layers.DNS{Questions: []layers.DNSQuestion{about("bob")}}).Data)
	f.Add(ndp(f, alice6, bobMAC, &layers.ICMPv6NeighborAdvertisement{TargetAddress: bob6},
		layers.ICMPv6TypeNeighborAdvertisement).Data)
	f.Fuzz(func(_ *testing.T, data []byte) {
		Packets([]probe.Sighting{{Place: "alice eth0", Frame: probe.Frame{Data: data, Length: len(data)}}})
	})
}
