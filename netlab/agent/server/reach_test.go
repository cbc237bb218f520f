//go:build linux

package server

import (
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"netlab/netlab/agent"
	"netlab/netlab/probe"
)

func reachOf(network, address string, port int) probe.Question {
	return probe.Question{Reach: &probe.Reach{
		Network: network, Address: address, Port: port, Sequence: 0xfffffffe, Count: 3, EveryMS: 20, WaitMS: 200,
	}}
}

// serve opens an ordinary server in the box, which is not netlab's, and returns what it accepts or reads.
func (b *box) serve(t *testing.T, network, address string) <-chan string {
	t.Helper()
	got, opened := make(chan string, 16), make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked, so that the thread ends with the goroutine
		if err := netns.Set(b.ns); err != nil {
			opened <- err
			return
		}
		if network == "udp" {
			socket, err := net.ListenPacket(network, address)
			opened <- err
			if err != nil {
				return
			}
			go func() { <-t.Context().Done(); socket.Close() }()
			buf := make([]byte, 64)
			for {
				n, _, err := socket.ReadFrom(buf)
				if err != nil {
					return
				}
				got <- string(buf[:n])
			}
		}
		listener, err := net.Listen(network, address)
		opened <- err
		if err != nil {
			return
		}
		go func() { <-t.Context().Done(); listener.Close() }()
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			defer c.Close() // at the end: a client that is cut off would connect again
			got <- c.RemoteAddr().String()
		}
	}()
	check(t, <-opened)
	return got
}

func TestReach(t *testing.T) {
	t.Parallel()
	alice, bob := newBox(t), newBox(t)
	wire(t, alice, "eth0", "10.77.0.1/24", bob, "eth0", "10.77.0.2/24")
	alice.address(t, "eth0", "fd77::1/64")
	bob.address(t, "eth0", "fd77::2/64")
	check(t, alice.net.NeighAdd(&netlink.Neigh{
		LinkIndex: alice.link(t, "eth0").Attrs().Index, State: netlink.NUD_PERMANENT, IP: net.IPv4(10, 77, 0, 66),
		HardwareAddr: net.HardwareAddr{2, 0, 0, 0, 0, 66},
	}))
	alice.route(t, netlink.Route{Type: unix.RTN_PROHIBIT}, "10.2.0.0/16")
	four, six := bob.serve(t, "tcp", "10.77.0.2:80"), bob.serve(t, "tcp", "[fd77::2]:80")
	alice.serve(t, "tcp", "127.0.0.1:80")
	alice.expect(t,
		expectation{"open", reachOf("tcp", "10.77.0.2", 80), probe.OK, ""},
		expectation{"open, IPv6", reachOf("tcp", "fd77::2", 80), probe.OK, ""},
		expectation{"open on loopback", reachOf("tcp", "127.0.0.1", 80), probe.OK, ""},
		expectation{"closed", reachOf("tcp", "10.77.0.2", 9), probe.Refused, "RST from 10.77.0.2"},
		expectation{"closed, IPv6", reachOf("tcp", "fd77::2", 9), probe.Refused, "RST from fd77::2"},
		expectation{"closed on loopback", reachOf("tcp", "127.0.0.1", 9), probe.Refused, "RST from 127.0.0.1"},
		expectation{"closed udp", reachOf("udp", "10.77.0.2", 9), probe.Refused, "ICMP port unreachable from 10.77.0.2"},
		expectation{"nobody", reachOf("tcp", "10.77.0.9", 80), probe.HostUnreachable, "no ARP reply from 10.77.0.9"},
		expectation{"silence", reachOf("tcp", "10.77.0.66", 80), probe.Timeout, "10.77.0.66 is set by hand"},
		expectation{"no route", reachOf("tcp", "10.9.9.9", 80), probe.NetUnreachable, "no route in the asker's own"},
		expectation{"prohibited", reachOf("tcp", "10.2.0.1", 80), probe.Denied, "prohibit route"},
		expectation{"no port", reachOf("tcp", "10.77.0.2", 0), probe.Broken, "not a port"},
	)
	// A connection of ours that the servers accept shows that they had accepted everything before it.
	for _, server := range []struct {
		accepted <-chan string
		address  string
	}{{four, "10.77.0.2"}, {six, "fd77::2"}} {
		_, err := alice.Ask(t.Context(), connectTo("tcp", server.address, 80))
		check(t, err)
		<-server.accepted
		select {
		case from := <-server.accepted:
			t.Errorf("the server at %s accepted a connection from %s", server.address, from)
		default:
		}
	}
}

// The route, the neighbor and the number of packets that a Reach reports.
func TestReachPath(t *testing.T) {
	t.Parallel()
	alice, bob := newBox(t), newBox(t)
	wire(t, alice, "eth0", "10.77.0.1/24", bob, "eth0", "10.77.0.2/24")
	alice.route(t, netlink.Route{Gw: net.IPv4(10, 77, 0, 2)}, "0.0.0.0/0")
	bob.sysctl(t, "ipv4/ip_forward", "0") // bob drops what is not for him
	got, err := alice.Ask(t.Context(), reachOf("tcp", "10.99.0.1", 80))
	check(t, err)
	want := probe.Path{
		Link: "eth0", Source: "10.77.0.1", Gateway: "10.77.0.2", MAC: bob.link(t, "eth0").Attrs().HardwareAddr.String(),
		Neighbor: "reachable", Sent: 3,
	}
	if got.Path == nil || got.Path.Neighbor != "reachable" && got.Path.Neighbor != "delay" {
		t.Fatalf("got %+v with path %+v", got, got.Path)
	}
	got.Path.Neighbor = want.Neighbor // delay until the kernel has confirmed it
	if *got.Path != want || got.Reason != probe.Timeout {
		t.Errorf("got %s with %+v, want %s with %+v", got.Reason, *got.Path, probe.Timeout, want)
	}
}

// What the other end sees of a Reach: requests that arrive, replies that leave, and nothing of other connections.
func TestArrivals(t *testing.T) {
	t.Parallel()
	alice, bob := newBox(t), newBox(t)
	wire(t, alice, "eth0", "10.77.0.1/24", bob, "eth0", "10.77.0.2/24")
	bob.serve(t, "tcp", ":80")
	got := bob.serve(t, "udp", ":53")
	for _, test := range []struct {
		network string
		port    int
		want    []string
	}{
		{"tcp", 80, []string{probe.RequestArrived, probe.ReplyLeft}},
		{"tcp", 9, []string{probe.RequestArrived, probe.ReplyLeft}},
		{"udp", 53, []string{probe.RequestArrived, probe.RequestArrived, probe.RequestArrived}},
	} {
		ask := reachOf(test.network, "10.77.0.2", test.port)
		replies := bob.stream(t, probe.Question{Arrivals: &probe.Arrivals{
			Network: test.network, Port: test.port, Sequence: ask.Reach.Sequence,
		}})
		_, err := alice.Ask(t.Context(), connectTo("tcp", "10.77.0.2", 80)) // has another sequence number
		check(t, err)
		_, err = alice.Ask(t.Context(), ask)
		check(t, err)
		for i, want := range test.want {
			if seen := nextSeen(t, replies); seen.What != want {
				t.Errorf("%s/%d: %d is %+v, want %s", test.network, test.port, i, seen, want)
			}
		}
		select {
		case r := <-replies:
			t.Errorf("%s/%d: also %+v", test.network, test.port, r.Seen)
		case <-time.After(50 * time.Millisecond):
		}
	}
	for range 3 {
		if datagram := <-got; datagram != "" {
			t.Errorf("the UDP server got %q, want nothing", datagram)
		}
	}
}

// The packets of a question are seen however much else arrives at the same time.
func TestArrivalsAmongOthers(t *testing.T) {
	t.Parallel()
	alice, bob := newBox(t), newBox(t)
	wire(t, alice, "eth0", "10.77.0.1/24", bob, "eth0", "10.77.0.2/24")
	alice.address(t, "eth0", "fd77::1/64")
	bob.address(t, "eth0", "fd77::2/64")
	bob.serve(t, "udp", "[::]:53")
	for _, q := range []probe.Question{
		reachOf("tcp", "10.77.0.2", 80), reachOf("tcp", "fd77::2", 80), reachOf("udp", "10.77.0.2", 53),
		reachOf("udp", "fd77::2", 53),
	} {
		seen := bob.stream(t, probe.Question{Arrivals: &probe.Arrivals{
			Network: q.Reach.Network, Port: q.Reach.Port, Sequence: q.Reach.Sequence,
		}})
		check(t, unix.Kill(bob.pid, unix.SIGSTOP)) // so that it reads nothing meanwhile
		alice.inside(t, func() error {
			flood, err := net.Dial("udp", net.JoinHostPort(q.Reach.Address, "53"))
			if err != nil {
				return err
			}
			defer flood.Close()
			for range 500 {
				if _, err := flood.Write(make([]byte, 1400)); err != nil {
					return err
				}
			}
			return nil
		})
		_, err := alice.Ask(t.Context(), q)
		check(t, unix.Kill(bob.pid, unix.SIGCONT))
		check(t, err)
		if got := nextSeen(t, seen); got.What != probe.RequestArrived {
			t.Errorf("%+v: got %+v", q.Reach, got)
		}
	}
}

// Who stops watching hears of everything that arrived before.
func TestArrivalsAtTheEnd(t *testing.T) {
	t.Parallel()
	alice, bob := newBox(t), newBox(t)
	wire(t, alice, "eth0", "10.77.0.1/24", bob, "eth0", "10.77.0.2/24")
	q := reachOf("tcp", "10.77.0.2", 80)
	for range 20 { // the end and the packet race each other
		seen := 0
		stop, err := bob.Watch(t.Context(), probe.Question{Arrivals: &probe.Arrivals{
			Network: "tcp", Port: 80, Sequence: q.Reach.Sequence,
		}}, func(agent.Reply) { seen++ })
		check(t, err)
		check(t, unix.Kill(bob.pid, unix.SIGSTOP)) // his kernel refuses without him
		_, err = alice.Ask(t.Context(), q)
		go unix.Kill(bob.pid, unix.SIGCONT)
		check(t, err)
		if stop(); seen != 2 {
			t.Fatalf("%d packets were seen, want a SYN and its RST", seen)
		}
	}
}

// A later fragment has no header, even if its bytes look like one.
func TestArrivalsOfFragments(t *testing.T) {
	q := probe.Arrivals{Network: "udp", Port: 53}
	packet := func(fragment byte) []byte {
		return []byte{
			0x45, 0, 0, 28, 0, 0, 0, fragment, 64, unix.IPPROTO_UDP, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x80, 0, 0, 53, 0, 8, 0, 0,
		}
	}
	if _, what := sees(q, packet(0), false); what != probe.RequestArrived {
		t.Errorf("an empty datagram is %q", what)
	}
	if _, what := sees(q, packet(185), false); what != "" {
		t.Errorf("a later fragment is %q", what)
	}
}

// Packets inside VXLAN are seen if they are of the network that is asked about.
func TestArrivalsInVXLAN(t *testing.T) {
	const id, sequence = 4097, 7
	syn := make([]byte, 40)
	syn[0], syn[9], syn[33], syn[27] = 0x45, unix.IPPROTO_TCP, tcpSYN, sequence
	copy(syn[12:], []byte{10, 0, 1, 2})
	outer := make([]byte, 20+8+8+14)
	outer[0], outer[9], outer[28], outer[33], outer[34] = 0x45, unix.IPPROTO_UDP, 0x08, id>>8, id&0xff
	copy(outer[16:], []byte{203, 0, 113, 2})
	packet := append(outer, syn...)
	q := probe.Arrivals{Network: "tcp", Sequence: sequence, Passing: true}
	if got := destination(packet); got != "203.0.113.2" {
		t.Errorf("it is sent to %s", got)
	}
	if source, what := sees(q, inVXLAN(packet, id), true); what != probe.RequestLeft || source.String() != "10.0.1.2" {
		t.Errorf("got %s from %s", what, source)
	}
	if got := inVXLAN(packet, id+1); got != nil {
		t.Errorf("of another network: got %v", got)
	}
	if got := inVXLAN(packet[:49], id); got != nil {
		t.Errorf("cut off: got %v", got)
	}
}

func nextSeen(t *testing.T, replies <-chan agent.Reply) probe.Seen {
	t.Helper()
	select {
	case r, open := <-replies:
		if open && r.Seen != nil {
			return *r.Seen
		}
		t.Fatalf("got %+v", r)
	case <-time.After(5 * time.Second):
		t.Fatal("nothing arrived")
	}
	return probe.Seen{}
}
