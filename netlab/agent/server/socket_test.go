//go:build linux

package server

import (
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
)

// What arrived while the agent did not get to run is an answer, although the time for it is over. But packets for
// others that keep arriving do not keep it from giving up.
func TestLateAnswer(t *testing.T) {
	other, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	check(t, err)
	defer other.Close()
	s, err := openSocket(t.Context(), other.LocalAddr().(*net.UDPAddr).AddrPort(), unix.SOCK_DGRAM, unix.IPPROTO_UDP)
	check(t, err)
	defer s.close()
	check(t, s.connect(waitFor(time.Second)))
	over := func(time.Duration) (time.Duration, error) { return 0, &silence{} }
	receive := func() (string, error) {
		buf := make([]byte, 16)
		n, err := s.receive(buf, over)
		return string(buf[:n]), err
	}
	var silent *silence
	if got, err := receive(); !errors.As(err, &silent) {
		t.Errorf("got %q, %v, want a silence", got, err)
	}
	for range maxLate + 1 {
		_, err := other.WriteToUDPAddrPort([]byte("late"), s.local())
		check(t, err)
		got, err := receive()
		if errors.As(err, &silent) {
			return
		}
		if got != "late" || err != nil {
			t.Fatalf("got %q, %v, want late", got, err)
		}
	}
	t.Error("a flood of packets does not end")
}

// A port that is free at one address only may be another listener's at another address, and would answer there.
func TestFreePortIsFreeEverywhere(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	const ports = 16
	b.sysctl(t, "ipv4/ip_local_port_range", "40000 40015")
	for _, network := range []string{"tcp", "udp"} {
		var at []netip.AddrPort
		for range ports / 2 { // with SO_REUSEADDR, the kernel begins with half of the ports
			address := netip.AddrFrom4([4]byte{127, 0, 0, byte(1 + len(at))})
			replies, err := b.Stream(t.Context(), probe.Question{Listen: &probe.Listen{
				Network: network, Address: address.String(), Token: token,
			}})
			check(t, err)
			first := <-replies
			bound, err := netip.ParseAddrPort(first.Outcome.Value)
			check(t, err)
			for _, other := range at {
				if other.Port() == bound.Port() {
					t.Errorf("%s: %s and %s have the same port", network, other, bound)
				}
			}
			at = append(at, bound)
		}
	}
}
