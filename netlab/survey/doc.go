// Package survey reads what exists on an engine: its containers and networks, and what the network namespaces of the
// containers and of the host hold.
//
// A [Reader] changes nothing of the user's. It reads with agents of netlab, one seat in each network namespace, with no
// capability but NET_RAW, so it works for images without any tools. Other seats are on the host: one with NET_ADMIN
// only reads the counters of its firewall, one without any capability reads its resolver files and asks DNS servers,
// and one without a network asks the kernel what it drops, with BPF and PERFMON. A computer outside has NET_ADMIN in
// its own namespace; while it is there, the host has one link and route more. A Reader takes a seat when it is asked
// for, and all leave when it is closed.
//
//	inventory.go   what the engine says: containers and networks, and which belong together
//	outside.go     a container that plays a computer beyond the host
//	sockets.go     what the sockets of a namespace mean for a port
//	pools.go       what the networks leave of the engine's address pools, and which networks overlap a route of the host
//	flows.go       which flows of UDP the kernel leads to the wrong place
//	find.go        which containers a name or an id means
//	reader.go      the seats; only this file knows the engine and agents
package survey
