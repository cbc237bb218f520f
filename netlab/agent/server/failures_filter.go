//go:build linux

package server

import (
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// How much of a packet the kernel copies, in bytes: of TCP the header with the options that a [probe.Reach] sends, of
// an ICMP error also the header that it quotes, of DNS all.
const (
	copyTCP4, copyTCP6   = 20 + 24, 40 + 24
	copyICMP4, copyICMP6 = 20 + 8 + 20 + 20, 40 + 8 + 40 + 20
	copyDNS              = 4096
)

// engineResolver is where Docker's DNS server listens in a container. Rules of the engine's have changed the port by
// the time a packet is captured.
const engineResolver = 127<<24 | 11

// filterOfFailures is the socket filter (packet(7), SO_ATTACH_FILTER) of packets that begin with their IP header.
func filterOfFailures() []bpf.Instruction {
	drop := bpf.RetConstant{}
	keep := func(bytes uint32) bpf.Instruction { return bpf.RetConstant{Val: bytes} }
	four := flat(
		bpf.LoadAbsolute{Off: 6, Size: 2}, whenBits(1<<13-1, drop), // a later fragment has no header
		bpf.LoadMemShift{}, // X is the length of the IP header
		bpf.LoadAbsolute{Off: 9, Size: 1},
		when(unix.IPPROTO_TCP, bpf.LoadIndirect{Off: 13, Size: 1}, whenBits(tcpSYN|tcpRST, keep(copyTCP4)), drop),
		when(unix.IPPROTO_ICMP, bpf.LoadIndirect{Size: 1}, when(icmp4Unreachable, keep(copyICMP4)),
			when(icmp4TimeExceeded, keep(copyICMP4)), drop),
		when(unix.IPPROTO_UDP,
			bpf.LoadAbsolute{Off: 12, Size: 4}, when(engineResolver, keep(copyDNS)),
			bpf.LoadAbsolute{Off: 16, Size: 4}, when(engineResolver, keep(copyDNS)),
			bpf.LoadIndirect{Size: 2}, when(dnsPort, keep(copyDNS)),
			bpf.LoadIndirect{Off: 2, Size: 2}, when(dnsPort, keep(copyDNS)), drop),
		drop,
	)
	six := flat(
		bpf.LoadAbsolute{Off: 6, Size: 1}, // no extension headers
		when(unix.IPPROTO_TCP, bpf.LoadAbsolute{Off: 40 + 13, Size: 1}, whenBits(tcpSYN|tcpRST, keep(copyTCP6)), drop),
		when(unix.IPPROTO_ICMPV6, bpf.LoadAbsolute{Off: 40, Size: 1}, when(icmp6Unreachable, keep(copyICMP6)),
			when(icmp6TimeExceeded, keep(copyICMP6)), drop),
		when(unix.IPPROTO_UDP,
			bpf.LoadAbsolute{Off: 40, Size: 2}, when(dnsPort, keep(copyDNS)),
			bpf.LoadAbsolute{Off: 42, Size: 2}, when(dnsPort, keep(copyDNS)), drop),
		drop,
	)
	return flat(
		bpf.LoadAbsolute{Size: 1}, bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0xf0},
		when(0x40, four), when(0x60, six), drop,
	)
}

// A block is a part of a filter. It ends with a return, unless what follows is meant to run too.
type block []bpf.Instruction

// flat joins instructions and blocks.
func flat(parts ...any) block {
	var all block
	for _, p := range parts {
		switch p := p.(type) {
		case bpf.Instruction:
			all = append(all, p)
		case block:
			all = append(all, p...)
		}
	}
	return all
}

// when runs the parts if the register A has the value.
func when(value uint32, then ...any) block {
	return jump(bpf.JumpEqual, value, then)
}

// whenBits runs the parts if the register A has one of the bits.
func whenBits(bits uint32, then ...any) block {
	return jump(bpf.JumpBitsSet, bits, then)
}

func jump(test bpf.JumpTest, value uint32, then []any) block {
	body := flat(then...)
	return append(block{bpf.JumpIf{Cond: test, Val: value, SkipFalse: uint8(len(body))}}, body...)
}

// attachFilter makes a socket receive only what the filter keeps.
func attachFilter(fd int, filter []bpf.Instruction) error {
	raw, err := bpf.Assemble(filter)
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
