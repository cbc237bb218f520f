//go:build linux

package server

import (
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"netlab/netlab/agent"
	"netlab/netlab/probe"
)

// A box is an agent in its own network and UTS namespaces, which disappear with it.
type box struct {
	*agent.Client
	pid   int
	ns    netns.NsHandle
	net   *netlink.Handle
	etc   string
	input io.Closer
}

// newBox starts the test binary as an agent in new namespaces, with loopback up.
func newBox(t *testing.T) *box {
	t.Helper()
	b := newBareBox(t, unix.CLONE_NEWNET|unix.CLONE_NEWUTS, os.Args[0])
	// The kernel checks a link's own IPv6 address for two seconds, during which a router finds no neighbor.
	b.sysctl(t, "ipv6/conf/default/accept_dad", "0")
	b.up(t, "lo")
	return b
}

// newBareBox starts the test binary as an agent with a command, in the namespaces that flags selects.
func newBareBox(t *testing.T, flags uintptr, command ...string) *box {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("network namespaces need root")
	}
	b := &box{etc: t.TempDir()}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), asAgent+"=1", agentAt+"="+b.etc)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	check(t, err)
	out, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the agent's end: %v", err)
		}
	})
	b.pid, b.input = cmd.Process.Pid, in
	b.Client, err = agent.Dial(t.Context(), out, in)
	check(t, err)
	b.ns, err = netns.GetFromPid(b.pid)
	check(t, err)
	t.Cleanup(func() { b.ns.Close() })
	b.net, err = netlink.NewHandleAt(b.ns)
	check(t, err)
	t.Cleanup(b.net.Close)
	return b
}

// end ends the agent.
func (b *box) end(t *testing.T) {
	t.Helper()
	check(t, b.input.Close())
	<-b.Done()
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (b *box) link(t *testing.T, name string) netlink.Link {
	t.Helper()
	link, err := b.net.LinkByName(name)
	check(t, err)
	return link
}

func (b *box) up(t *testing.T, name string) {
	t.Helper()
	check(t, b.net.LinkSetUp(b.link(t, name)))
}

func (b *box) address(t *testing.T, link, cidr string) {
	t.Helper()
	addr, err := netlink.ParseAddr(cidr)
	check(t, err)
	addr.Flags = unix.IFA_F_NODAD // IPv6 without delay
	check(t, b.net.AddrAdd(b.link(t, link), addr))
}

func (b *box) route(t *testing.T, route netlink.Route, to string) {
	t.Helper()
	_, dst, err := net.ParseCIDR(to)
	check(t, err)
	route.Dst = dst
	check(t, b.net.RouteAdd(&route))
}

// sysctl sets a kernel setting of the box's network namespace.
func (b *box) sysctl(t *testing.T, name, value string) {
	t.Helper()
	b.inside(t, func() error { return os.WriteFile(filepath.Join("/proc/sys/net", name), []byte(value), 0o600) })
}

// inside calls f in the box's network namespace.
func (b *box) inside(t *testing.T, f func() error) {
	t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked, so that the thread ends with the goroutine
		err := netns.Set(b.ns)
		if err == nil {
			err = f()
		}
		done <- err
	}()
	check(t, <-done)
}

// wire connects a and b with a veth pair that has these names and addresses.
func wire(t *testing.T, a *box, linkA, addrA string, b *box, linkB, addrB string) {
	t.Helper()
	check(t, a.net.LinkAdd(&netlink.Veth{
		LinkAttrs: netlink.LinkAttrs{Name: linkA}, PeerName: linkB, PeerNamespace: netlink.NsPid(b.pid),
	}))
	a.address(t, linkA, addrA)
	b.address(t, linkB, addrB)
	a.up(t, linkA)
	b.up(t, linkB)
}

// The questions that the tests below ask about a host.
func pingOf(host string) probe.Question { return probe.Question{Ping: &probe.Ping{Host: host}} }

func connectTo(network, host string, port int) probe.Question {
	return probe.Question{Connect: &probe.Connect{Network: network, Host: host, Port: port, Token: token}}
}

func resolveAt(server string) probe.Question {
	return probe.Question{Resolve: &probe.Resolve{Name: "bob", Server: server}}
}

// An expectation is a question, the expected reason, and words that its detail must contain.
type expectation struct {
	name   string
	ask    probe.Question
	want   probe.Reason
	detail string
}

// expect asks all questions in parallel, because most of them wait.
func (b *box) expect(t *testing.T, all ...expectation) {
	t.Helper()
	t.Run("ask", func(t *testing.T) {
		for _, e := range all {
			t.Run(e.name, func(t *testing.T) {
				t.Parallel()
				got, err := b.Ask(t.Context(), e.ask)
				if err != nil {
					t.Fatal(err)
				}
				if got.Reason != e.want || !strings.Contains(got.Detail, e.detail) {
					t.Errorf("got %+v, want %s with %q", got, e.want, e.detail)
				}
			})
		}
	})
}

func TestEmptyNamespaceHasNoRoute(t *testing.T) {
	t.Parallel()
	alice := newBox(t)
	const no = "no route in the asker's own routing table"
	alice.expect(t,
		expectation{"ping", pingOf("10.9.9.9"), probe.NetUnreachable, no},
		expectation{"tcp", connectTo("tcp", "10.9.9.9", 80), probe.NetUnreachable, no},
		expectation{"udp", connectTo("udp", "10.9.9.9", 80), probe.NetUnreachable, no},
		expectation{"dns", resolveAt("10.9.9.9"), probe.NetUnreachable, no},
		expectation{"itself", pingOf("127.0.0.1"), probe.OK, ""},
		expectation{"itself, closed", connectTo("tcp", "127.0.0.1", 80), probe.Refused, "RST"},
	)
}

func TestNeighbor(t *testing.T) {
	t.Parallel()
	alice, bob := newBox(t), newBox(t)
	wire(t, alice, "eth0", "10.77.0.1/24", bob, "eth0", "10.77.0.2/24")
	alice.address(t, "eth0", "fd77::1/64")
	bob.address(t, "eth0", "fd77::2/64")
	check(t, alice.net.NeighAdd(&netlink.Neigh{
		LinkIndex: alice.link(t, "eth0").Attrs().Index, State: netlink.NUD_PERMANENT, IP: net.IPv4(10, 77, 0, 66),
		HardwareAddr: net.HardwareAddr{2, 0, 0, 0, 0, 66},
	}))
	alice.route(t, netlink.Route{Type: unix.RTN_BLACKHOLE}, "10.1.0.0/16")
	alice.route(t, netlink.Route{Type: unix.RTN_PROHIBIT}, "10.2.0.0/16")
	alice.route(t, netlink.Route{Type: unix.RTN_UNREACHABLE}, "10.3.0.0/16")
	const arp, silent = "no ARP reply from 10.77.0.9", "10.77.0.66 is set by hand"
	large := probe.Question{Ping: &probe.Ping{Host: "10.77.0.2", Size: 4000}}
	tooLarge := probe.Question{Ping: &probe.Ping{Host: "10.77.0.2", Size: 1473, DontFrag: true}}
	asLarge := probe.Question{Ping: &probe.Ping{Host: "10.77.0.2", Size: 1472, DontFrag: true}}
	alice.expect(t,
		expectation{"ping", pingOf("10.77.0.2"), probe.OK, ""},
		expectation{"ping, IPv6", pingOf("fd77::2"), probe.OK, ""},
		expectation{"ping in fragments", large, probe.OK, ""},
		expectation{"ping as large as may be", asLarge, probe.OK, ""},
		expectation{"ping too large", tooLarge, probe.TooBig, "1500"},
		expectation{"closed tcp", connectTo("tcp", "10.77.0.2", 9), probe.Refused, "RST from 10.77.0.2"},
		expectation{"closed tcp, IPv6", connectTo("tcp", "fd77::2", 9), probe.Refused, "RST from fd77::2"},
		expectation{"closed udp", connectTo("udp", "10.77.0.2", 9), probe.Refused, "ICMP port unreachable from 10.77.0.2"},
		expectation{"closed dns", resolveAt("10.77.0.2"), probe.Refused, "ICMP port unreachable from 10.77.0.2"},
		expectation{"ping nobody", pingOf("10.77.0.9"), probe.HostUnreachable, arp},
		expectation{"tcp to nobody", connectTo("tcp", "10.77.0.9", 9), probe.HostUnreachable, arp},
		expectation{"udp to nobody", connectTo("udp", "10.77.0.9", 9), probe.HostUnreachable, arp},
		expectation{"dns of nobody", resolveAt("10.77.0.9"), probe.HostUnreachable, arp},
		expectation{"ping nobody, IPv6", pingOf("fd77::9"), probe.HostUnreachable, "no NDP reply from fd77::9"},
		expectation{"ping silence", pingOf("10.77.0.66"), probe.Timeout, silent},
		expectation{"tcp silence", connectTo("tcp", "10.77.0.66", 9), probe.Timeout, silent},
		expectation{"udp silence", connectTo("udp", "10.77.0.66", 9), probe.Timeout, silent},
		expectation{"dns silence", resolveAt("10.77.0.66"), probe.DNSNoAnswer, silent},
		expectation{"ping blackhole", pingOf("10.1.0.1"), probe.NetUnreachable, "blackhole route"},
		expectation{"tcp blackhole", connectTo("tcp", "10.1.0.1", 9), probe.NetUnreachable, "blackhole route"},
		expectation{"ping prohibited", pingOf("10.2.0.1"), probe.Denied, "prohibit route"},
		expectation{"tcp unreachable", connectTo("tcp", "10.3.0.1", 9), probe.HostUnreachable, "unreachable route"},
	)
}

func TestRouter(t *testing.T) {
	t.Parallel()
	alice, router, carol := newBox(t), newBox(t), newBox(t)
	wire(t, alice, "eth0", "10.77.0.1/24", router, "left", "10.77.0.2/24")
	wire(t, router, "right", "10.78.0.1/24", carol, "eth0", "10.78.0.2/24")
	check(t, router.net.LinkSetMTU(router.link(t, "right"), 1300))
	alice.route(t, netlink.Route{Gw: net.IPv4(10, 77, 0, 2)}, "0.0.0.0/0")
	carol.route(t, netlink.Route{Gw: net.IPv4(10, 78, 0, 1)}, "0.0.0.0/0")
	router.route(t, netlink.Route{Type: unix.RTN_PROHIBIT}, "10.2.0.0/16")

	router.sysctl(t, "ipv4/ip_forward", "0")
	const dropped = "10.77.0.2 answered ARP, so the packet left"
	alice.expect(t,
		expectation{"ping, dropped", pingOf("10.78.0.2"), probe.Timeout, dropped},
		expectation{"tcp, dropped", connectTo("tcp", "10.78.0.2", 9), probe.Timeout, dropped},
		expectation{"udp, dropped", connectTo("udp", "10.78.0.2", 9), probe.Timeout, dropped},
		expectation{"dns, dropped", resolveAt("10.78.0.2"), probe.DNSNoAnswer, dropped},
	)

	router.sysctl(t, "ipv4/ip_forward", "1")
	// Linux limits the ICMP errors to one host per second, and all of these come together. (The limit of
	// net.ipv4.route.error_burst still applies: five.)
	router.sysctl(t, "ipv4/icmp_ratemask", "0") // a rate limit of 0 would use up the budget for routing errors
	tooLarge := probe.Question{Ping: &probe.Ping{Host: "10.78.0.2", Size: 1400, DontFrag: true}}
	const noNet, prohibited = "ICMP net unreachable from 10.77.0.2", "ICMP administratively prohibited from 10.77.0.2"
	alice.expect(t,
		expectation{"ping through", pingOf("10.78.0.2"), probe.OK, ""},
		expectation{"refused through", connectTo("tcp", "10.78.0.2", 9), probe.Refused, "RST from 10.78.0.2"},
		expectation{"too large for the way", tooLarge, probe.TooBig, "ICMP fragmentation needed from 10.77.0.2, MTU 1300"},
		expectation{"ping no net", pingOf("10.99.0.1"), probe.NetUnreachable, noNet},
		expectation{"tcp no net", connectTo("tcp", "10.99.0.1", 9), probe.NetUnreachable, noNet},
		expectation{"udp prohibited", connectTo("udp", "10.2.0.1", 9), probe.HostUnreachable, prohibited},
	)
}

// stream asks a question that runs until the test ends, and returns the replies after the first, which must be ok.
func (b *box) stream(t *testing.T, q probe.Question) <-chan agent.Reply {
	t.Helper()
	replies, err := b.Stream(t.Context(), q)
	check(t, err)
	first := <-replies
	if first.Outcome == nil || first.Outcome.Reason != probe.OK {
		t.Fatalf("asked %+v, got %+v", q, first)
	}
	return replies
}

func TestLook(t *testing.T) {
	t.Parallel()
	alice, bob := newBox(t), newBox(t)
	wire(t, alice, "eth0", "10.77.0.1/24", bob, "port", "10.77.0.2/24")
	alice.address(t, "eth0", "fd77::1/64")
	alice.route(t, netlink.Route{Gw: net.IPv4(10, 77, 0, 2)}, "0.0.0.0/0")
	check(t, os.WriteFile(filepath.Join(alice.etc, "resolv.conf"), []byte("nameserver 127.0.0.11\n"), 0o600))
	check(t, os.WriteFile(filepath.Join(alice.etc, "hosts"), []byte("10.77.0.1 alice\n"), 0o600))
	alice.stream(t, probe.Question{Listen: &probe.Listen{Network: "tcp", Address: "10.77.0.1", Port: 8080, Token: token}})
	alice.stream(t, probe.Question{Listen: &probe.Listen{Network: "udp", Address: "10.77.0.1", Port: 8081, Token: token}})
	if o, err := alice.Ask(t.Context(), pingOf("10.77.0.2")); err != nil || o.Reason != probe.OK {
		t.Fatalf("alice cannot ping bob: %+v, %v", o, err)
	}

	got, err := alice.LookWithSockets(t.Context())
	check(t, err)
	its, err := bob.Look(t.Context())
	check(t, err)
	eth0, port := got.Link("eth0"), its.Link("port")
	if eth0 == nil || port == nil {
		t.Fatalf("links: %+v and %+v", got.Links, its.Links)
	}
	if eth0.Kind != "veth" || !eth0.Up || eth0.MTU != 1500 || eth0.Peer != port.Index || port.Peer != eth0.Index {
		t.Errorf("the two ends of a veth pair: %+v and %+v", eth0, port)
	}
	if len(eth0.Addresses) < 2 || eth0.Addresses[0] != "10.77.0.1/24" || eth0.Addresses[1] != "fd77::1/64" {
		t.Errorf("addresses: got %v, want 10.77.0.1/24 fd77::1/64 first", eth0.Addresses)
	}
	if lo := got.Link("lo"); lo == nil || lo.Kind != "loopback" {
		t.Errorf("lo: %+v", lo)
	}
	if gw := got.DefaultGateway(); gw != "10.77.0.2" {
		t.Errorf("default gateway: got %q, want 10.77.0.2", gw)
	}
	var sockets []string
	for _, s := range got.Sockets {
		sockets = append(sockets, s.Network+" "+s.Address)
	}
	if diff := cmp.Diff([]string{"tcp 10.77.0.1:8080", "udp 10.77.0.1:8081"}, sockets); diff != "" {
		t.Errorf("sockets (-want +got):\n%s", diff)
	}
	if len(got.Neighbors) == 0 || got.Neighbors[0].Address != "10.77.0.2" || got.Neighbors[0].MAC != port.MAC {
		t.Errorf("neighbours: got %+v, want 10.77.0.2 with %s", got.Neighbors, port.MAC)
	}
	if diff := cmp.Diff([]string{"127.0.0.11"}, got.Nameservers); diff != "" {
		t.Errorf("nameservers (-want +got):\n%s", diff)
	}
	if got.NetNS == "" || got.NetNS == its.NetNS || got.UTSNS == its.UTSNS ||
		got.BootID == "" || got.BootID != its.BootID {
		t.Errorf("namespaces and boot: %s %s %s, and bob's %s %s %s",
			got.NetNS, got.UTSNS, got.BootID, its.NetNS, its.UTSNS, its.BootID)
	}
	if got.Hostname == "" || got.Kernel == "" || got.Sysctl("net.ipv4.ip_forward") == "" || len(got.Hosts) != 1 {
		t.Errorf("missing in %+v", got)
	}
}
