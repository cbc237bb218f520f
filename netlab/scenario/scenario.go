// Package scenario is the language in which labs are described: its types, its loader and its schema.
//
// scenario.go has what a file says, reference.go the closed list of things that a file can name, load.go turns bytes
// into a checked Scenario, schema.go publishes the JSON schema. The built-in modes are files of this language like the
// user's own. The package knows no Docker: what a word means on an engine is lab's business, whether an answer is
// right is run's.
package scenario

import "netlab/netlab/probe"

// A Scenario is one file: a lab and the questions asked of it. Slices keep the order of the file.
type Scenario struct {
	Name     string // the lab's name, also the file's for the built-in ones
	Title    string // one line
	Command  string // how a student would get this mode, "docker run IMAGE"
	Use      string // the use case: textbook, and marked so
	Note     string // where the textbook that many courses use is imprecise
	Upstream string // the network on which the lab's own upstream DNS server stands; "" for none

	Networks   []Network
	Containers []Container
	Steps      []Step

	Unasked int // checks and measures that Select left out

	Source []byte // the file as it was read
}

// The networks that every engine has, which a scenario uses without declaring them.
const (
	DefaultBridge = "bridge"
	HostNetwork   = "host"
	NoneNetwork   = "none"
)

// The peers that every lab has beside its containers.
const (
	Host     = "host"     // the engine's host, seen by a helper in host network mode
	Upstream = "upstream" // the lab's own upstream DNS server, where the scenario has one
)

// A Network is one that the lab creates.
type Network struct {
	Name     string
	Driver   string // bridge
	Internal bool
	Options  []Option // driver options, in the order of the file
}

// An Option is a driver option.
type Option struct{ Name, Value string }

// A Container is a lab container.
type Container struct {
	Name     string
	Networks []Attachment // at least one
	Listen   []Port       // open from the start to the end, on all addresses
	Expose   []Port       // as EXPOSE in an image
	DNS      string       // "" the lab's upstream, where there is one; DNSEngine what the engine gives by itself
	Created  bool         // created only, not started: a step does that
}

// DNSEngine leaves a container's resolv.conf to the engine.
const DNSEngine = "engine"

// An Attachment puts a container on a network.
type Attachment struct {
	Network string
	Address int      // n-th address of the network's subnet, chosen by the user; 0 lets the engine choose
	Aliases []string // beside the container's own name
}

// A Port is a transport protocol and a number; number 0 means a free one, open for its question only.
type Port struct {
	Network string // tcp or udp
	Number  int
}

// A Step is one of three: exactly one field is set.
type Step struct {
	Check   *Check
	Measure *Measure
	Do      *Action
}

// A Check asks one question and expects something.
type Check struct {
	ID      string
	Group   string // identity, names, reach, isolation, cost
	Lesson  bool   // shown by default
	Ask     string // the question in full, 44 characters at most so that the answer fits beside it
	From    string // a peer
	Probe   Probe
	Expect  []Expectation // the first whose When holds counts; the last has none
	Control []string      // ids of checks that must be ok for an expected "no" to count
	Because string        // the textbook's reason
	Line    int           // of the file
}

// A Measure is never right or wrong.
type Measure struct {
	ID     string
	Group  string
	Lesson bool
	Ask    string
	From   string // a peer
	What   string // MeasureStart or MeasurePing
	Target Target // for MeasurePing
	Line   int
}

// What can be measured.
const (
	MeasureStart = "start" // create to the agent's first word, of the first container, started alone
	MeasurePing  = "ping"  // round trips, one after the other
)

// An Action changes the lab between checks; it is a barrier.
type Action struct {
	Verb    string // connect, disconnect, pause, unpause, restart, stop, start
	Peer    string
	Network string // for connect and disconnect
	Line    int
}

// A Probe is what a check does. Kind says which of the other fields count.
type Probe struct {
	Kind   string // Ping, Connect, Resolve, Reverse, Read or Listen
	Target Target // of ping, connect, resolve and reverse; with a free port it is a peer, which listens for this question
	Port   Port   // of connect and listen
	Server Target // of resolve and reverse: the DNS server; zero for the container's own
	Type   string // of resolve: A or AAAA
	Thing  string // of read: one of Things
	At     Target // of connect to a free port, and of listen: the address to bind; zero for all
	Beside string // of listen: a peer that already holds the same port
}

// The kinds of probe.
const (
	Ping    = "ping"    // ICMP echo
	Connect = "connect" // TCP or UDP to a lab listener
	Resolve = "resolve" // a name to addresses
	Reverse = "reverse" // an address to names
	Read    = "read"    // a fact of the peer's network namespace
	Listen  = "listen"  // bind a port
)

// An Expectation is one thing that may be right.
type Expectation struct {
	When    []Condition // all must hold; empty always does
	Reason  probe.Reason
	Test    string // "", Equals, Differs, Contains, Lacks, Within or Sees
	Value   Value  // what Test compares with
	Because string // why this holds under When; shown instead of the check's Because
}

// How an outcome's value is compared.
const (
	Equals   = "equals"   // the same text
	Differs  = "differs"  // another text
	Contains = "contains" // the value's words include it
	Lacks    = "lacks"    // the value's words do not include it
	Within   = "within"   // an address within a subnet
	Sees     = "sees"     // the listener saw this source address
)

// A Condition holds when the named fact compares so with the value.
type Condition struct {
	Fact  Reference
	Op    string // = != < <= > >=
	Value string
}

// A Target is whom a probe addresses: a reference, or words that stand for themselves. The zero Target is none.
type Target struct {
	Ref     Reference
	Literal string // an address or a name, exactly as given
}

// IsZero reports whether t is none.
func (t Target) IsZero() bool { return t == Target{} }

// A Value is what an outcome is compared with: a reference, or words that stand for themselves.
type Value struct {
	Ref     Reference
	Literal string
}
