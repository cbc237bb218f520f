// Package scenario is the language in which labs are described: its types, its loader and its schema.
//
// scenario.go has what a file says, reference.go the closed list of things that a file can name, load.go turns bytes
// into a checked Scenario, schema.go publishes the JSON schema; modes.go has the comparison of modes, plan.go the plans
// of a class, in the restricted YAML of document.go. The built-in modes are files of this language like the user's own.
// The package knows no Docker: what a word means on an engine is lab's business, whether an answer is right is run's.
package scenario

import (
	"slices"

	"netlab/netlab/probe"
)

// A Scenario is one file: a lab and the questions asked of it. Slices keep the order of the file.
type Scenario struct {
	Name     string // the lab's name, also the file's for the built-in ones
	Title    string // one line
	Command  string // how a student would get this mode, "docker run IMAGE"
	Use      string // the use case: textbook, and marked so
	Note     string // where the textbook that many courses use is imprecise
	Upstream string // the network on which the lab's own upstream DNS server stands; "" for none

	Images     []Image // that its steps build
	Wires      []Wire
	Networks   []Network
	Volumes    []string
	Services   []Service
	Containers []Container
	Steps      []Step

	// Shared names the wires, networks and containers that the modes of a comparison have in common. See LoadModes.
	Shared []string

	Unasked int           // checks and measures that Select left out
	Skipped []SkippedStep // checks and measures that WithoutWires left out, in the order of the file

	Source []byte // the file as it was read
}

// The networks that every engine has, which a scenario uses without declaring them.
const (
	DefaultBridge = "bridge"
	HostNetwork   = "host"
	NoneNetwork   = "none"
)

// GatewayBridge is the bridge over which containers on overlay networks reach the world outside. The engine attaches
// them to it by itself: a scenario with such a network can name it, but no container can be put on it.
const GatewayBridge = "docker_gwbridge"

// The peers that every lab has beside its containers.
const (
	Host     = "host"     // the engine's host, seen by a helper in host network mode
	Upstream = "upstream" // the lab's own upstream DNS server, where the scenario has one
)

// A Wire is a veth pair between the engine's host and a machine: a container without a network that plays computers
// outside Docker. Each wire is a LAN with a small subnet of its own, in which the host has the first address, the
// machine the second, and the machine, which is also the LAN's router, the third. Behind the machine is one more
// subnet, to which the host has a route: in it one address is silent, and to another the machine has no way.
type Wire struct {
	Name    string
	Machine string     // a peer, with the wire's second address
	IPv6    bool       // with an IPv6 subnet as well
	Listen  []Listener // open at the machine from the start to the end
}

// A Network is one that the lab creates.
type Network struct {
	Name     string
	Driver   string // bridge, macvlan, ipvlan or overlay
	Parent   string // of macvlan and ipvlan: the wire whose host's end is the parent interface
	LAN      *LAN   // instead of Parent, by OnLAN only
	IPv6     bool   // with an IPv6 subnet as well
	Internal bool
	Options  []Option // driver options, in the order of the file
}

// The drivers of networks that a lab creates.
const (
	DriverBridge  = "bridge"
	DriverMacvlan = "macvlan"
	DriverIPvlan  = "ipvlan"
	DriverOverlay = "overlay"
)

// A Service is one of the swarm's: as many containers, its tasks, as it has replicas, all alike and on one network.
type Service struct {
	Name     string
	Network  string // an overlay network of the lab
	Replicas int
	Endpoint string // EndpointVIP or EndpointDNSRR
	Listen   []Port // open at each task from the start to the end
}

// What the network's DNS says to the name of a service.
const (
	EndpointVIP   = "vip"   // one virtual IP, behind which IPVS, a part of the kernel, spreads the connections
	EndpointDNSRR = "dnsrr" // the addresses of all tasks, in turn
)

// HasOverlay reports whether the lab creates an overlay network, for which the engine must be in a swarm.
func (s *Scenario) HasOverlay() bool {
	return slices.ContainsFunc(s.Networks, func(n Network) bool { return n.Driver == DriverOverlay })
}

// DependsOn reports whether an expectation names one of these facts of the engine.
func (s *Scenario) DependsOn(fields ...string) bool {
	for _, step := range s.Steps {
		if step.Check == nil {
			continue
		}
		for _, e := range step.Check.Expect {
			for _, c := range e.When {
				if c.Fact.Head == EngineHead && slices.Contains(fields, c.Fact.Field) {
					return true
				}
			}
		}
	}
	return false
}

func (n Network) hasParent() bool { return n.Driver == DriverMacvlan || n.Driver == DriverIPvlan }

// An Option is a driver option.
type Option struct{ Name, Value string }

// A Container is a lab container.
type Container struct {
	Name     string
	Networks []Attachment // at least one, unless Share
	Share    string       // another container, whose network namespace it uses; then it has no networks of its own
	Listen   []Listener   // open from the start to the end
	Publish  []Publish
	Health   Port   // Docker's HEALTHCHECK asks this port on localhost, inside; number 0 for none
	Gateway  bool   // the name host.docker.internal leads to the host's gateway (--add-host …:host-gateway)
	Expose   []Port // as EXPOSE in an image
	DNS      string // "" the lab's upstream, where there is one; DNSEngine what the engine gives by itself
	Image    string // of the lab, which a step builds; "" for netlab's own. Then it is created when a step starts it
	Created  bool   // created only, not started: a step does that
	Writable bool   // its root filesystem; a lab's container has a read-only one otherwise
	Volumes  []Mount
}

// A Mount is a volume at a place in a container.
type Mount struct{ Volume, Path string }

// DNSEngine leaves a container's resolv.conf to the engine.
const DNSEngine = "engine"

// An Attachment puts a container on a network.
type Attachment struct {
	Network string
	Address int      // n-th address of the network's subnet, chosen by the user; 0 lets the engine choose
	Aliases []string // beside the container's own name
}

// A Listener is a port that a peer listens on.
type Listener struct {
	Port
	At string // the address, "127.0.0.1"; "" for all
}

// A Publish makes a container's port one of the host's, on a free number.
type Publish struct {
	Port
	On   string // OnLoopback, which is also the default of a file; OnAll; or a wire: the address of the host's end
	IPv6 bool   // on a wire: at the host's IPv6 address there
	As   string // take the number that this container's first published port has on the host; "" for a free one
}

// Where a port is published that is not published on a wire.
const (
	OnLoopback = "127.0.0.1"
	OnAll      = "all"
)

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

// A SkippedStep is a check or a measure that is not asked, with the reason.
type SkippedStep struct {
	Step Step
	Why  string
}

// A Check asks one question and expects something.
type Check struct {
	ID      string
	Group   string // identity, names, reach, outside, isolation, files, cost
	Lesson  bool   // shown by default
	Ask     string // the question in full, 44 characters at most so that the answer fits beside it
	From    string // a peer
	Probe   Probe
	Expect  []Expectation // the first whose When holds counts; the last has none
	Control []string      // ids of checks that must be ok for an expected "no" to count
	Because string        // the textbook's reason
	Wants   string        // WantsYesNo or WantsValue
	Needs   string        // NeedsIPVS or NeedsProxy, without which it is skipped; "" for nothing
	Line    int           // of the file
}

// What answers a question.
const (
	WantsYesNo = "yes-no" // whether it is so
	WantsValue = "value"  // what was found
)

// usuallyWants returns what answers a question of this kind with this expectation, whatever its words are. A connection
// asks whether there is one, even if the expectation says which caller the listener sees.
func (c *Check) usuallyWants() string {
	comparesValue := slices.ContainsFunc(c.Expect, func(e Expectation) bool { return e.Test != "" })
	switch c.Probe.Kind {
	case Read, Inspect:
		if thingAnswer(c.Probe.Thing).words != yesOrNo.words {
			return WantsValue
		}
	case Build, Balance:
		return WantsValue
	case Hops, ARP, Reverse:
		if comparesValue {
			return WantsValue
		}
	}
	return WantsYesNo
}

// What not every kernel or engine has, without which a check makes no sense.
const (
	NeedsIPVS  = "ipvs"           // of the kernel, which swarm's virtual IPs need
	NeedsProxy = "userland-proxy" // of the engine, for published ports
)

// A Measure is never right or wrong.
type Measure struct {
	ID      string
	Group   string
	Lesson  bool
	Ask     string
	From    string // a peer
	Because string // the textbook's word on it
	What    string // MeasureStart or MeasurePing
	Target  Target // for MeasurePing
	Line    int
}

// What can be measured.
const (
	MeasureStart = "start" // create to the agent's first word, by the engine, of the first container, started alone
	MeasurePing  = "ping"  // round trips, one after the other
)

// An Action changes the lab between checks; it is a barrier.
type Action struct {
	Verb    string // one of Verbs
	Peer    string
	Network string // for connect and disconnect
	Image   string // for edit, which has no peer
	File    string // for edit
	Line    int
}

// A Probe is what a check does. Kind says which of the other fields count.
type Probe struct {
	Kind   string // one of the kinds below
	Target Target // whom it addresses; with a free port it is a peer, which listens for this question
	Port   Port   // of connect, chains, balance and listen
	// Bytes is, of ping, the size of the whole IP packet, which may not be fragmented, 0 for the usual 84; and of write
	// the size of the file, 0 where Text says what is in it.
	Bytes   int
	Size    Value  // of ping: the same, where it is a reference, plus Bytes
	Server  Target // of resolve and reverse: the DNS server; zero for the container's own
	Type    string // of resolve: A or AAAA
	Thing   string // of read: one of Things; of inspect: ImageSize and the like
	Through Target // of connect and chains: the address of the host at which the target's published port is asked
	At      Target // of connect to a free port, and of listen: the address to bind; zero for all
	By      Target // of connect to a free port: the name by which the asker addresses it; zero for what At says
	Beside  string // of listen: a peer that already holds the same port
	Path    string // of write and file; of inspect holds: in the image
	Text    string // of write: the line to write; "" where Bytes says how much
	Image   string // of build and inspect
	With    string // of inspect shares: the other image
	Status  string // of await: Starting, Healthy or Unhealthy
}

// Changes reports whether the probe changes what later ones find, or waits for a change, so that it is asked by itself.
func (p Probe) Changes() bool {
	return p.Kind == Start || p.Kind == Write || p.Kind == Build || p.Kind == Await
}

// SeesOthers reports whether the probe sees what netlab's other questions do meanwhile: a socket of theirs, a process.
// It is not asked at the same time.
func (p Probe) SeesOthers() bool {
	return p.Kind == Read && (p.Thing == "sockets" || p.Thing == "processes" || p.Thing == "host-processes")
}

// The kinds of probe.
const (
	Ping    = "ping"    // ICMP echo
	Connect = "connect" // TCP or UDP to a lab listener
	Resolve = "resolve" // a name to addresses
	Reverse = "reverse" // an address to names
	Read    = "read"    // a fact of the peer's network namespace
	Listen  = "listen"  // bind a port
	Hops    = "hops"    // the routers on the way, by growing TTL (traceroute)
	ARP     = "arp"     // the MAC address that answers for an IPv4 address on the asker's own link
	Start   = "start"   // start a created container: ok, in-use where a port is allocated already
	Chains  = "chains"  // connect, and which chains of the host's firewall the packets passed
	Write   = "write"   // write a file in the container
	File    = "file"    // what a file in the container says
	Build   = "build"   // build an image; the answer is what became of each instruction, "cached built"
	Inspect = "inspect" // a fact of an image
	Await   = "await"   // wait for what Docker says of the peer's HEALTHCHECK
	Balance = "balance" // connect to a service's virtual IP once for each task: which of them answered
)

// An Expectation is one thing that may be right.
type Expectation struct {
	When   []Condition // all must hold; empty always does
	Reason probe.Reason
	Test   string // "" or one of the tests below
	Value  Value  // what Test compares with
	// DroppedBy is Docker where the reason names Docker as what dropped the packets: it stands only where a rule of
	// Docker's counted them.
	DroppedBy string
	Because   string // why this holds under When; shown instead of the check's Because
}

// How an outcome's value is compared.
const (
	Equals   = "equals"   // the same text
	Differs  = "differs"  // another text
	Contains = "contains" // the value's words include it
	Lacks    = "lacks"    // the value's words do not include it
	AtLeast  = "at-least" // a number, this or more
	AtMost   = "at-most"  // a number, this or less
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
