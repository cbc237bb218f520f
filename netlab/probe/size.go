package probe

// Size asks whether packets of a size get to an address. It sends ICMP echo requests that may not be fragmented, small
// ones and ones of that size, and if only the small ones are answered, others in between. It says nothing about the way
// back: Linux sends echo replies without DF, so routers fragment them (net/ipv4/icmp.c, icmp_sk_init).
//
// Outcome: ok if the size was answered; otherwise the reason why not: too-big, from the asker's own kernel, because no
// larger packet can leave its interface, or by ICMP from a router (Detail has its address and its MTU); timeout; and
// the reasons of [Ping] if small ones are not answered either. Value is the largest size that was answered, "" for
// none. Path is set unless there is no route.
type Size struct {
	Address string `json:"address"`
	Bytes   int    `json:"bytes"` // of the IP packet with its headers, from LeastSize to MostSize
}

// The limits of a Size. Every link carries packets of 68 bytes (RFC 791), and few more than a ping can have.
const (
	LeastSize = 68
	MostSize  = 65507
)
