//go:build linux && engines

package scan_test

import (
	"context"
	"net"
	"net/netip"
	"os"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netlab/netlab/engine"
	"netlab/netlab/enginetest"
	"netlab/netlab/probe"
)

// sends sends a UDP datagram from the engine's host now, and then ten each second until stop is called.
func (s *site) sends(to string) (stop func()) {
	s.Helper()
	dialed := make(chan error)
	ctx, cancel := context.WithCancel(s.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread() // never unlocked, so that the thread ends with the goroutine
		c, err := s.dial(to)
		if err == nil {
			_, err = c.Write([]byte("word"))
		}
		dialed <- err
		if err != nil {
			return
		}
		defer c.Close()
		for ctx.Err() == nil {
			_, _ = c.Write([]byte("word")) // an ICMP error about the one before is expected
			time.Sleep(100 * time.Millisecond)
		}
	}()
	if err := <-dialed; err != nil {
		s.Fatal(err)
	}
	return func() { cancel(); <-ended }
}

// dial opens a UDP socket in the network namespace of the engine's host. The thread stays there.
func (s *site) dial(to string) (net.Conn, error) {
	ns, err := os.Open("/run/netns/" + s.on.Namespace)
	if err != nil {
		return nil, err
	}
	defer ns.Close()
	if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
		return nil, err
	}
	return net.Dial("udp", to)
}

// TestEnginesFlows leaves flows behind that lead to an address that nothing has, and to a container that does not
// publish their port. They are found while packets come, and no longer once the sender has started again.
func TestEnginesFlows(t *testing.T) {
	for _, version := range enginetest.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := openSite(t, version)
			app, _, _ := s.lab()
			s.up(engine.ContainerSpec{
				Peer: "logs", Attachments: []engine.Attachment{{Network: app.Name}},
				Publish: []engine.Publish{{Port: "5140/udp", HostPort: 18514}},
			}, probe.Question{Listen: &probe.Listen{Network: "udp", Address: "0.0.0.0", Port: 5140, Token: "word"}})
			web := netip.MustParsePrefix(app.Subnet).Addr().Next().Next().String()
			to := app.Gateway + ":18514"
			stop := s.sends(to)
			s.finds("healthy", s.scan())
			stop()
			for i, shape := range inConntrack() {
				name, leads := shape.name, []string{unused(app), web}[i]
				rule := " OUTPUT -p udp -d " + app.Gateway + " --dport 18514 -j DNAT --to-destination " + leads + ":5140"
				s.run("iptables -t nat -I" + rule)
				stop := s.sends(to)
				s.run("iptables -t nat -D" + rule)
				got := s.scan()
				s.finds(name, got, shape.want...)
				stop()
				s.finds(name+", and no packets", s.scan())
				stop = s.sends(to)
				s.finds(name+", and a sender that started again", s.scan())
				stop()
			}
		})
	}
}
