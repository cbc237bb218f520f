// Package matrix finds out which of the user's containers can reach which others: by address, by name, and at which
// ports.
//
// A [Reader] takes one seat in each network namespace (package survey), and asks all pairs over them at once, so the
// calls of the engine grow with the containers, and not with their pairs. [Judge] then has the rules of package why
// judge each pair, and says the same about it as netlab why.
//
// No byte is sent to a user's port. A port is asked with a SYN that the asker's kernel resets, and UDP is not asked.
// An address is asked at a TCP port where nothing listens: a RST is an answer too.
//
// Silence is what costs time. Silent ports are asked twice, and then all together in bursts: a rule of the host's
// firewall that counts all of their packets, twice, dropped each of them. Only if that explains nothing are they asked
// by pairs of networks, and those that time does not suffice for stay without a cause.
//
//	choose.go   which containers, and which of their ports
//	facts.go    what was read and measured
//	judge.go    what that means
//	read.go, read_drops.go   the Reader; only these files ask
package matrix
