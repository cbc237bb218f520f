// Package witness asks the kernel which packets it drops, and why. It answers probe.Drops and
// probe.Mark.
//
// It attaches a small BPF program to the raw tracepoint skb:kfree_skb, which every dropped packet of every network
// namespace passes. The program lets nothing through that is not part of the question. It is assembled here: it depends
// on the question and on where the kernel's structs have their fields, which the kernel says itself, in its BTF. The
// names of the reasons are from there too.
//
//	layout.go    what the BTF says
//	program.go   the program, and the events it sends
//	packet.go    what the headers of a packet say
//	witness.go   loads it, and answers
//
// It needs the capabilities BPF and PERFMON, Linux 5.17 (the first with drop reasons), and its BTF. Where one of them
// is missing, it says which.
package witness
