// Package probe defines, as plain types, what can be asked of a lab container and what it can answer.
//
// A [Question] goes to an agent, an [Outcome] comes back. The package knows nothing about Docker, scenarios, the
// protocol that transports it, or how a question is answered (agent/server does that). Every other package may know
// this one.
package probe

import "time"

// A Question is one thing that an agent can be asked. Exactly one field is set.
type Question struct {
	Ping     *Ping     `json:"ping,omitempty"`
	Connect  *Connect  `json:"connect,omitempty"`
	Resolve  *Resolve  `json:"resolve,omitempty"`
	Listen   *Listen   `json:"listen,omitempty"`
	ServeDNS *ServeDNS `json:"serve_dns,omitempty"`
	Look     *Look     `json:"look,omitempty"`

	Hops      *Hops      `json:"hops,omitempty"`
	ARP       *ARP       `json:"arp,omitempty"`
	Reach     *Reach     `json:"reach,omitempty"`
	Size      *Size      `json:"size,omitempty"`
	Arrivals  *Arrivals  `json:"arrivals,omitempty"`
	RouteGet  *RouteGet  `json:"route_get,omitempty"`
	Drops     *Drops     `json:"drops,omitempty"`
	Failures  *Failures  `json:"failures,omitempty"`
	Chains    *Chains    `json:"chains,omitempty"`
	Flows     *Flows     `json:"flows,omitempty"`
	Process   *Process   `json:"process,omitempty"`
	Read      *Read      `json:"read,omitempty"`
	Write     *Write     `json:"write,omitempty"`
	Reserve   *Reserve   `json:"reserve,omitempty"`
	Wire      *Wire      `json:"wire,omitempty"`
	Configure *Configure `json:"configure,omitempty"`

	Load      *Load      `json:"load,omitempty"`
	ServeLoad *ServeLoad `json:"serve_load,omitempty"`
	Capture   *Capture   `json:"capture,omitempty"`
	Mark      *Mark      `json:"mark,omitempty"`
}

// Ping asks for ICMP echo replies.
//
// Outcome: ok, where Value is the address that answered and SamplesUS has one round trip each; net-unreachable;
// host-unreachable (Detail says whether it came from the asker's own ARP or in an ICMP message, and from which
// address); timeout; too-big; denied (no raw socket); and the reasons of [Resolve] if Host is a name.
type Ping struct {
	Host     string `json:"host"`                // an address, or a name for the container's own resolver
	Count    int    `json:"count,omitempty"`     // echo requests, each sent after the previous reply; 0 means 1
	Size     int    `json:"size,omitempty"`      // bytes of ICMP payload; 0 means 56, as in ping(8)
	DontFrag bool   `json:"dont_frag,omitempty"` // set DF (IP_MTU_DISCOVER=IP_PMTUDISC_DO)
}

// Connect opens a TCP connection, or sends a UDP datagram, to a lab listener, and asks which source address it sees.
//
// Outcome: ok, where Value is the source address that the listener saw; accepted (the connection neither answered nor
// closed); closed (accepted, then closed without an answer, like Docker's userland proxy for a dead port); refused;
// reset; timeout; net-unreachable; host-unreachable; address-not-available; and the reasons of [Resolve] if Host is a
// name.
type Connect struct {
	Network string `json:"network"` // tcp or udp
	Host    string `json:"host"`
	Port    int    `json:"port"`
	Token   string `json:"token"` // the lab's password: its listeners only answer clients that have it
}

// Resolve asks a DNS server: Server, or else those that the container would ask.
//
// Outcome: ok, where Value holds the answers, sorted and separated by one space (addresses, or for PTR names with the
// final dot); name-not-found (NXDOMAIN, or NOERROR without an answer); dns-error (SERVFAIL, REFUSED; Detail has the
// rcode); dns-no-answer (no reply); refused (nothing listens on port 53 there); net-unreachable; host-unreachable.
type Resolve struct {
	Name   string `json:"name"`             // a host name; for PTR an address
	Type   string `json:"type,omitempty"`   // A (default), AAAA or PTR
	Server string `json:"server,omitempty"` // an address; if empty, /etc/hosts, then the nameservers of resolv.conf

	// WaitMS is how long to wait for the answer of Server, in milliseconds. 0 means a second, or until ARP has failed.
	WaitMS int `json:"wait_ms,omitempty"`
}

// DockerDNS is where Docker's DNS server listens in the network namespace of a container on a user-defined network.
// Clients use port 53. On loopback the engine's rules have already changed the port.
const DockerDNS = "127.0.0.11"

// Listen opens a listener that tells each holder of Token the source address it saw, until it is canceled.
//
// The first answer is its outcome: ok, where Value is "address:port" as bound; in-use (EADDRINUSE);
// address-not-available; denied. Further answers are [Seen] events.
type Listen struct {
	Network string `json:"network"` // tcp or udp
	Address string `json:"address"` // the address to bind; empty means all
	Port    int    `json:"port"`    // 0 means any free port
	Token   string `json:"token"`
}

// ServeDNS makes the agent the lab's DNS server until it is canceled. It is authoritative for nothing, and answers
// NXDOMAIN for every name that is not in Names. The first answer is its outcome, as for [Listen]; each query that it
// gets is a [Seen] event.
type ServeDNS struct {
	Address string   `json:"address"`         // to bind, on port 53 for UDP and TCP; empty means all
	Names   []Record `json:"names,omitempty"` // the names it knows
}

// A Record is a name that the lab's DNS server knows.
type Record struct {
	Name    string `json:"name"`
	Address string `json:"address"`
}

// Look asks for a description of the agent's network namespace. The answer is a fact.Stack next to the outcome.
type Look struct {
	// Sockets asks for the sockets and connections, too. This takes longer: the kernel has one table of the connections
	// of all namespaces, with a quarter of a million rows on a machine with much memory (net/ipv4/inet_hashtables.c).
	Sockets bool `json:"sockets,omitempty"`
}

// Hops asks which routers are on the way to an address. It sends ICMP echo requests with a TTL of 1, 2, … until the
// address itself answers (RFC 792, traceroute).
//
// Outcome: ok, where Value holds the addresses that answered, in order and separated by one space, with "*" for a
// router that did not answer; otherwise the reason of the last echo request, with the routers so far as Value.
type Hops struct {
	Host string `json:"host"`
	Max  int    `json:"max,omitempty"` // hops; 0 means 8
}

// ARP asks who has an IPv4 address on the asker's own link (RFC 826). It uses raw frames, so that no entry of the
// kernel's table answers instead.
//
// Outcome: ok, where Value holds the MAC addresses that answered within the wait, sorted and separated by one space
// (two mean a duplicate address); timeout if none answered; denied without NET_RAW.
type ARP struct {
	Address string `json:"address"`
	Link    string `json:"link,omitempty"` // the interface; "" for the one on the route to the address
}

// Chains asks for the packet counters of the firewall in the agent's network namespace, without changing it:
// nftables, which iptables-nft also uses, and the tables of legacy iptables. It needs NET_ADMIN. The answer is a list
// of fact.Chain next to the outcome.
type Chains struct {
	Passes bool `json:"passes,omitempty"` // also the rules that accept, jump or translate, which can be thousands
}

// Process asks what the agent's own process sees besides the network: the kernel, its namespaces, other processes,
// the machine. The answer is a fact.Process next to the outcome.
type Process struct{}

// Read asks for the contents of a file in the container.
//
// Outcome: ok, where Value holds the words in the file's first 4 KiB, separated by one space; not-found (ENOENT,
// ENOTDIR); denied (EACCES, EPERM); or broken.
type Read struct {
	Path string `json:"path"` // absolute
}

// Write creates or overwrites a file in the container, with a line of text or with zeros.
//
// Outcome: ok; denied (EROFS, EACCES, EPERM); not-found (ENOENT, ENOTDIR) if the folder does not exist; or broken.
type Write struct {
	Path  string `json:"path"`            // absolute
	Text  string `json:"text,omitempty"`  // the line, without its newline
	Bytes int    `json:"bytes,omitempty"` // how many zeros; 0 to write Text
}

// Reserve keeps a subnet free for a [Wire], until the agent ends, even if the link is gone before. The agent is in the
// host's network namespace, and needs no capability.
//
// Outcome: ok, in-use if another agent has reserved the subnet or the host has a route to it, or broken.
type Reserve struct {
	Subnet string `json:"subnet"` // CIDR
}

// Wire creates a veth pair: one end in the agent's network namespace, which must be the host's, and the other end in
// the network namespace of a process. The agent is a helper with `--network host` and only NET_ADMIN. It shares a PID
// namespace with that process.
//
// Outcome: ok, in-use if an interface of that name or a route to one of the subnets exists, denied, or broken.
type Wire struct {
	Name    string   `json:"name"`           // the host's end, at most 15 bytes
	Peer    string   `json:"peer"`           // the outside computer's end
	PID     int      `json:"pid"`            // the process, as the agent sees it
	Address string   `json:"address"`        // CIDR, for the host's end
	IPv6    string   `json:"ipv6,omitempty"` // the same for IPv6; "" for none
	Behind  []string `json:"behind"`         // subnets (CIDR) that the host reaches through Gateway
	Gateway string   `json:"gateway"`        // the outside computer's address
}

// Configure configures an interface of the agent's own network namespace: addresses, up, routes. It needs NET_ADMIN
// there.
//
// Outcome: ok, denied or broken.
type Configure struct {
	Link      string   `json:"link"`
	Addresses []string `json:"addresses"` // CIDR
	Routes    []Route  `json:"routes"`
}

// A Route is a route to add.
type Route struct {
	Destination string `json:"destination"`       // CIDR
	Gateway     string `json:"gateway,omitempty"` // "" for a route with Kind

	// Kind is blackhole, which drops packets silently, or throw, which answers as if there were no route, even if
	// there is a default route (ip-route(8)).
	Kind string `json:"kind,omitempty"`
}

// Load measures the cost of the path to an address: LoadPing to any address, the others to a [ServeLoad], over TCP.
//
// Outcome: ok, where Load holds the measurement; otherwise the reasons of [Ping] and [Connect]; timeout if a transfer
// made no progress.
type Load struct {
	What    string `json:"what"` // one of the constants below
	Host    string `json:"host"`
	Port    int    `json:"port,omitempty"`
	Token   string `json:"token,omitempty"`
	Streams int    `json:"streams,omitempty"` // for LoadStream: parallel connections; 0 means 1
	Count   int    `json:"count,omitempty"`   // for all others: the maximum number
	ForUS   int64  `json:"for_us"`            // microseconds, at most; no more than a minute
}

// The values of What in a Load.
const (
	LoadPing    = "ping"    // ICMP echo requests, each sent after the previous reply
	LoadEcho    = "echo"    // one byte there and back over one connection, one after another
	LoadStream  = "stream"  // bytes in one direction, as fast as the path allows
	LoadConnect = "connect" // connections, one after another: open, send the token, read the answer, close with a RST
)

// ServeLoad opens the other end of a [Load] for holders of Token, until it is canceled. It sends back single bytes,
// or reads everything and then reports how much it was. The first answer is its outcome, as for [Listen].
type ServeLoad struct {
	Address string `json:"address"` // to bind; empty means all
	Port    int    `json:"port"`    // 0 means any free port
	Token   string `json:"token"`
}

// Measured is the result of a [Load].
type Measured struct {
	TookNS   int64 `json:"took_ns"`             // nanoseconds from the first byte to the other end's last one
	Bytes    int64 `json:"bytes,omitempty"`     // for LoadStream: read by the other end, over all connections
	Done     int   `json:"done,omitempty"`      // for all others: round trips or connections
	MedianNS int64 `json:"median_ns,omitempty"` // for one of them, in nanoseconds
	P99NS    int64 `json:"p99_ns,omitempty"`    // 99 of 100 took no longer
}

// Seen is what a listener or the lab's DNS server noticed while it was open.
type Seen struct {
	From string `json:"from"`           // source address
	What string `json:"what"`           // for DNS "A bob.", for a listener "tcp"
	Link string `json:"link,omitempty"` // for [Arrivals]: the interface
	To   string `json:"to,omitempty"`   // for [Arrivals] in a VXLAN: the host that the frame is sent to; From sends it
}

// A Reason classifies an outcome. The set is closed. A reason comes from an errno, an ICMP message or a DNS rcode,
// never from an error text.
type Reason string

// The reasons, and what each is derived from.
const (
	OK                  Reason = "ok"                    // the requested answer arrived
	Accepted            Reason = "accepted"              // connected and still open, but no answer came
	NameNotFound        Reason = "name-not-found"        // NXDOMAIN, or NOERROR with no answer
	DNSError            Reason = "dns-error"             // SERVFAIL, REFUSED and the other rcodes
	DNSNoAnswer         Reason = "dns-no-answer"         // no DNS server answered in time
	NetUnreachable      Reason = "net-unreachable"       // ENETUNREACH, or ICMP net unreachable
	HostUnreachable     Reason = "host-unreachable"      // EHOSTUNREACH from the asker's ARP, or ICMP host unreachable
	AddressNotAvailable Reason = "address-not-available" // EADDRNOTAVAIL, or the target has no address
	Refused             Reason = "refused"               // RST to a SYN, or ICMP port unreachable
	Reset               Reason = "reset"                 // RST after the connection was open
	Closed              Reason = "closed"                // accepted, then closed without an answer
	Timeout             Reason = "timeout"               // no answer
	TooBig              Reason = "too-big"               // EMSGSIZE, or ICMP fragmentation needed
	Denied              Reason = "denied"                // EPERM or EACCES; EROFS for a file
	InUse               Reason = "in-use"                // EADDRINUSE
	NotFound            Reason = "not-found"             // ENOENT for a file
	Broken              Reason = "broken"                // netlab could not ask, or could not read the answer
)

// Reasons returns the closed set, in the order of the constants.
func Reasons() []Reason {
	return []Reason{
		OK, Accepted, NameNotFound, DNSError, DNSNoAnswer, NetUnreachable, HostUnreachable, AddressNotAvailable,
		Refused, Reset, Closed, Timeout, TooBig, Denied, InUse, NotFound, Broken,
	}
}

// Positive reports whether r means that it works.
func (r Reason) Positive() bool { return r == OK }

// An Outcome is the measured answer to one question.
type Outcome struct {
	Reason    Reason     `json:"reason"`
	Detail    string     `json:"detail,omitempty"`     // how the reason was found: "ICMP host unreachable from 10.0.0.1"
	Value     string     `json:"value,omitempty"`      // the answer; each question documents its own
	From      string     `json:"from,omitempty"`       // the address that said "no", by RST, ICMP or DNS
	ICMP      bool       `json:"icmp,omitempty"`       // From said it by ICMP
	Address   string     `json:"address,omitempty"`    // the address that was tried if a name was given
	TookUS    int64      `json:"took_us"`              // microseconds from question to answer, inside the container
	Listener  string     `json:"listener,omitempty"`   // for connect over TCP: the address at which the connection arrived
	SamplesUS []int64    `json:"samples_us,omitempty"` // microseconds of each round trip
	Evidence  []Evidence `json:"evidence,omitempty"`
	Load      *Measured  `json:"load,omitempty"` // for [Load]
	Path      *Path      `json:"path,omitempty"` // for [Reach] and [Size]

	Stages []Stage `json:"stages,omitempty"` // for an answer with several parts
	Lost   []Loss  `json:"lost,omitempty"`   // for a "no": what the kernel dropped, if it was asked
}

// A Stage is a part of an answer: an instruction of a build, a layer of an image, a change of a container's health.
type Stage struct {
	State  string `json:"state,omitempty"`   // cached or built; starting, healthy or unhealthy
	What   string `json:"what,omitempty"`    // the instruction
	TookUS int64  `json:"took_us,omitempty"` // microseconds; for a change of health, since what was waited for
	Bytes  int64  `json:"bytes,omitempty"`   // added by it
}

// Took is TookUS as a duration.
func (o Outcome) Took() time.Duration { return time.Duration(o.TookUS) * time.Microsecond }

// Evidence is something that was read or seen in this run and that supports an outcome.
type Evidence struct {
	Source string `json:"source"` // where it was seen: "upstream", "/proc/net/arp in alice"
	Text   string `json:"text"`   // one clause, without a capital letter or a period

	// Did means that Source is a peer, and Text says what it did: "held port 80 at that moment".
	Did bool `json:"did,omitempty"`
}

// How long to wait for an answer. The kernel reports "host unreachable" after three unanswered ARP requests, one per
// second (net.ipv4.neigh.default.mcast_solicit = 3, retrans_time = 1 s), so the wait for an unresolved next hop must
// be longer than that. A next hop that has answered ARP can no longer cause that error.
const (
	SilenceResolved   = 1 * time.Second
	SilenceUnresolved = 3500 * time.Millisecond
)
