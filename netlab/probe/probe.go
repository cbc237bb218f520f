// Package probe says what can be asked of a lab container and what can come back, as plain types.
//
// A [Question] goes to an agent, an [Outcome] comes back. The package knows nothing of Docker, of scenarios, of the
// protocol that carries it or of how a question is answered (agent/server does that); everybody knows this package.
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
	Chains    *Chains    `json:"chains,omitempty"`
	Process   *Process   `json:"process,omitempty"`
	Read      *Read      `json:"read,omitempty"`
	Write     *Write     `json:"write,omitempty"`
	Wire      *Wire      `json:"wire,omitempty"`
	Configure *Configure `json:"configure,omitempty"`

	Load      *Load      `json:"load,omitempty"`
	ServeLoad *ServeLoad `json:"serve_load,omitempty"`
	Capture   *Capture   `json:"capture,omitempty"`
	Mark      *Mark      `json:"mark,omitempty"`
}

// Ping asks for ICMP echo replies.
//
// Outcome: ok with Value the address that answered and SamplesUS one round trip each; net-unreachable,
// host-unreachable (Detail says whether own ARP or an ICMP message from which address), timeout, too-big, denied (no
// raw socket), and the reasons of [Resolve] where Host is a name.
type Ping struct {
	Host     string `json:"host"`                // an address, or a name that the container's own resolver is asked for
	Count    int    `json:"count,omitempty"`     // echoes, one after the other's reply; 0 means 1
	Size     int    `json:"size,omitempty"`      // bytes of ICMP payload; 0 means 56, as ping(8)
	DontFrag bool   `json:"dont_frag,omitempty"` // set DF (IP_MTU_DISCOVER=IP_PMTUDISC_DO)
}

// Connect opens a TCP connection, or sends a UDP datagram, to a lab listener and asks it who it sees.
//
// Outcome: ok with Value the source address that the listener saw; accepted (a connection that neither answered nor
// closed), closed (accepted, then closed without an answer, as Docker's userland proxy does for a dead port), refused,
// reset, timeout, net-unreachable, host-unreachable, address-not-available, and the reasons of [Resolve] where Host is
// a name.
type Connect struct {
	Network string `json:"network"` // tcp or udp
	Host    string `json:"host"`
	Port    int    `json:"port"`
	Token   string `json:"token"` // the lab's password: its listeners answer nobody else
}

// Resolve asks a DNS server, as the container would, or one that is named.
//
// Outcome: ok with Value the answers, sorted and joined by one space (addresses, or names with the final dot for PTR);
// name-not-found (NXDOMAIN, or NOERROR without an answer), dns-error (SERVFAIL, REFUSED: Detail has the rcode),
// dns-no-answer (silence), refused (nothing listens on port 53 there), net-unreachable, host-unreachable.
type Resolve struct {
	Name   string `json:"name"`             // a host name; for PTR the address
	Type   string `json:"type,omitempty"`   // A (default), AAAA or PTR
	Server string `json:"server,omitempty"` // an address; empty: /etc/hosts, then the nameservers of resolv.conf
}

// Listen opens a listener that answers each holder of Token with the source address it saw, until it is cancelled.
//
// The first answer is its outcome: ok with Value "address:port" as bound, in-use (EADDRINUSE), address-not-available,
// denied. Further answers are [Seen] events.
type Listen struct {
	Network string `json:"network"` // tcp or udp
	Address string `json:"address"` // the address to bind; empty means all
	Port    int    `json:"port"`    // 0 means a free one
	Token   string `json:"token"`
}

// ServeDNS makes the agent the lab's upstream DNS server until it is cancelled: authoritative for nothing, it says
// NXDOMAIN to every name but those in Names. The first answer is its outcome as for [Listen]; each question that it
// is asked is a [Seen] event.
type ServeDNS struct {
	Address string   `json:"address"`         // to bind, port 53 udp and tcp; empty means all
	Names   []Record `json:"names,omitempty"` // what it knows
}

// A Record is a name that the lab's upstream DNS server knows.
type Record struct {
	Name    string `json:"name"`
	Address string `json:"address"`
}

// Look asks for what the agent's network namespace looks like; the answer is a fact.Stack beside the outcome.
type Look struct{}

// Hops asks which routers are on the way to an address: ICMP echoes with a TTL of 1, 2, … until the address itself
// answers (RFC 792, traceroute).
//
// Outcome: ok with Value the addresses that answered, in order and joined by one space, "*" for a silent one; else the
// reason of the last echo, with the routers so far as Value.
type Hops struct {
	Host string `json:"host"`
	Max  int    `json:"max,omitempty"` // hops; 0 means 8
}

// ARP asks who has an IPv4 address on the asker's own link (RFC 826), from raw frames, so that no entry of the
// kernel's table answers in its place.
//
// Outcome: ok with Value the MAC addresses that answered within the wait, sorted and joined by one space (two mean
// that the address is taken twice); timeout where nobody did; denied without NET_RAW.
type ARP struct {
	Address string `json:"address"`
	Link    string `json:"link,omitempty"` // the interface; "" for the one that the route to the address takes
}

// Chains asks for the packet counters of the firewall of the agent's network namespace, reading only: nftables, which
// iptables-nft uses as well, and the tables of legacy iptables. It needs NET_ADMIN. The answer is a list of fact.Chain
// beside the outcome.
type Chains struct{}

// Process asks what the agent's own process sees beside the network: the kernel, its namespaces, other processes, the
// machine. The answer is a fact.Process beside the outcome.
type Process struct{}

// Read asks what a file in the container says.
//
// Outcome: ok with Value the file's words, joined by one space, of its first 4 KiB; not-found (ENOENT, ENOTDIR), denied
// (EACCES, EPERM), or broken.
type Read struct {
	Path string `json:"path"` // absolute
}

// Write makes a file in the container, or takes the place of what is in it: a line of text, or so many zeros.
//
// Outcome: ok; denied (EROFS, EACCES, EPERM), not-found (ENOENT, ENOTDIR) where there is no such folder, or broken.
type Write struct {
	Path  string `json:"path"`            // absolute
	Text  string `json:"text,omitempty"`  // the line, without its end
	Bytes int    `json:"bytes,omitempty"` // of zeros; 0 for the text
}

// Wire makes a veth pair with one end in the agent's network namespace, which must be the host's, and the other in that
// of process 1 as the agent sees it: a helper with `--network host --pid container:MACHINE` and NET_ADMIN only.
//
// Outcome: ok, in-use where an interface of that name exists, denied, or broken.
type Wire struct {
	Name    string   `json:"name"`           // of the host's end, 15 bytes at most
	Peer    string   `json:"peer"`           // of the machine's end
	Address string   `json:"address"`        // CIDR of the host's end
	IPv6    string   `json:"ipv6,omitempty"` // the same in IPv6; "" for none
	Behind  []string `json:"behind"`         // subnets (CIDR) that the host reaches through Gateway
	Gateway string   `json:"gateway"`        // the machine's address
}

// Configure sets up an interface of the agent's own network namespace: addresses, up, routes. It needs NET_ADMIN
// there.
//
// Outcome: ok, or denied or broken.
type Configure struct {
	Link      string   `json:"link"`
	Addresses []string `json:"addresses"` // CIDR
	Routes    []Route  `json:"routes"`
}

// A Route is one to add.
type Route struct {
	Destination string `json:"destination"`       // CIDR
	Gateway     string `json:"gateway,omitempty"` // "" for one of Kind

	// Kind is blackhole, where what goes there is dropped without a word, or throw, where it is answered as if there were
	// no route, even if there is a default route (ip-route(8)).
	Kind string `json:"kind,omitempty"`
}

// Load measures what the way to an address costs: with LoadPing to any, else to a [ServeLoad], over TCP.
//
// Outcome: ok with Load what was measured, else the reasons of [Ping] and [Connect]; timeout where a transfer stood
// still.
type Load struct {
	What    string `json:"what"` // one of the constants below
	Host    string `json:"host"`
	Port    int    `json:"port,omitempty"`
	Token   string `json:"token,omitempty"`
	Streams int    `json:"streams,omitempty"` // of LoadStream: connections at once; 0 means 1
	Count   int    `json:"count,omitempty"`   // of all others: how many, at most
	ForUS   int64  `json:"for_us"`            // microseconds, at most; a minute at most
}

// What a Load does.
const (
	LoadPing    = "ping"    // ICMP echoes, one after the other's reply
	LoadEcho    = "echo"    // one byte there and back over one connection, one after the other
	LoadStream  = "stream"  // bytes one way, as many as the way takes
	LoadConnect = "connect" // connections, one after the other: open, show the token, hear the answer, close with a RST
)

// ServeLoad opens the other end of a [Load] for holders of Token, until it is cancelled. It sends back single bytes, or
// takes whatever comes and says at the end how much it was. The first answer is its outcome as for [Listen].
type ServeLoad struct {
	Address string `json:"address"` // to bind; empty means all
	Port    int    `json:"port"`    // 0 means a free one
	Token   string `json:"token"`
}

// Measured is what a [Load] came to.
type Measured struct {
	TookNS   int64 `json:"took_ns"`             // nanoseconds from the first byte to the other end's last word
	Bytes    int64 `json:"bytes,omitempty"`     // of LoadStream: taken by the other end, all connections together
	Done     int   `json:"done,omitempty"`      // of all others: round trips or connections
	MedianNS int64 `json:"median_ns,omitempty"` // of one of those, nanoseconds
	P99NS    int64 `json:"p99_ns,omitempty"`    // 99 of 100 took no longer
}

// Seen is what a listener or the upstream DNS server noticed while it was open.
type Seen struct {
	From string `json:"from"` // source address
	What string `json:"what"` // for DNS "A bob.", for a listener "tcp"
}

// A Reason classifies an outcome. The set is closed. A reason comes from an errno, an ICMP message or a DNS rcode,
// never from a text.
type Reason string

// The reasons, with where each comes from.
const (
	OK                  Reason = "ok"                    // the answer that was asked for came
	Accepted            Reason = "accepted"              // connected and held, but no answer came
	NameNotFound        Reason = "name-not-found"        // NXDOMAIN, or NOERROR with no answer
	DNSError            Reason = "dns-error"             // SERVFAIL, REFUSED and the other rcodes
	DNSNoAnswer         Reason = "dns-no-answer"         // no DNS server answered in time
	NetUnreachable      Reason = "net-unreachable"       // ENETUNREACH, or ICMP net unreachable
	HostUnreachable     Reason = "host-unreachable"      // EHOSTUNREACH from own ARP, or ICMP host unreachable
	AddressNotAvailable Reason = "address-not-available" // EADDRNOTAVAIL, or the target has no address at all
	Refused             Reason = "refused"               // RST to a SYN, or ICMP port unreachable
	Reset               Reason = "reset"                 // RST after the connection was open
	Closed              Reason = "closed"                // accepted, then closed without an answer
	Timeout             Reason = "timeout"               // silence
	TooBig              Reason = "too-big"               // EMSGSIZE, or ICMP fragmentation needed
	Denied              Reason = "denied"                // EPERM or EACCES; EROFS of a file
	InUse               Reason = "in-use"                // EADDRINUSE
	NotFound            Reason = "not-found"             // ENOENT of a file
	Broken              Reason = "broken"                // netlab could not ask, or read the answer
)

// Reasons lists the closed set, in the order of the constants.
func Reasons() []Reason {
	return []Reason{
		OK, Accepted, NameNotFound, DNSError, DNSNoAnswer, NetUnreachable, HostUnreachable, AddressNotAvailable,
		Refused, Reset, Closed, Timeout, TooBig, Denied, InUse, NotFound, Broken,
	}
}

// Positive reports whether r says that the thing asked for works.
func (r Reason) Positive() bool { return r == OK }

// An Outcome is the measured answer to one question.
type Outcome struct {
	Reason    Reason     `json:"reason"`
	Detail    string     `json:"detail,omitempty"`     // how the reason was learnt: "ICMP host unreachable from 10.0.0.1"
	Value     string     `json:"value,omitempty"`      // the answer; each question says what it is
	Address   string     `json:"address,omitempty"`    // the address that was tried, where a name was given
	TookUS    int64      `json:"took_us"`              // microseconds from question to answer, inside the container
	Listener  string     `json:"listener,omitempty"`   // of connect over TCP: the address at which it arrived
	SamplesUS []int64    `json:"samples_us,omitempty"` // microseconds of each round trip
	Evidence  []Evidence `json:"evidence,omitempty"`
	Load      *Measured  `json:"load,omitempty"` // of [Load]

	Stages []Stage `json:"stages,omitempty"` // of an answer that came, or is made, in parts
}

// A Stage is a part of an answer: an instruction of a build, a layer of an image, a change of a container's health.
type Stage struct {
	State  string `json:"state,omitempty"`   // cached or built; starting, healthy or unhealthy
	What   string `json:"what,omitempty"`    // the instruction
	TookUS int64  `json:"took_us,omitempty"` // microseconds that it took; of a change, since what is waited after
	Bytes  int64  `json:"bytes,omitempty"`   // that it added
}

// Took is TookUS as a duration.
func (o Outcome) Took() time.Duration { return time.Duration(o.TookUS) * time.Microsecond }

// Evidence is something that was read or seen in this run and supports an outcome.
type Evidence struct {
	Source string `json:"source"` // who saw it: "upstream", "/proc/net/arp in alice"
	Text   string `json:"text"`   // what, as one clause without a capital or a full stop
}

// How long a silence is waited for. The kernel says "host unreachable" after three unanswered ARP requests, one a
// second (net.ipv4.neigh.default.mcast_solicit = 3, retrans_time = 1 s), so a next hop that has not been resolved must
// be waited for longer than that; one that has answered ARP cannot give that error any more.
const (
	SilenceResolved   = 1 * time.Second
	SilenceUnresolved = 3500 * time.Millisecond
)
