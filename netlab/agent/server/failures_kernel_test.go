//go:build linux

package server

import (
	"fmt"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"

	"netlab/netlab/agent"
	"netlab/netlab/probe"
)

// overheard lists what the agent tells of the failures in its box, up to the time that the question is over.
func (b *box) overheard(t *testing.T, q probe.Failures) <-chan agent.Reply {
	t.Helper()
	replies, err := b.Stream(t.Context(), probe.Question{Failures: &q})
	check(t, err)
	if r := <-replies; r.Outcome == nil || r.Outcome.Reason != probe.OK {
		t.Fatalf("listening: %+v", r.Outcome)
	}
	return replies
}

// in runs a program's part in the box's network namespace.
func (b *box) in(t *testing.T, part func() error) error {
	t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked, so that the thread ends with the goroutine
		if err := netns.Set(b.ns); err != nil {
			done <- err
			return
		}
		done <- part()
	}()
	return <-done
}

// What ordinary programs do fails, as the kernel of each box has it: nothing is made up here.
func TestFailuresOfPrograms(t *testing.T) {
	t.Parallel()
	alice, bob := newBox(t), newBox(t)
	wire(t, alice, "eth0", "10.77.0.1/24", bob, "eth0", "10.77.0.2/24")
	check(t, alice.net.NeighAdd(&netlink.Neigh{
		LinkIndex: alice.link(t, "eth0").Attrs().Index, State: netlink.NUD_PERMANENT, IP: net.IPv4(10, 77, 0, 66),
		HardwareAddr: net.HardwareAddr{2, 0, 0, 0, 0, 66},
	}))
	bob.serve(t, "tcp", "10.77.0.2:80")
	told := alice.overheard(t, probe.Failures{})
	dial := func(network, address string, write string) {
		t.Helper()
		_ = alice.in(t, func() error {
			c, err := net.DialTimeout(network, address, 5*time.Second)
			if err != nil || write == "" {
				return err
			}
			_, err = c.Write([]byte(write))
			return err
		})
	}
	next := func(want probe.Failure) {
		t.Helper()
		for r := range told {
			if r.Failure == nil {
				continue
			}
			got := *r.Failure
			got.Detail, got.TookUS = "", 0
			if got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			return
		}
	}
	dial("tcp", "10.77.0.2:80", "hello") // it works
	if o, err := alice.Ask(t.Context(), reachOf("tcp", "10.77.0.2", 82)); err != nil || o.Reason != probe.Refused {
		t.Errorf("netlab's own SYN: got %+v, %v", o, err)
	}
	for _, tt := range []struct {
		network, address, write string
		want                    probe.Failure
	}{
		{"tcp", "10.77.0.2:81", "", probe.Failure{Network: "tcp", Address: "10.77.0.2", Port: 81, Reason: probe.Refused}},
		{"tcp", "127.0.0.1:81", "", probe.Failure{Network: "tcp", Address: "127.0.0.1", Port: 81, Reason: probe.Refused}},
		{"tcp", "[::1]:82", "", probe.Failure{Network: "tcp", Address: "::1", Port: 82, Reason: probe.Refused}},
		{"udp", "10.77.0.2:81", "word", probe.Failure{Network: "udp", Address: "10.77.0.2", Port: 81, Reason: probe.Refused}},
		{"tcp", "10.77.0.66:80", "", probe.Failure{Network: "tcp", Address: "10.77.0.66", Port: 80, Reason: probe.Timeout}},
		{"tcp", "10.77.0.9:80", "", probe.Failure{ // no neighbor has it
			Network: "tcp", Address: "10.77.0.9", Port: 80, Reason: probe.HostUnreachable,
		}},
	} {
		dial(tt.network, tt.address, tt.write)
		next(tt.want)
	}
}

// What works is only counted.
func TestFailuresCountWhatWorks(t *testing.T) {
	t.Parallel()
	alice := newBox(t)
	alice.serve(t, "tcp", "127.0.0.1:80")
	told := alice.overheard(t, probe.Failures{})
	check(t, alice.in(t, func() error {
		for range 3 {
			c, err := net.Dial("tcp", "127.0.0.1:80")
			if err != nil {
				return fmt.Errorf("connecting: %w", err)
			}
			c.Close()
		}
		return nil
	}))
	for r := range told {
		switch {
		case r.Failure != nil:
			t.Fatalf("got %+v, though nothing failed", r.Failure)
		case r.Traffic != nil && *r.Traffic == (probe.Traffic{Connections: 3}):
			return
		}
	}
	t.Error("it ended without three connections")
}

// It ends by itself when its time is over.
func TestFailuresEnd(t *testing.T) {
	t.Parallel()
	for r := range newBox(t).overheard(t, probe.Failures{ForMS: 1}) {
		t.Errorf("got %+v", r)
	}
}
