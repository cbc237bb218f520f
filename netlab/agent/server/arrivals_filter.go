//go:build linux

package server

import (
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
)

// arrivalsFilter is the socket filter of packets that begin with their IP header. It keeps what [sees] has to look at:
// the packets of a busy host would fill the socket's queue, and keep netlab's own out.
func arrivalsFilter(q probe.Arrivals) []bpf.Instruction {
	drop, keep := bpf.RetConstant{}, bpf.RetConstant{Val: headers}
	protocol, own := uint32(unix.IPPROTO_TCP), flat( // X is where the segment begins
		bpf.LoadIndirect{Off: 4, Size: 4}, when(q.Sequence, keep),
		bpf.LoadIndirect{Off: 8, Size: 4}, when(q.Sequence+1, keep), drop)
	if q.Network == "udp" {
		protocol, own = unix.IPPROTO_UDP, flat(
			bpf.LoadIndirect{Off: 2, Size: 2}, when(uint32(q.Port),
				bpf.LoadIndirect{Off: 4, Size: 2}, when(udpHeader, keep), drop), drop)
	}
	if q.VXLAN != 0 { // what is inside is not looked at here: not many frames pass between hosts meanwhile
		protocol, own = unix.IPPROTO_UDP, flat(bpf.LoadIndirect{Off: 2, Size: 2}, when(probe.PortVXLAN, keep), drop)
	}
	const header6 = 40
	return flat(
		bpf.LoadAbsolute{Size: 1}, bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0xf0},
		when(4<<4,
			bpf.LoadAbsolute{Off: 6, Size: 2}, whenBits(1<<13-1, drop), // a later fragment has no header
			bpf.LoadAbsolute{Off: 9, Size: 1}, when(protocol, bpf.LoadMemShift{}, own), drop),
		when(6<<4,
			bpf.LoadAbsolute{Off: 6, Size: 1}, when(protocol, bpf.LoadConstant{Dst: bpf.RegX, Val: header6}, own), drop),
		drop,
	)
}
