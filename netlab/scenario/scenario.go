// Package scenario is the language that describes labs: its types, its loader and its schema.
//
// scenario.go has the types of a file, and load.go turns bytes into a checked Scenario. Each kind of mapping has a
// form, a table of its keys that the loader reads by and from which jsonschema_test.go writes the schema in scenarios/.
// A new key is a row of a form, and a field of the type that the form fills: see form.go. What can be asked, read,
// named, expected and done is in package ask. modes.go has the comparison of modes and plan.go the plans of a class,
// both in the restricted YAML of document.go. The built-in modes are files in this language, like the user's own. The
// package does not know Docker: package lab decides what a word means on an engine, and package run decides whether an
// answer is right.
package scenario

import (
	"slices"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
)

// A Scenario is one file: a lab and the questions about it. Slices keep the order of the file.
type Scenario struct {
	Name     string // the lab's name, and for a built-in scenario also the file's
	Title    string // one line
	Command  string // how a student would get this mode: "docker run IMAGE"
	Use      string // the use case; it is not measured, and marked as such
	Note     string // a point that many courses explain imprecisely
	Upstream string // where the lab's own upstream DNS server is: a network, or a link with an outside computer; or ""

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

// A Service is a swarm service: as many identical containers, its tasks, as it has replicas, all on one network.
type Service struct {
	Name     string
	Network  string // an overlay network of the lab
	Replicas int
	Endpoint string     // EndpointVIP or EndpointDNSRR
	Listen   []ask.Port // open in each task the whole time
}

// What the network's DNS answers for the name of a service.
const (
	EndpointVIP   = "vip"   // one virtual IP, whose connections IPVS, a part of the kernel, distributes to the tasks
	EndpointDNSRR = "dnsrr" // the addresses of all tasks, in rotating order
)

// HasOverlay reports whether the lab creates an overlay network, which requires an engine in a swarm.
func (s *Scenario) HasOverlay() bool {
	return slices.ContainsFunc(s.Networks, func(n Network) bool { return n.Driver == fact.DriverOverlay })
}

// DependsOn reports whether an expectation names one of these facts about the engine.
func (s *Scenario) DependsOn(fields ...string) bool {
	for _, step := range s.Steps {
		if step.Check == nil {
			continue
		}
		for _, e := range step.Check.Expect {
			for _, c := range e.When {
				if c.Fact.Head == ask.EngineHead && slices.Contains(fields, c.Fact.Field) {
					return true
				}
			}
		}
	}
	return false
}

func (n Network) hasParent() bool {
	return n.Driver == fact.DriverMacvlan || n.Driver == fact.DriverIPvlan
}

// An Option is a driver option.
type Option struct{ Name, Value string }

// A Container is a lab container.
type Container struct {
	Name     string
	Networks []Attachment // at least one, unless Share is set
	Share    string       // another container whose network namespace it uses; then it has no networks of its own
	Listen   []Listener   // open the whole time
	Publish  []Publish
	Health   ask.Port   // Docker's HEALTHCHECK connects to this port on localhost, inside; number 0 for none
	Gateway  bool       // host.docker.internal resolves to the host's gateway (--add-host …:host-gateway)
	Expose   []ask.Port // like EXPOSE in an image
	DNS      string     // "" for the lab's upstream server, if there is one; DNSEngine for the engine's default
	Image    string     // one that a step builds, so the container is created when a step starts it; "" for netlab's own
	Created  bool       // only created: a step starts it
	Writable bool       // whether its root filesystem is writable; by default it is read-only
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
	ask.Port
	At string // the address, such as "127.0.0.1"; "" for all
}

// A Publish publishes a container's port on a free port of the host.
type Publish struct {
	ask.Port
	On   string // OnLoopback, the default in a file; OnAll; or a link, for the address of the host's end
	IPv6 bool   // on a link: at the host's IPv6 address there
	As   string // use the same host port as this container's first published port; "" for a free one
}

// Where a port is published, unless it is published on a link.
const (
	OnLoopback = "127.0.0.1"
	OnAll      = "all"
)

// A Step is a check, a measurement or an action: exactly one of the pointers is set.
type Step struct {
	Check   *Check
	Measure *Measure
	Do      *ask.Action
	Line    int // in the file
}

// A SkippedStep is a check or a measure that is skipped, with the reason.
type SkippedStep struct {
	Step Step
	Why  string
}

// A Check asks one question and expects something.
type Check struct {
	ID      string
	Group   string // one of ask.Groups
	Lesson  bool   // shown by default
	Ask     string // the full question, at most 44 characters so that the answer fits next to it
	From    string // a peer
	Asks    ask.Question
	Expect  []ask.Expectation // the first one whose When holds applies; the last one has no When
	Control []string          // ids of checks that must be ok for an expected "no" to count
	Because string            // the reason for the expected answer
	Wants   string            // ask.WantsYesNo or ask.WantsValue
	Needs   string            // NeedsIPVS or NeedsProxy, or "": without what it needs the check is skipped
}

// What some kernels or engines do not have, and some checks need.
const (
	NeedsIPVS  = ask.FactIPVS          // in the kernel; swarm's virtual IPs need it
	NeedsProxy = ask.FactUserlandProxy // in the engine, for published ports
)

// A Measure is never right or wrong.
type Measure struct {
	ID      string
	Group   string
	Lesson  bool
	Ask     string
	From    string     // a peer
	Because string     // the explanation
	What    string     // MeasureStart or MeasurePing
	Target  ask.Target // for MeasurePing
}

// What can be measured.
const (
	MeasureStart = "start" // create to the agent's first message, measured by the engine, of the first container, alone
	MeasurePing  = "ping"  // round trips, one after the other
)
