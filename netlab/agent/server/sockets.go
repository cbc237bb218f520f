//go:build linux

package server

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netlab/netlab/fact"
)

// States of sockets, as the kernel numbers them (include/net/tcp_states.h).
const (
	isEstablished = 1
	sentSYN       = 2
	isUnconnected = 7 // a UDP socket that is only bound
	listens       = 10
)

// A row is a line of one of the tables of sockets in /proc/net.
type row struct {
	local, remote netip.AddrPort
	state         uint64
	queue         uint64 // of a listening socket: how many connections wait to be accepted
}

// maxConnections is how many remote ends are reported.
const maxConnections = 256

// readSockets returns the listening TCP sockets and the bound UDP sockets, and the connections that the namespace
// itself opened to others.
func readSockets() ([]fact.Socket, []fact.Connection) {
	var sockets []fact.Socket
	var connections []fact.Connection
	table := func(file string) []row {
		lines, err := os.ReadFile("/proc/self/net/" + file)
		if err != nil {
			return nil // the kernel has no IPv6
		}
		return parseSockets(string(lines))
	}
	tcp := slices.Concat(table("tcp"), table("tcp6"))
	udp := slices.Concat(table("udp"), table("udp6"))
	open := map[uint16]bool{}
	ask := false
	for _, r := range tcp {
		if r.state == listens {
			open[r.local.Port()] = true
			sockets = append(sockets, fact.Socket{Network: "tcp", Address: r.local.String(), Queue: int(r.queue)})
			ask = ask || r.queue > 0
		}
	}
	for _, r := range udp {
		if r.state == isUnconnected {
			sockets = append(sockets, fact.Socket{Network: "udp", Address: r.local.String()})
		}
	}
	tcp = slices.DeleteFunc(tcp, func(r row) bool { return open[r.local.Port()] }) // others opened them
	connections = append(outgoing(tcp, "tcp"), outgoing(udp, "udp")...)
	if ask || slices.ContainsFunc(connections, func(c fact.Connection) bool { return c.Network == "tcp" }) {
		detail(sockets, connections)
	}
	return sockets, connections
}

// outgoing returns what a table says about connections to other machines, those to one port of one address together.
func outgoing(table []row, network string) []fact.Connection {
	var found []fact.Connection
	words := map[uint64]string{isEstablished: fact.Established, sentSYN: fact.SYNSent}
	for _, r := range table {
		to := netip.AddrPortFrom(r.remote.Addr().Unmap(), r.remote.Port())
		state := words[r.state]
		if state == "" || to.Port() == 0 || to.Addr().IsLoopback() || to.Addr().IsUnspecified() {
			continue
		}
		i := slices.IndexFunc(found, func(c fact.Connection) bool { return c.Remote == to.String() && c.State == state })
		switch {
		case i >= 0:
			found[i].Count++
		case len(found) < maxConnections:
			found = append(found, fact.Connection{Network: network, Remote: to.String(), State: state, Count: 1})
		}
	}
	slices.SortFunc(found, func(a, b fact.Connection) int {
		return cmp.Or(cmp.Compare(a.Remote, b.Remote), cmp.Compare(a.State, b.State))
	})
	return found
}

// The kernel's answer to a question about sockets (include/uapi/linux/inet_diag.h and tcp.h).
const (
	diagRequest  = 56
	diagAnswer   = 72
	diagReceived = 56 // in an answer: connections that wait to be accepted
	diagLimit    = 60 // in an answer: how many may
	diagInfo     = 2  // INET_DIAG_INFO
	infoLastAck  = 56 // in tcp_info: milliseconds since the last acknowledgment
)

// detail completes TCP sockets with what only the kernel's socket monitoring tells. It leaves them as they are if the
// kernel has none.
func detail(sockets []fact.Socket, connections []fact.Connection) {
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		question := make([]byte, diagRequest)
		question[0], question[1], question[2] = family, unix.IPPROTO_TCP, 1<<(diagInfo-1)
		binary.NativeEndian.PutUint32(question[4:], 1<<isEstablished|1<<listens)
		request := nl.NewNetlinkRequest(nl.SOCK_DIAG_BY_FAMILY, unix.NLM_F_DUMP)
		request.AddRawData(question)
		answers, err := request.Execute(unix.NETLINK_INET_DIAG, nl.SOCK_DIAG_BY_FAMILY)
		if settled(err) != nil {
			continue
		}
		for _, a := range answers {
			if len(a) >= diagAnswer {
				completed(a, sockets, connections)
			}
		}
	}
}

// completed enters one answer of the kernel.
func completed(answer []byte, sockets []fact.Socket, connections []fact.Connection) {
	size := 4
	if answer[0] == unix.AF_INET6 {
		size = 16
	}
	at := func(port, address int) netip.AddrPort {
		a, _ := netip.AddrFromSlice(answer[address : address+size])
		return netip.AddrPortFrom(a, binary.BigEndian.Uint16(answer[port:]))
	}
	number := binary.NativeEndian.Uint32
	if answer[1] == listens {
		local := at(4, 8).String()
		for i := range sockets {
			if s := &sockets[i]; s.Network == "tcp" && s.Address == local {
				s.Queue, s.Limit = int(number(answer[diagReceived:])), int(number(answer[diagLimit:]))
			}
		}
		return
	}
	attributes, err := nl.ParseRouteAttr(answer[diagAnswer:])
	if err != nil {
		return
	}
	remote := at(6, 24)
	to := netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port()).String()
	for _, a := range attributes {
		if a.Attr.Type != diagInfo || len(a.Value) < infoLastAck+4 {
			continue
		}
		for i := range connections {
			if c := &connections[i]; c.Network == "tcp" && c.State == fact.Established && c.Remote == to {
				c.IdleMS = max(c.IdleMS, int64(number(a.Value[infoLastAck:])))
			}
		}
	}
}

// parseSockets parses a table of /proc/net: a heading, then "0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 …".
func parseSockets(lines string) []row {
	var found []row
	for line := range strings.Lines(lines) {
		words := strings.Fields(line)
		if len(words) < 5 {
			continue
		}
		local, ok := parseSocketAddress(words[1])
		remote, also := parseSocketAddress(words[2])
		state, err := strconv.ParseUint(words[3], 16, 8)
		if !ok || !also || err != nil {
			continue
		}
		_, received, _ := strings.Cut(words[4], ":")
		queue, _ := strconv.ParseUint(received, 16, 32)
		found = append(found, row{local, remote, state, queue})
	}
	return found
}

// parseSocketAddress parses an address and port as the kernel prints them: 32-bit words in the machine's byte order,
// which is little-endian on both architectures that the agent is built for, and a port.
func parseSocketAddress(word string) (netip.AddrPort, bool) {
	host, port, _ := strings.Cut(word, ":")
	bytes, err := hex.DecodeString(host)
	if err != nil || len(bytes)%4 != 0 {
		return netip.AddrPort{}, false
	}
	for part := range slices.Chunk(bytes, 4) {
		slices.Reverse(part)
	}
	addr, ok := netip.AddrFromSlice(bytes)
	number, err := strconv.ParseUint(port, 16, 16)
	if !ok || err != nil {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(addr, uint16(number)), true
}
