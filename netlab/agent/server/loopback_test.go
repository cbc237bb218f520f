//go:build linux

package server

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/agent"
	"netlab/netlab/probe"
)

// ask answers one question in this process.
func ask(t *testing.T, m machine, q probe.Question) probe.Outcome {
	t.Helper()
	var got []probe.Outcome
	m.run(t.Context(), q, func(r agent.Reply) { got = append(got, *r.Outcome) })
	if len(got) != 1 {
		t.Fatalf("got %d outcomes of %+v, want 1", len(got), q)
	}
	return got[0]
}

// listening opens a listener until the test ends and returns its port and its observations.
func listening(t *testing.T, q probe.Listen) (port int, seen <-chan probe.Seen) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	bound, all, over := make(chan probe.Outcome, 1), make(chan probe.Seen, 64), make(chan struct{})
	t.Cleanup(func() {
		cancel()
		<-over
	})
	go func() {
		defer close(over)
		machine{}.run(ctx, probe.Question{Listen: &q}, func(r agent.Reply) {
			if r.Outcome != nil {
				bound <- *r.Outcome
			} else {
				all <- *r.Seen
			}
		})
	}()
	o := <-bound
	if o.Reason != probe.OK {
		t.Fatalf("listening on %+v: %+v", q, o)
	}
	port, err := strconv.Atoi(o.Value[strings.LastIndex(o.Value, ":")+1:])
	if err != nil {
		t.Fatalf("the listener is bound to %q", o.Value)
	}
	return port, all
}

const token = "sesame"

func TestListenerTellsItsCallerWhomItSees(t *testing.T) {
	for _, network := range []string{"tcp", "udp"} {
		for _, at := range []string{"127.0.0.1", ""} {
			t.Run(network+" "+at, func(t *testing.T) {
				port, seen := listening(t, probe.Listen{Network: network, Address: at, Token: token})
				// Over 127.0.0.2, to notice an answer from the wrong one of two addresses.
				host := "127.0.0.1"
				if at == "" {
					host = "127.0.0.2"
				}
				q := probe.Connect{Network: network, Host: host, Port: port, Token: token}
				got := ask(t, machine{}, probe.Question{Connect: &q})
				if got.Reason != probe.OK || got.Value != "127.0.0.1" && got.Value != host {
					t.Errorf("got %+v, want ok and a loopback address", got)
				}
				if diff := cmp.Diff(probe.Seen{From: got.Value, What: network}, <-seen); diff != "" {
					t.Errorf("seen (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestListenerSaysNothingToStrangers(t *testing.T) {
	port, seen := listening(t, probe.Listen{Network: "tcp", Address: "127.0.0.1", Token: token})
	for name, said := range map[string]string{
		"another token": "netlab1 sesamo\n",
		"no token":      "GET / HTTP/1.0\r\n\r\n",
		"nothing":       "",
		"much":          strings.Repeat("x", 1<<16),
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			io.WriteString(conn, said) // the listener may have hung up already
			conn.(*net.TCPConn).CloseWrite()
			if got, _ := io.ReadAll(conn); len(got) > 0 {
				t.Errorf("a stranger was told %q", got)
			}
		})
	}
	wrong := probe.Connect{Network: "tcp", Host: "127.0.0.1", Port: port, Token: "sesamo"}
	if got := ask(t, machine{}, probe.Question{Connect: &wrong}); got.Reason != probe.Closed {
		t.Errorf("with another token: got %+v, want closed", got)
	}
	select {
	case s := <-seen:
		t.Errorf("a stranger was told of as seen: %+v", s)
	default:
	}
}

// accepting runs a TCP server that calls handle for each connection.
func accepting(t *testing.T, handle func(*net.TCPConn)) int {
	t.Helper()
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.AcceptTCP()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				go handle(conn)
			}
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

func TestConnectToOtherServers(t *testing.T) {
	stay := make(chan struct{})
	t.Cleanup(func() { close(stay) })
	greet := func(c *net.TCPConn) {
		io.WriteString(c, "220 mail\x1b[2J\r\n")
		<-stay
		c.Close()
	}
	for name, test := range map[string]struct {
		handle func(*net.TCPConn)
		want   probe.Reason
	}{
		"holds":                    {func(c *net.TCPConn) { <-stay; c.Close() }, probe.Accepted},
		"closes before it reads":   {func(c *net.TCPConn) { c.Close() }, probe.Closed}, // RST or FIN, by timing
		"closes after it read":     {func(c *net.TCPConn) { c.Read(make([]byte, 100)); c.Close() }, probe.Closed},
		"resets what it half read": {func(c *net.TCPConn) { c.Read(make([]byte, 1)); c.Close() }, probe.Reset},
		"resets":                   {func(c *net.TCPConn) { c.SetLinger(0); c.Close() }, probe.Reset},
		"speaks another protocol":  {greet, probe.Accepted},
	} {
		t.Run(name, func(t *testing.T) {
			port := accepting(t, test.handle)
			q := probe.Connect{Network: "tcp", Host: "127.0.0.1", Port: port, Token: token}
			if got := ask(t, machine{}, probe.Question{Connect: &q}); got.Reason != test.want {
				t.Errorf("got %+v, want %s", got, test.want)
			}
		})
	}
}

func TestClosedPortRefuses(t *testing.T) {
	for network, detail := range map[string]string{
		"tcp": "RST from 127.0.0.1", "udp": "ICMP port unreachable from 127.0.0.1",
	} {
		port := 1 // tcpmux: not in use
		q := probe.Connect{Network: network, Host: "127.0.0.1", Port: port, Token: token}
		got := ask(t, machine{}, probe.Question{Connect: &q})
		if got.Reason != probe.Refused || got.Detail != detail {
			t.Errorf("%s: got %+v, want refused by %q", network, got, detail)
		}
	}
}

func TestSecondListenerCollides(t *testing.T) {
	for _, network := range []string{"tcp", "udp"} {
		port, _ := listening(t, probe.Listen{Network: network, Address: "127.0.0.1", Token: token})
		for _, at := range []string{"127.0.0.1", ""} {
			q := probe.Listen{Network: network, Address: at, Port: port, Token: token}
			if got := ask(t, machine{}, probe.Question{Listen: &q}); got.Reason != probe.InUse {
				t.Errorf("%s %q: got %+v, want in-use", network, at, got)
			}
		}
		free, cancel := context.WithCancel(t.Context())
		q := probe.Listen{Network: network, Address: "127.0.0.2", Port: port, Token: token}
		machine{}.run(free, probe.Question{Listen: &q}, func(r agent.Reply) {
			if r.Outcome.Reason != probe.OK {
				t.Errorf("%s on another address: got %+v, want ok", network, r.Outcome)
			}
			cancel()
		})
		cancel()
	}
}

func TestListenOnForeignAddress(t *testing.T) {
	q := probe.Listen{Network: "tcp", Address: "192.0.2.77", Token: token}
	if got := ask(t, machine{}, probe.Question{Listen: &q}); got.Reason != probe.AddressNotAvailable {
		t.Errorf("got %+v, want address-not-available", got)
	}
}

func TestPingLoopback(t *testing.T) {
	got := ask(t, machine{}, probe.Question{Ping: &probe.Ping{Host: "127.0.0.1", Count: 5, Size: 2000}})
	if os.Getuid() != 0 && got.Reason == probe.Denied {
		return // neither a raw nor a datagram socket is allowed here, and the outcome says so
	}
	if got.Reason != probe.OK || got.Value != "127.0.0.1" || len(got.SamplesUS) != 5 || got.TookUS != got.SamplesUS[0] {
		t.Errorf("got %+v, want ok with 5 samples", got)
	}
}

func TestBrokenQuestions(t *testing.T) {
	for name, q := range map[string]probe.Question{
		"nothing":        {},
		"two things":     {Look: &probe.Look{}, Ping: &probe.Ping{Host: "127.0.0.1"}},
		"no port":        {Connect: &probe.Connect{Network: "tcp", Host: "127.0.0.1"}},
		"network":        {Connect: &probe.Connect{Network: "sctp", Host: "127.0.0.1", Port: 1}},
		"huge ping":      {Ping: &probe.Ping{Host: "127.0.0.1", Size: 1 << 20}},
		"endless ping":   {Ping: &probe.Ping{Host: "127.0.0.1", Count: 1 << 30}},
		"record type":    {Resolve: &probe.Resolve{Name: "bob", Type: "MX"}},
		"empty label":    {Resolve: &probe.Resolve{Name: "bob..example"}},
		"empty name":     {Resolve: &probe.Resolve{}},
		"long label":     {Resolve: &probe.Resolve{Name: strings.Repeat("x", 64)}},
		"long name":      {Resolve: &probe.Resolve{Name: strings.Repeat("x.", 200)}},
		"reverse":        {Resolve: &probe.Resolve{Name: "bob", Type: "PTR"}},
		"server":         {Resolve: &probe.Resolve{Name: "bob", Server: "dns"}},
		"no token":       {Listen: &probe.Listen{Network: "tcp", Address: "127.0.0.1"}},
		"token of lines": {Connect: &probe.Connect{Network: "tcp", Host: "127.0.0.1", Port: 1, Token: "a\nb"}},
		"bind address":   {Listen: &probe.Listen{Network: "tcp", Address: "bob", Token: token}},
		"bind port":      {Listen: &probe.Listen{Network: "udp", Port: 1 << 16, Token: token}},
		"record":         {ServeDNS: &probe.ServeDNS{Address: "127.0.0.1", Names: []probe.Record{{Name: "x", Address: "y"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ask(t, machine{}, q); got.Reason != probe.Broken || got.Detail == "" {
				t.Errorf("got %+v, want broken with a detail", got)
			}
		})
	}
}

// BenchmarkConnect measures one question over the stream, from the request to the answer, for a connect to a listener
// on loopback. The network takes almost no time there, so this is the probe's own time.
func BenchmarkConnect(b *testing.B) {
	requests, toAgent := io.Pipe()
	fromAgent, replies := io.Pipe()
	ctx, cancel := context.WithCancel(b.Context())
	b.Cleanup(func() {
		cancel()
		requests.Close()
		fromAgent.Close()
	})
	go Serve(ctx, requests, replies)
	c, err := agent.Dial(ctx, fromAgent, toAgent)
	if err != nil {
		b.Fatal(err)
	}
	listen := &probe.Listen{Network: "tcp", Address: "127.0.0.1", Token: token}
	answers, err := c.Stream(ctx, probe.Question{Listen: listen})
	if err != nil {
		b.Fatal(err)
	}
	bound := (<-answers).Outcome
	go func() {
		for range answers {
			continue
		}
	}()
	_, port, err := net.SplitHostPort(bound.Value)
	if err != nil {
		b.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		b.Fatal(err)
	}
	q := probe.Question{Connect: &probe.Connect{Network: "tcp", Host: "127.0.0.1", Port: number, Token: token}}
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		o, err := c.Ask(ctx, q)
		took = append(took, time.Since(start))
		if err != nil || o.Reason != probe.OK {
			b.Fatalf("got %+v, %v", o, err)
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "median-ns/op")
}
