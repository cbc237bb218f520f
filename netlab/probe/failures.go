package probe

// Failures asks which connections and DNS lookups of the programs in a network namespace fail, until it is canceled or
// its time is over. It sends nothing, and needs NET_RAW. The kernel passes on only what it must see (a socket filter):
// the headers of TCP segments that begin, accept or refuse a connection, ICMP errors, and DNS messages. What the
// namespace only forwards is left out, and so are the SYNs of a [Reach].
//
// The first answer is its outcome: ok once it listens; denied without NET_RAW; or broken. Further answers are a
// [Failure], once for each that differs, and a [Traffic] whenever its numbers have changed, and at the end.
type Failures struct {
	// Search is the search list of the programs' resolv.conf. A name that is unknown in one domain, and is then found in
	// the next, has not failed.
	Search []string `json:"search,omitempty"`
	ForMS  int64    `json:"for_ms,omitempty"` // how long; 0 means until it is canceled
}

// A Failure is a connection, a datagram or a DNS lookup that failed, as its packets show.
type Failure struct {
	Network string `json:"network"`        // tcp, udp or dns
	Address string `json:"address"`        // that was tried; for dns, the server's
	Port    int    `json:"port,omitempty"` // 0 for dns

	// Name is what was looked up, for dns. For the others, it is the name for which a DNS server gave Address before, or
	// "" if none was seen to. Its unusual bytes are escaped as \DDD.
	Name string `json:"name,omitempty"`

	// Reason is as for [Reach] and [Resolve].
	Reason Reason `json:"reason"`
	Detail string `json:"detail"`  // what was seen: "2 SYNs in 1.0 s, no answer", "NXDOMAIN from 127.0.0.11"
	TookUS int64  `json:"took_us"` // microseconds since the first packet
}

// Traffic is what the programs of a namespace did while it was listened to.
type Traffic struct {
	Connections int `json:"connections,omitempty"` // TCP connections that they began
	Lookups     int `json:"lookups,omitempty"`     // names that they asked DNS servers for
	Waiting     int `json:"waiting,omitempty"`     // of both, those that had no answer yet

	// Second are the connections that one address of a name refused, or did not answer, and another accepted.
	Second int `json:"second,omitempty"`
	Missed int `json:"missed,omitempty"` // packets that the kernel dropped (PACKET_STATISTICS), or that were too many
}
