//go:build linux

package server

import (
	"fmt"
	"net"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"netlab/netlab/fact"
)

func TestSocketTables(t *testing.T) {
	// As in proc(5): the addresses are words in little-endian byte order.
	tcp := "  sl  local_address rem_address   st tx_queue\n" +
		"   0: 0B00007F:A9B1 00000000:0000 0A 00000000:00000005\n" +
		"   1: 020011AC:C350 030011AC:1F90 01 00000000:00000000\n" +
		"   2: 00000000000000000000000001000000:0016 00000000000000000000000000000000:0000 0A 0\n   3: broken\n" +
		"   4: 0000000000000000FFFF0000020011AC:C351 0000000000000000FFFF0000030011AC:1F90 01 00000000:00000000\n" +
		"   5: 020011AC:C352 040011AC:1F90 02 00000001:00000000\n   6: 020011AC:C353 00000000:0000 07 0:0\n" +
		"   7: 0100007F:C354 0100007F:0050 01 0:0\n"
	var got []string
	for _, r := range parseSockets(tcp) {
		got = append(got, fmt.Sprintf("%s %s %d %d", r.local, r.remote, r.state, r.queue))
	}
	want := []string{
		"127.0.0.11:43441 0.0.0.0:0 10 5", "172.17.0.2:50000 172.17.0.3:8080 1 0", "[::1]:22 [::]:0 10 0",
		"[::ffff:172.17.0.2]:50001 [::ffff:172.17.0.3]:8080 1 0", "172.17.0.2:50002 172.17.0.4:8080 2 0",
		"172.17.0.2:50003 0.0.0.0:0 7 0", "127.0.0.1:50004 127.0.0.1:80 1 0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sockets (-want +got):\n%s", diff)
	}
	connections := []fact.Connection{
		{Network: "tcp", Remote: "172.17.0.3:8080", State: fact.Established, Count: 2},
		{Network: "tcp", Remote: "172.17.0.4:8080", State: fact.SYNSent, Count: 1},
	}
	if diff := cmp.Diff(connections, outgoing(parseSockets(tcp), "tcp")); diff != "" {
		t.Errorf("connections (-want +got):\n%s", diff)
	}
}

// A listening socket tells how many connections wait to be accepted, and how many may.
func TestSocketQueue(t *testing.T) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	check(t, err)
	defer unix.Close(fd)
	check(t, unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	check(t, unix.Listen(fd, 1))
	name, err := unix.Getsockname(fd)
	check(t, err)
	address := fmt.Sprintf("127.0.0.1:%d", name.(*unix.SockaddrInet4).Port)
	for range 2 { // one more than the backlog
		c, err := net.Dial("tcp", address)
		check(t, err)
		defer c.Close()
	}
	sockets, _ := readSockets()
	want := fact.Socket{Network: "tcp", Address: address, Queue: 2, Limit: 1}
	if !slices.Contains(sockets, want) {
		t.Errorf("got %+v, want %+v among them", sockets, want)
	}
}
