// Package survey reads what exists on an engine: its containers and networks, and what the network namespaces of the
// containers and of the host hold.
//
// A [Reader] changes nothing of the user's. It reads with agents of netlab, one seat in each network namespace, with no
// capability but NET_RAW, so it works for images without any tools. One more seat, in the host's network namespace and
// with NET_ADMIN only, reads the counters of the host's firewall. It takes a seat when it is asked for, and all leave
// when the Reader is closed.
//
//	inventory.go   what the engine says: containers and networks, and which belong together
//	outside.go     a container that plays a computer beyond the host
//	sockets.go     what the sockets of a namespace mean for a port
//	pools.go       what the networks leave of the engine's address pools, and which networks overlap a route of the host
//	find.go        which containers a name or an id means
//	reader.go      the seats; only this file knows the engine and agents
package survey
