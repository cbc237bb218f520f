//go:build linux

package witness

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
)

// An event is what the program sends about a packet, in the kernel's byte order except for the headers.
type event struct {
	Reason  uint32
	Inode   uint32 // of the network namespace
	Device  uint32 // its index
	Arrived uint32 // index of the device from which it entered the namespace; 0 for a packet that was made there
	Name    [unix.IFNAMSIZ]byte
	Header  [header6]byte   // IP; of IPv4 the rest is whatever follows
	Segment [tcpHeader]byte // TCP or UDP
	_       [4]byte
}

// Where an event's fields are.
const (
	atReason  = 0
	atInode   = 4
	atDevice  = 8
	atArrived = 12
	atName    = 16
	atHeader  = atName + unix.IFNAMSIZ
	atSegment = atHeader + header6
	eventSize = atSegment + tcpHeader + 4 // a multiple of 8
)

// Lengths of headers in bytes, and what is where in them.
const (
	header6, tcpHeader, udpHeader = 40, 20, 8

	atLength4, atProtocol4, atSource4, atTarget4 = 2, 9, 12, 16
	atLength6, atProtocol6, atSource6, atTarget6 = 4, 6, 8, 24

	atTargetPort, atLength     = 2, 4
	atSequence, atAck, atFlags = 4, 8, 13

	tcpSYN, tcpRST, tcpACK = 0x02, 0x04, 0x10
)

// The program's stack, below R10.
const (
	onStack = -eventSize
	scratch = onStack - 8
)

// Labels of the program.
const (
	labelEnd   = "end"
	labelMatch = "match"
	labelSend  = "send"
)

// program assembles the program for a question. events is a ring buffer.
func program(l *layout, q probe.Drops, events int) (asm.Instructions, error) {
	wanted, err := filter(q)
	if err != nil {
		return nil, err
	}
	p := asm.Instructions{
		asm.LoadMem(asm.R6, asm.R1, 0, asm.DWord),   // the packet
		asm.LoadMem(asm.R2, asm.R1, 2*8, asm.DWord), // the reason
		asm.Mov.Imm(asm.R3, 0),
	}
	for at := scratch; at < 0; at += 8 {
		p = append(p, asm.StoreMem(asm.R10, int16(at), asm.R3, asm.DWord))
	}
	p = append(p, asm.StoreMem(asm.R10, onStack+atReason, asm.R2, asm.Word))

	// R8: the IP header. R9: the protocol.
	p = append(p, pointer(asm.R8, asm.R6, l.head)...)
	p = append(p, read(scratch, 2, asm.R6, l.network)...)
	p = append(p,
		asm.LoadMem(asm.R1, asm.R10, scratch, asm.Half),
		asm.Add.Reg(asm.R8, asm.R1),
	)
	p = append(p, read(onStack+atHeader, header6, asm.R8, 0)...)
	p = append(p,
		asm.LoadMem(asm.R1, asm.R10, onStack+atHeader, asm.Byte),
		asm.Mov.Reg(asm.R2, asm.R1),
		asm.RSh.Imm(asm.R2, 4),
		asm.JEq.Imm(asm.R2, 6, "6"),
		asm.JNE.Imm(asm.R2, 4, labelEnd),
		asm.And.Imm(asm.R1, 0x0f), // IPv4: its length in words
		asm.LSh.Imm(asm.R1, 2),
		asm.Add.Reg(asm.R8, asm.R1),
		asm.LoadMem(asm.R9, asm.R10, onStack+atHeader+atProtocol4, asm.Byte),
		asm.Ja.Label("segment"),
		asm.Add.Imm(asm.R8, header6).WithSymbol("6"),
		asm.LoadMem(asm.R9, asm.R10, onStack+atHeader+atProtocol6, asm.Byte),
	)
	segment := read(onStack+atSegment, tcpHeader, asm.R8, 0)
	segment[0] = segment[0].WithSymbol("segment")
	p = append(p, segment...)
	p = append(p, wanted...)

	// R7: the device. One that the packet has not reached yet is in its route.
	match := pointer(asm.R7, asm.R6, l.device)
	match[0] = match[0].WithSymbol(labelMatch)
	p = append(p, match...)
	p = append(p, asm.JNE.Imm(asm.R7, 0, "device"))
	p = append(p, pointer(asm.R7, asm.R6, l.refdst)...)
	p = append(p,
		asm.And.Imm(asm.R7, ^1), // SKB_DST_NOREF
		asm.JEq.Imm(asm.R7, 0, labelSend),
	)
	p = append(p, pointer(asm.R7, asm.R7, l.destination)...)
	p = append(p, asm.JEq.Imm(asm.R7, 0, labelSend))
	device := read(onStack+atDevice, 4, asm.R7, l.index)
	device[0] = device[0].WithSymbol("device")
	p = append(p, device...)
	p = append(p, read(onStack+atName, unix.IFNAMSIZ, asm.R7, l.name)...)
	p = append(p, read(onStack+atArrived, 4, asm.R6, l.arrived)...)
	p = append(p, pointer(asm.R7, asm.R7, l.net)...)
	p = append(p, read(onStack+atInode, 4, asm.R7, l.inode)...)

	return append(p,
		asm.LoadMapPtr(asm.R1, events).WithSymbol(labelSend),
		asm.Mov.Reg(asm.R2, asm.R10),
		asm.Add.Imm(asm.R2, onStack),
		asm.Mov.Imm(asm.R3, eventSize),
		asm.Mov.Imm(asm.R4, 0),
		asm.FnRingbufOutput.Call(),
		asm.Mov.Imm(asm.R0, 0).WithSymbol(labelEnd),
		asm.Return(),
	), nil
}

// read copies from the kernel's memory to the stack. What cannot be read is zero.
func read(to, size int, from asm.Register, offset int) asm.Instructions {
	return asm.Instructions{
		asm.Mov.Reg(asm.R3, from),
		asm.Add.Imm(asm.R3, int32(offset)),
		asm.Mov.Imm(asm.R2, int32(size)),
		asm.Mov.Reg(asm.R1, asm.R10),
		asm.Add.Imm(asm.R1, int32(to)),
		asm.FnProbeReadKernel.Call(),
	}
}

// pointer reads a pointer.
func pointer(into, from asm.Register, offset int) asm.Instructions {
	return append(read(scratch, 8, from, offset), asm.LoadMem(into, asm.R10, scratch, asm.DWord))
}

// filter goes to labelEnd for what is not part of the question, and to labelMatch or on for what is.
func filter(q probe.Drops) (asm.Instructions, error) {
	switch {
	case len(q.Subnets) > 0:
		return filterSubnets(q.Subnets)
	case q.Network == "tcp":
		return filterTCP(q.Sequence), nil
	case q.Network == "udp" && len(q.Ports) > 0 && len(q.Addresses) > 0:
		return filterUDP(q)
	}
	return nil, fmt.Errorf("watching drops needs subnets, tcp, or udp with ports and addresses, not %q", q.Network)
}

// filterTCP knows a SYN by its number, and its answer by what it acknowledges.
func filterTCP(sequence uint32) asm.Instructions {
	return asm.Instructions{
		asm.JNE.Imm(asm.R9, unix.IPPROTO_TCP, labelEnd),
		asm.LoadMem(asm.R1, asm.R10, onStack+atSegment+atFlags, asm.Byte),
		asm.JSet.Imm(asm.R1, tcpACK, "answer"),
		asm.And.Imm(asm.R1, tcpSYN|tcpRST),
		asm.JNE.Imm(asm.R1, tcpSYN, labelEnd),
		asm.LoadMem(asm.R1, asm.R10, onStack+atSegment+atSequence, asm.Word),
		asm.JEq.Imm32(asm.R1, inNetwork(sequence), labelMatch),
		asm.Ja.Label(labelEnd),
		asm.And.Imm(asm.R1, tcpSYN|tcpRST).WithSymbol("answer"),
		asm.JEq.Imm(asm.R1, 0, labelEnd),
		asm.LoadMem(asm.R1, asm.R10, onStack+atSegment+atAck, asm.Word),
		asm.JNE.Imm32(asm.R1, inNetwork(sequence+1), labelEnd),
	}
}

// filterUDP knows an empty datagram by its port and its addresses.
func filterUDP(q probe.Drops) (asm.Instructions, error) {
	p := asm.Instructions{
		asm.JNE.Imm(asm.R9, unix.IPPROTO_UDP, labelEnd),
		asm.LoadMem(asm.R1, asm.R10, onStack+atSegment+atLength, asm.Half),
		asm.JNE.Imm(asm.R1, int32(network16(udpHeader)), labelEnd),
		asm.LoadMem(asm.R1, asm.R10, onStack+atSegment+atTargetPort, asm.Half),
	}
	for _, port := range q.Ports {
		p = append(p, asm.JEq.Imm(asm.R1, int32(network16(uint16(port))), "address 0"))
	}
	p = append(p, asm.Ja.Label(labelEnd))
	var subnets []netip.Prefix
	for _, text := range q.Addresses {
		address, err := netip.ParseAddr(text)
		if err != nil {
			return nil, fmt.Errorf("watching drops: %w", err)
		}
		subnets = append(subnets, netip.PrefixFrom(address, address.BitLen()))
	}
	return append(p, within(subnets)...), nil
}

// filterSubnets knows a packet by its addresses.
func filterSubnets(texts []string) (asm.Instructions, error) {
	var subnets []netip.Prefix
	for _, text := range texts {
		subnet, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("watching drops: %w", err)
		}
		subnets = append(subnets, subnet.Masked())
	}
	return within(subnets), nil
}

// within goes to labelMatch for a packet from or to an address in one of the subnets, and to labelEnd for any other.
func within(subnets []netip.Prefix) asm.Instructions {
	var p asm.Instructions
	labels := 0
	for _, subnet := range subnets {
		version, places := int32(4), []int{atSource4, atTarget4}
		if subnet.Addr().Is6() {
			version, places = 6, []int{atSource6, atTarget6}
		}
		for _, at := range places {
			here, next := fmt.Sprintf("address %d", labels), fmt.Sprintf("address %d", labels+1)
			labels++
			p = append(p,
				asm.LoadMem(asm.R1, asm.R10, onStack+atHeader, asm.Byte).WithSymbol(here),
				asm.RSh.Imm(asm.R1, 4),
				asm.JNE.Imm(asm.R1, version, next),
			)
			for word, bytes := 0, subnet.Addr().AsSlice(); word*8 < subnet.Bits(); word += 4 {
				mask := ^uint32(0) << max(0, 32-(subnet.Bits()-word*8))
				p = append(p,
					asm.LoadMem(asm.R1, asm.R10, int16(onStack+atHeader+at+word), asm.Word),
					asm.And.Imm32(asm.R1, inNetwork(mask)),
					asm.JNE.Imm32(asm.R1, int32(binary.NativeEndian.Uint32(bytes[word:])), next),
				)
			}
			p = append(p, asm.Ja.Label(labelMatch))
		}
	}
	return append(p, asm.Ja.Label(labelEnd).WithSymbol(fmt.Sprintf("address %d", labels)))
}

// inNetwork is the value that a load gives for a number in network byte order.
func inNetwork(number uint32) int32 {
	return int32(binary.NativeEndian.Uint32(binary.BigEndian.AppendUint32(nil, number)))
}

func network16(number uint16) uint16 {
	return binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, number))
}
