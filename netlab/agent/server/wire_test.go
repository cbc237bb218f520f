//go:build linux

package server

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netlab/netlab/fact"
	"netlab/netlab/poll"
	"netlab/netlab/probe"
)

// newHelper starts an agent in host's network namespace that sees machine as process 1.
func newHelper(t *testing.T, host, machine *box) *box {
	t.Helper()
	needs(t)
	return newBareBox(t, 0, "nsenter",
		fmt.Sprintf("--net=/proc/%d/ns/net", host.pid), fmt.Sprintf("--pid=/proc/%d/ns/pid", machine.pid), os.Args[0])
}

func TestWire(t *testing.T) {
	t.Parallel()
	host := newBox(t)
	machine := newBareBox(t, unix.CLONE_NEWNET|unix.CLONE_NEWUTS|unix.CLONE_NEWPID, os.Args[0])
	machine.sysctl(t, "ipv4/ip_forward", "1")
	machine.sysctl(t, "ipv4/icmp_ratemask", "0") // a rate limit of 0 would use up the budget for routing errors
	helper := newHelper(t, host, machine)
	wire := probe.Wire{
		Name: "nl0a1b2c3d1", Peer: "eth0", PID: 1, Address: "198.18.7.1/28", Gateway: "198.18.7.2",
		Behind: []string{"198.18.7.64/28", "198.18.7.96/28"},
	}
	config := probe.Configure{
		Link: "eth0", Addresses: []string{"198.18.7.2/28", "198.18.7.3/28", "fd77::2/64"},
		Routes: []probe.Route{
			{Destination: "0.0.0.0/0", Gateway: "198.18.7.1"},
			{Destination: "198.18.7.64/28", Kind: "blackhole"},
			{Destination: "198.18.7.96/28", Kind: "throw"},
		},
	}
	for _, step := range []struct {
		name   string
		on     *box
		ask    probe.Question
		want   probe.Reason
		detail string
	}{
		{"the wire", helper, probe.Question{Wire: &wire}, probe.OK, ""},
		{"the machine", machine, probe.Question{Configure: &config}, probe.OK, ""},
		{"the machine again", machine, probe.Question{Configure: &config}, probe.OK, ""},
		{"the wire again", helper, probe.Question{Wire: &wire}, probe.InUse, wire.Name},
	} {
		got, err := step.on.Ask(t.Context(), step.ask)
		check(t, err)
		if got.Reason != step.want || !strings.Contains(got.Detail, step.detail) {
			t.Fatalf("%s: got %+v, want %s with %q", step.name, got, step.want, step.detail)
		}
	}

	host.expect(t,
		expectation{"the machine", pingOf("198.18.7.2"), probe.OK, ""},
		expectation{"its second address", pingOf("198.18.7.3"), probe.OK, ""},
		expectation{"dropped behind it", pingOf("198.18.7.65"), probe.Timeout, "198.18.7.2 answered ARP"},
		expectation{"refused behind it", pingOf("198.18.7.97"), probe.NetUnreachable, "ICMP net unreachable from 198.18.7.2"},
		expectation{"not behind it", pingOf("198.18.8.1"), probe.NetUnreachable, "no route in the asker's own routing table"},
	)
	machine.expect(t,
		expectation{"the host", pingOf("198.18.7.1"), probe.OK, ""},
		expectation{"itself", pingOf("127.0.0.1"), probe.OK, ""},
	)

	stack, err := machine.Look(t.Context())
	check(t, err)
	if eth0 := stack.Link("eth0"); eth0 == nil || !eth0.Up || eth0.Kind != "veth" || stack.Link(wire.Name) != nil {
		t.Errorf("the machine's links: %+v", stack.Links)
	}
	stack, err = host.Look(t.Context())
	check(t, err)
	if end := stack.Link(wire.Name); end == nil || !end.Up || stack.Link(wire.Peer) != nil {
		t.Errorf("the host's links: %+v", stack.Links)
	}
	for _, behind := range wire.Behind {
		if !hasRoute(stack, behind, wire.Gateway) {
			t.Errorf("the host has no route to %s by %s: %+v", behind, wire.Gateway, stack.Routes)
		}
	}
}

// A subnet is reserved once in a network namespace, until its agent ends, and not if the host has a route to it.
func TestReserve(t *testing.T) {
	t.Parallel()
	host := newBox(t)
	machine := newBareBox(t, unix.CLONE_NEWNET|unix.CLONE_NEWPID, os.Args[0])
	first, second := newHelper(t, host, machine), newHelper(t, host, machine)
	first.ok(t, probe.Question{Wire: &probe.Wire{
		Name: "nl1", Peer: "eth0", PID: 1, Address: "198.18.7.1/28", Gateway: "198.18.7.2",
		Behind: []string{"198.18.7.96/28"},
	}})
	reserve := func(on *box, subnet string, want probe.Reason) {
		t.Helper()
		got, err := on.Ask(t.Context(), probe.Question{Reserve: &probe.Reserve{Subnet: subnet}})
		check(t, err)
		if got.Reason != want {
			t.Errorf("reserving %s: got %+v, want %s", subnet, got, want)
		}
	}
	reserve(first, "198.18.7.16/28", probe.OK)
	reserve(second, "198.18.7.16/28", probe.InUse)
	reserve(second, "198.18.7.32/28", probe.OK)
	reserve(machine, "198.18.7.16/28", probe.OK) // another host
	reserve(second, "198.18.7.0/28", probe.InUse)
	reserve(second, "198.18.7.96/28", probe.InUse)
	reserve(second, "everything", probe.Broken)
	first.end(t)
	free := probe.Question{Reserve: &probe.Reserve{Subnet: "198.18.7.16/28"}}
	again, err := poll.Until(t.Context(), 10*time.Second, 10*time.Millisecond, func(ctx context.Context) (bool, error) {
		got, err := second.Ask(ctx, free) // the kernel may take a moment to end the first agent
		return got.Reason == probe.OK, err
	})
	check(t, err)
	if !again {
		t.Error("a subnet stays reserved after the end of its agent")
	}
}

// An outside computer without a route back to the host reports that, with its address.
func TestMachineWithoutARoute(t *testing.T) {
	t.Parallel()
	host := newBox(t)
	machine := newBareBox(t, unix.CLONE_NEWNET|unix.CLONE_NEWPID, os.Args[0])
	machine.sysctl(t, "ipv4/ip_forward", "1")
	helper := newHelper(t, host, machine)
	helper.ok(t, probe.Question{Wire: &probe.Wire{
		Name: "nl1", Peer: "eth0", PID: 1, Address: "198.18.7.1/28", Gateway: "198.18.7.2",
		Behind: []string{"198.18.7.96/28"},
	}})
	machine.ok(t, probe.Question{Configure: &probe.Configure{Link: "eth0", Addresses: []string{"198.18.7.2/28"}}})
	const no = "ICMP net unreachable from 198.18.7.2"
	host.expect(t,
		expectation{"ping", pingOf("198.18.7.97"), probe.NetUnreachable, no},
		expectation{"tcp", connectTo("tcp", "198.18.7.97", 80), probe.NetUnreachable, no},
	)
}

func (b *box) ok(t *testing.T, q probe.Question) {
	t.Helper()
	got, err := b.Ask(t.Context(), q)
	check(t, err)
	if got.Reason != probe.OK {
		t.Fatalf("%+v: got %+v", q, got)
	}
}

// A link that cannot be completed leaves neither a link nor a route.
func TestWireThatFails(t *testing.T) {
	t.Parallel()
	host := newBox(t)
	machine := newBareBox(t, unix.CLONE_NEWNET|unix.CLONE_NEWPID, os.Args[0])
	helper := newHelper(t, host, machine)
	good := probe.Wire{Name: "nl1", Peer: "eth0", PID: 1, Address: "198.18.7.1/28", Gateway: "198.18.7.2"}
	for _, test := range []struct {
		name   string
		change func(*probe.Wire)
		want   probe.Reason
		detail string
	}{
		{"a route twice", func(w *probe.Wire) {
			w.Behind = []string{"198.18.8.0/24", "198.18.8.0/24"}
		}, probe.InUse, "198.18.8.0/24"},
		{"a long name", func(w *probe.Wire) { w.Name = "sixteen-bytes-xx" }, probe.Broken, "15 bytes"},
		{"no peer", func(w *probe.Wire) { w.Peer = "" }, probe.Broken, "15 bytes"},
		{"no address", func(w *probe.Wire) { w.Address = "198.18.7.1" }, probe.Broken, "198.18.7.1"},
		{"no gateway", func(w *probe.Wire) {
			w.Gateway, w.Behind = "", []string{"198.18.8.0/24"}
		}, probe.Broken, "gateway"},
		{"no subnet", func(w *probe.Wire) { w.Behind = []string{"everything"} }, probe.Broken, "everything"},
		{"the name of loopback", func(w *probe.Wire) { w.Name = "lo" }, probe.InUse, "lo"},
	} {
		w := good
		test.change(&w)
		got, err := helper.Ask(t.Context(), probe.Question{Wire: &w})
		check(t, err)
		if got.Reason != test.want || !strings.Contains(got.Detail, test.detail) {
			t.Errorf("%s: got %+v, want %s with %q", test.name, got, test.want, test.detail)
		}
	}
	for name, b := range map[string]*box{"host": host, "machine": machine} {
		stack, err := b.Look(t.Context())
		check(t, err)
		if len(stack.Links) != 1 || hasRoute(stack, "198.18.8.0/24", "198.18.7.2") {
			t.Errorf("left in the %s: %+v %+v", name, stack.Links, stack.Routes)
		}
	}
}

func TestConfigureWhatIsNotThere(t *testing.T) {
	t.Parallel()
	machine := newBox(t)
	route := func(r probe.Route) probe.Question {
		return probe.Question{Configure: &probe.Configure{Link: "lo", Routes: []probe.Route{r}}}
	}
	missing := probe.Question{Configure: &probe.Configure{Link: "eth7"}}
	address := probe.Question{Configure: &probe.Configure{Link: "lo", Addresses: []string{"10.0.0.300/8"}}}
	machine.expect(t,
		expectation{"no link", missing, probe.Broken, "eth7"},
		expectation{"no address", address, probe.Broken, "10.0.0.300/8"},
		expectation{"no gateway", route(probe.Route{Destination: "10.1.0.0/16"}), probe.Broken, "gateway"},
		expectation{"no kind", route(probe.Route{Destination: "10.1.0.0/16", Kind: "black"}), probe.Broken, "black"},
		expectation{"no destination", route(probe.Route{Gateway: "10.0.0.1"}), probe.Broken, "destination"},
		expectation{
			"a gateway that is not there", route(probe.Route{Destination: "10.1.0.0/16", Gateway: "10.0.0.1"}),
			probe.Broken, "10.1.0.0/16 by 10.0.0.1",
		},
	)
}

func hasRoute(stack *fact.Stack, destination, gateway string) bool {
	for _, r := range stack.Routes {
		if r.Destination == destination && r.Gateway == gateway {
			return true
		}
	}
	return false
}
