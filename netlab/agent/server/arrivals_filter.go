//go:build linux

package server

import (
	"slices"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
)

// onlyArrivals makes a socket receive only what [sees] has to look at (packet(7), SO_ATTACH_FILTER): the packets of a
// busy host would fill its queue, and keep netlab's own out.
func onlyArrivals(fd int, q probe.Arrivals) error {
	raw, err := bpf.Assemble(arrivalsFilter(q))
	if err != nil {
		return err
	}
	program := make([]unix.SockFilter, 0, len(raw))
	for _, r := range raw {
		program = append(program, unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K})
	}
	return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{
		Len: uint16(len(program)), Filter: &program[0],
	})
}

// arrivalsFilter is the filter for packets that begin with their IP header.
func arrivalsFilter(q probe.Arrivals) []bpf.Instruction {
	type code = []bpf.Instruction
	when := func(value uint32, then ...code) code { // then ends with a return
		body := slices.Concat(then...)
		return append(code{bpf.JumpIf{Cond: bpf.JumpEqual, Val: value, SkipFalse: uint8(len(body))}}, body...)
	}
	keep, drop := code{bpf.RetConstant{Val: headers}}, code{bpf.RetConstant{}}
	protocol, own := uint32(unix.IPPROTO_TCP), slices.Concat( // X is where the segment begins
		code{bpf.LoadIndirect{Off: 4, Size: 4}}, when(q.Sequence, keep),
		code{bpf.LoadIndirect{Off: 8, Size: 4}}, when(q.Sequence+1, keep), drop)
	if q.Network == "udp" {
		protocol, own = unix.IPPROTO_UDP, slices.Concat(
			code{bpf.LoadIndirect{Off: 2, Size: 2}}, when(uint32(q.Port),
				code{bpf.LoadIndirect{Off: 4, Size: 2}}, when(udpHeader, keep), drop), drop)
	}
	const header6, laterFragment = 40, 1<<13 - 1
	return slices.Concat(
		code{bpf.LoadAbsolute{Size: 1}, bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0xf0}},
		when(4<<4,
			code{bpf.LoadAbsolute{Off: 6, Size: 2}, bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: laterFragment}},
			when(0, code{bpf.LoadAbsolute{Off: 9, Size: 1}}, when(protocol, code{bpf.LoadMemShift{}}, own), drop), drop),
		when(6<<4,
			code{bpf.LoadAbsolute{Off: 6, Size: 1}},
			when(protocol, code{bpf.LoadConstant{Dst: bpf.RegX, Val: header6}}, own), drop),
		drop,
	)
}
