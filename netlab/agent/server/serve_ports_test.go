//go:build linux

package server

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"netlab/netlab/probe"
)

// A task's agent answers the lab on all of its ports, reports the address it was asked at, and ends with its context.
func TestServePorts(t *testing.T) {
	tcp, err := freePort("tcp")
	check(t, err)
	udp, err := freePort("udp")
	check(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- ServePorts(ctx, "secret", []string{fmt.Sprintf("%d/tcp", tcp), fmt.Sprintf("%d/udp", udp)})
	}()
	ask := func(network string, port uint16) (o probe.Outcome) {
		for end := time.Now().Add(time.Minute); time.Now().Before(end); {
			q := probe.Connect{Network: network, Host: "127.0.0.2", Port: int(port), Token: "secret"}
			if o = (machine{etc: t.TempDir()}).connect(ctx, q); o.Reason == probe.OK {
				break
			}
		}
		return o
	}
	if o := ask("tcp", tcp); o.Reason != probe.OK || o.Listener != "127.0.0.2" {
		t.Errorf("over TCP: got %+v, want an answer from 127.0.0.2", o)
	}
	if o := ask("udp", udp); o.Reason != probe.OK || o.Listener != "" {
		t.Errorf("over UDP: got %+v, want an answer, and no word on the address, which the listener cannot know", o)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("got %v, want a clean end", err)
	}
}

func TestServePortsRefuses(t *testing.T) {
	held, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	taken := strconv.Itoa(held.Addr().(*net.TCPAddr).Port) + "/tcp"
	for _, tt := range []struct{ port, want string }{
		{taken, "in-use"}, {"tcp/80", `no port: "tcp/80"`}, {"80/icmp", "no port"}, {"65536/tcp", "no port"},
	} {
		err := ServePorts(t.Context(), "secret", []string{tt.port})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want an error with %q", tt.port, err, tt.want)
		}
	}
}
