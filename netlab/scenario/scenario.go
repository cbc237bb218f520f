// Package scenario is the language that describes labs: its types, its loader and its schema.
//
// scenario.go has the types of a file, reference.go the closed list of things that a file can name, load.go turns
// bytes into a checked Scenario, and schema.go publishes the JSON schema. modes.go has the comparison of modes and
// plan.go the plans of a class, both in the restricted YAML of document.go. The built-in modes are files in this
// language, like the user's own. The package does not know Docker: package lab decides what a word means on an
// engine, and package run decides whether an answer is right.
package scenario

import (
	"slices"

	"netlab/netlab/probe"
)

// A Scenario is one file: a lab and the questions about it. Slices keep the order of the file.
type Scenario struct {
	Name     string // the lab's name, and for a built-in scenario also the file's
	Title    string // one line
	Command  string // how a student would get this mode: "docker run IMAGE"
	Use      string // the use case; it is not measured, and marked as such
	Note     string // a point that many courses explain imprecisely
	Upstream string // the network that the lab's own upstream DNS server is on, or ""

	Images     []Image // that the steps build
	Wires      []Wire
	Networks   []Network
	Volumes    []string
	Services   []Service
	Containers []Container
	Steps      []Step

	// Shared names the links, networks and containers that the modes of a comparison share. See LoadModes.
	Shared []string

	Unasked int           // checks and measures that Select left out
	Skipped []SkippedStep // checks and measures that are skipped, with WithoutWires for example, in order

	Source []byte // the file as it was read
}

// The networks that every engine has. A scenario uses them without declaring them.
const (
	DefaultBridge = "bridge"
	HostNetwork   = "host"
	NoneNetwork   = "none"
)

// GatewayBridge is the bridge that connects containers on overlay networks to everything outside. The engine attaches
// them to it automatically. A scenario with such a network can name the bridge, but cannot attach a container to it.
const GatewayBridge = "docker_gwbridge"

// The peers that every lab has in addition to its containers.
const (
	Host     = "host"     // the engine's host, seen by a helper in host network mode
	Upstream = "upstream" // the lab's own upstream DNS server, if the scenario has one
)

// A Wire is a simulated link: a veth pair between the engine's host and a container without a network that plays
// outside computers. Each link is a LAN with a small subnet of its own. In it the host has the first address, the
// outside computer the second, and the third belongs to the same computer as the LAN's router. Behind it is one more
// subnet, which the host has a route to. In that subnet one address never answers, and the outside computer has no
// route to another one.
type Wire struct {
	Name    string
	Machine string     // a peer, with the link's second address
	IPv6    bool       // whether it also has an IPv6 subnet
	Listen  []Listener // open on the outside computer the whole time
}

// A Network is one that the lab creates.
type Network struct {
	Name     string
	Driver   string // bridge, macvlan, ipvlan or overlay
	Parent   string // of macvlan and ipvlan: the link whose host end is the parent interface
	LAN      *LAN   // instead of Parent; only set by OnLAN
	IPv6     bool   // whether it also has an IPv6 subnet
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

// A Service is a swarm service: as many identical containers, its tasks, as it has replicas, all on one network.
type Service struct {
	Name     string
	Network  string // an overlay network of the lab
	Replicas int
	Endpoint string // EndpointVIP or EndpointDNSRR
	Listen   []Port // open in each task the whole time
}

// What the network's DNS answers for the name of a service.
const (
	EndpointVIP   = "vip"   // one virtual IP, whose connections IPVS, a part of the kernel, distributes to the tasks
	EndpointDNSRR = "dnsrr" // the addresses of all tasks, in rotating order
)

// HasOverlay reports whether the lab creates an overlay network, which requires an engine in a swarm.
func (s *Scenario) HasOverlay() bool {
	return slices.ContainsFunc(s.Networks, func(n Network) bool { return n.Driver == DriverOverlay })
}

// DependsOn reports whether an expectation names one of these facts about the engine.
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
	Networks []Attachment // at least one, unless Share is set
	Share    string       // another container whose network namespace it uses; then it has no networks of its own
	Listen   []Listener   // open the whole time
	Publish  []Publish
	Health   Port   // Docker's HEALTHCHECK connects to this port on localhost, inside; number 0 for none
	Gateway  bool   // host.docker.internal resolves to the host's gateway (--add-host …:host-gateway)
	Expose   []Port // like EXPOSE in an image
	DNS      string // "" for the lab's upstream server, if there is one; DNSEngine for the engine's default
	Image    string // one that a step builds, so the container is created when a step starts it; "" for netlab's own
	Created  bool   // only created: a step starts it
	Writable bool   // whether its root filesystem is writable; by default it is read-only
	Volumes  []Mount
}

// A Mount is a volume mounted at a path in a container.
type Mount struct{ Volume, Path string }

// DNSEngine leaves a container's resolv.conf to the engine.
const DNSEngine = "engine"

// An Attachment puts a container on a network.
type Attachment struct {
	Network string
	Address int      // n-th address of the network's subnet, if the user chose one; with 0 the engine chooses
	Aliases []string // in addition to the container's own name
}

// A Listener is a port that a peer listens on.
type Listener struct {
	Port
	At string // the address, such as "127.0.0.1"; "" for all
}

// A Publish publishes a container's port on a free port of the host.
type Publish struct {
	Port
	On   string // OnLoopback, the default in a file; OnAll; or a link, for the address of the host's end
	IPv6 bool   // on a link: at the host's IPv6 address there
	As   string // use the same host port as this container's first published port; "" for a free one
}

// Where a port is published, unless it is published on a link.
const (
	OnLoopback = "127.0.0.1"
	OnAll      = "all"
)

// A Port is a transport protocol and a number. Number 0 means a free port that is open for its question only.
type Port struct {
	Network string // tcp or udp
	Number  int
}

// A Step is a check, a measurement or an action: exactly one field is set.
type Step struct {
	Check   *Check
	Measure *Measure
	Do      *Action
}

// A SkippedStep is a check or a measure that is skipped, with the reason.
type SkippedStep struct {
	Step Step
	Why  string
}

// A Check asks one question and expects something.
type Check struct {
	ID      string
	Group   string // identity, names, reach, outside, isolation, files, cost
	Lesson  bool   // shown by default
	Ask     string // the full question, at most 44 characters so that the answer fits next to it
	From    string // a peer
	Probe   Probe
	Expect  []Expectation // the first one whose When holds applies; the last one has no When
	Control []string      // ids of checks that must be ok for an expected "no" to count
	Because string        // the reason for the expected answer
	Wants   string        // WantsYesNo or WantsValue
	Needs   string        // NeedsIPVS or NeedsProxy, or "": without what it needs the check is skipped
	Line    int           // in the file
}

// What kind of answer a question wants.
const (
	WantsYesNo = "yes-no" // whether it is so
	WantsValue = "value"  // what was found
)

// usuallyWants returns the kind of answer that a question of this kind with this expectation wants, whatever its
// words are. A connect check asks whether there is a connection, even if the expectation says which source address
// the listener sees.
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

// What some kernels or engines do not have, and some checks need.
const (
	NeedsIPVS  = "ipvs"           // in the kernel; swarm's virtual IPs need it
	NeedsProxy = "userland-proxy" // in the engine, for published ports
)

// A Measure is never right or wrong.
type Measure struct {
	ID      string
	Group   string
	Lesson  bool
	Ask     string
	From    string // a peer
	Because string // the explanation
	What    string // MeasureStart or MeasurePing
	Target  Target // for MeasurePing
	Line    int
}

// What can be measured.
const (
	MeasureStart = "start" // create to the agent's first message, measured by the engine, of the first container, alone
	MeasurePing  = "ping"  // round trips, one after the other
)

// An Action changes the lab between checks. It is a barrier.
type Action struct {
	Verb    string // one of Verbs
	Peer    string
	Network string // for connect and disconnect
	Image   string // for edit, which does not name a peer
	File    string // for edit
	Line    int
}

// A Probe is what a check does. Kind determines which of the other fields are used.
type Probe struct {
	Kind   string // one of the kinds below
	Target Target // what it connects to; with a free port it is a peer that listens for this question
	Port   Port   // of connect, chains, balance and listen
	// Bytes is, for ping, the size of the whole IP packet, which may not be fragmented; 0 means the default of 84. For
	// write it is the size of the file, or 0 if Text has the content.
	Bytes   int
	Size    Value  // of ping: the same size as a reference, to which Bytes is added
	Server  Target // of resolve and reverse: the DNS server; zero for the container's own
	Type    string // of resolve: A or AAAA
	Thing   string // of read: one of Things; of inspect: ImageSize and so on
	Through Target // of connect and chains: the host's address where the target's published port is reached
	At      Target // of connect to a free port, and of listen: the address to bind; zero for all
	By      Target // of connect to a free port: the name the asker connects to; zero for the address in At
	Beside  string // of listen: a peer that already holds the same port
	Path    string // of write and file, and of inspect holds, in the image
	Text    string // of write: the line to write; "" if Bytes gives the size
	Image   string // of build and inspect
	With    string // of inspect shares: the other image
	Status  string // of await: Starting, Healthy or Unhealthy
}

// Changes reports whether the probe changes what later ones find, or waits for a change. Such a probe is asked alone.
func (p Probe) Changes() bool {
	return p.Kind == Start || p.Kind == Write || p.Kind == Build || p.Kind == Await
}

// SeesOthers reports whether the probe sees what netlab's other questions do at the same time, such as their sockets
// or processes. It is not asked together with them.
func (p Probe) SeesOthers() bool {
	return p.Kind == Read && (p.Thing == "sockets" || p.Thing == "processes" || p.Thing == "host-processes")
}

// The kinds of probe.
const (
	Ping    = "ping"    // ICMP echo
	Connect = "connect" // TCP or UDP to a lab listener
	Resolve = "resolve" // resolve a name to addresses
	Reverse = "reverse" // resolve an address to names
	Read    = "read"    // a fact of the peer's network namespace
	Listen  = "listen"  // bind a port
	Hops    = "hops"    // the routers on the path, found by increasing the TTL (traceroute)
	ARP     = "arp"     // the MAC address that answers for an IPv4 address on the asker's own link
	Start   = "start"   // start a created container: ok, or in-use if a port is already allocated
	Chains  = "chains"  // connect, and see which chains of the host's firewall the packets passed
	Write   = "write"   // write a file in the container
	File    = "file"    // the content of a file in the container
	Build   = "build"   // build an image; the answer is one word per instruction: "cached built"
	Inspect = "inspect" // a fact of an image
	Await   = "await"   // wait for a status of the peer's HEALTHCHECK
	Balance = "balance" // connect to a service's virtual IP once per task, and see which tasks answered
)

// An Expectation is one answer that may be right.
type Expectation struct {
	When   []Condition // all must hold; an empty list always holds
	Reason probe.Reason
	Or     []probe.Reason // reasons that are as right, if a host's firewall decides which one it is
	Test   string         // "" or one of the tests below
	Value  Value          // what Test compares with
	// DroppedBy is Docker if the reason names Docker as what dropped the packets. It only applies if one of Docker's
	// rules counted the packets.
	DroppedBy string
	Because   string // why this holds under When; shown instead of the check's Because
}

// How an outcome's value is compared.
const (
	Equals   = "equals"   // the same text
	Differs  = "differs"  // a different text
	Contains = "contains" // the value's words include it
	Lacks    = "lacks"    // the value's words do not include it
	AtLeast  = "at-least" // a number, this or more
	AtMost   = "at-most"  // a number, this or less
	Within   = "within"   // an address within a subnet
	Sees     = "sees"     // the listener saw this source address
)

// A Condition holds when comparing the named fact with the value by Op succeeds.
type Condition struct {
	Fact  Reference
	Op    string // = != < <= > >=
	Value string
}

// A Target is what a probe connects to: a reference or a literal. The zero Target is none.
type Target struct {
	Ref     Reference
	Literal string // an address or a name, exactly as given
}

// IsZero reports whether t is none.
func (t Target) IsZero() bool { return t == Target{} }

// A Value is what an outcome is compared with: a reference or a literal.
type Value struct {
	Ref     Reference
	Literal string
}
