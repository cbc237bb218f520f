package pasted

import (
	"net/netip"
	"regexp"
	"strings"
)

// What the engine can say.
const (
	PortTaken       = "port taken"         // a port of the host
	PoolExhausted   = "no free subnet"     // in the address pools
	PoolOverlap     = "subnet overlaps"    // with another network's
	NetworkMissing  = "network not found"  // by its name or its id
	ParentStopped   = "parent not running" // the container whose network namespace another wants to join
	RawTableMissing = "no raw table"       // of iptables
	ChainMissing    = "no such chain"      // of iptables
	EndpointExists  = "endpoint exists"    // a network has one of this name already
	NoUserSubnet    = "no subnet of yours" // so a container cannot choose its address
	AddressTaken    = "address taken"      // that a container chose
	SetupFailed     = "setup failed"       // for another reason
)

// An Engine is what the engine says, and about what.
type Engine struct {
	Says string // one of the constants

	Protocol string       // of a port: tcp or udp; "" if the line does not say
	HostIP   string       // of a port; "" if the line does not say
	Port     int          // of the host
	Network  string       // a name or an id
	Other    string       // the id of the network that Network overlaps
	Subnet   netip.Prefix // that was asked for; not valid if the line does not say
	Parent   string       // the container that should run: a name or an id
	Endpoint string       // the container that could not start, or that exists on Network
}

const (
	name   = `[A-Za-z0-9][A-Za-z0-9_.-]*`
	hostIP = `(?P<ip>\[?[0-9A-Fa-f.:]*?\]?)`
)

// A saying is how engines say one of the constants.
type saying struct {
	says  string
	words *regexp.Regexp
}

func engine(says, words string) saying { return saying{says, regexp.MustCompile(words)} }

// sayings are the words of engines from 20.10 to 29. The first that matches counts.
var sayings = []saying{
	engine(ChainMissing, `No chain/target/match by that name|Chain '[\w-]+' does not exist`),
	engine(RawTableMissing, `(?:DIRECT ACCESS|LOOPBACK) FILTERING.*(?:initialize iptables table|\btable .?raw|`+
		`Table does not exist|-t raw)`),
	engine(RawTableMissing, "can't initialize ip6?tables table [`'\"]raw'"),

	engine(PortTaken, `Bind for `+hostIP+`:(?P<port>\d+) failed: port is already allocated`),
	engine(PortTaken, `failed to bind host port(?: \d+)?(?: for)? `+hostIP+
		`:(?P<port>\d+)(?::\S+)?/(?P<protocol>tcp|udp|sctp): address already in use`),
	engine(PortTaken, `\b(?P<protocol>tcp|udp)[46]? `+hostIP+`:(?P<port>\d+): bind: address already in use`),
	engine(PortTaken, `\bBind for `+hostIP+`:(?P<port>\d+): unexpected error \(?Failure EADDRINUSE`),
	engine(PortTaken, `\bEADDRINUSE: address already in use `+hostIP+`:(?P<port>\d+)`),
	engine(AddressTaken, `(?:Error response from daemon|container networking): Address already in use`),

	engine(PoolExhausted, `all predefined address pools have been fully subnetted`),
	engine(PoolExhausted, `could not find an available, non-overlapping IPv[46] address pool`),
	engine(PoolOverlap, `Pool overlaps with other one on this address space`),
	engine(PoolOverlap, `cannot create network (?P<network>`+name+`) \([^)]*\): conflicts with network (?P<other>`+
		name+`) \([^)]*\): networks have overlapping IPv[46]`),

	engine(ParentStopped, `cannot join network(?: namespace)? of a non running container: container (?P<parent>`+
		name+`) is`),
	engine(ParentStopped, `cannot join network(?: namespace)? of a non running container: /?(?P<parent>`+name+`)`),
	engine(ParentStopped, `network namespace of container: No such container: (?P<parent>`+name+`)`),
	engine(ParentStopped, `Cannot link to a non running container: /?(?P<parent>`+name+`)`),

	engine(EndpointExists, `endpoint with name (?P<endpoint>`+name+`) already exists in network (?P<network>`+
		name+`)`),
	engine(NoUserSubnet, `user specified IP address is supported only when connecting to networks with user `+
		`configured subnets`),
	engine(NetworkMissing, `\b[Nn]etwork "?(?P<network>`+name+`)"? (?:not found|declared as external, but could `+
		`not be found)`),
	engine(NetworkMissing, `\bNo such network: (?P<network>`+name+`)`),

	engine(SetupFailed, `failed to set up container networking|driver failed programming external connectivity`),
}

// around are the sentences of the engine and of Compose around its reason.
var around = regexp.MustCompile(`(?:on endpoint|failed to create endpoint) (?P<endpoint>` + name + `)` +
	`|(?:[Ff]ailed to create|invalid config for) network (?P<network>` + name + `):` +
	`|Creating network "(?P<network2>` + name + `)"`)

var subnet = regexp.MustCompile(`(?:^|[^0-9A-Fa-f.:])` +
	`((?:\d{1,3}\.){3}\d{1,3}/\d{1,2}|[0-9A-Fa-f:]+:[0-9A-Fa-f:]*/\d{1,3})\b`)

// engineSays returns what the engine says in the text, or nil.
func engineSays(text string) *Engine {
	for _, row := range sayings {
		found := row.words.FindStringSubmatch(text)
		if found == nil {
			continue
		}
		e := &Engine{Says: row.says}
		e.take(row.words, found)
		for _, found := range around.FindAllStringSubmatch(text, maxMatches) {
			e.take(around, found)
		}
		if e.Says == PoolOverlap {
			e.Subnet = subnetIn(text)
		}
		if e.Says == PortTaken && e.Port == 0 {
			continue
		}
		return e
	}
	return nil
}

// take fills in what a pattern found and is not known yet.
func (e *Engine) take(words *regexp.Regexp, found []string) {
	for i, part := range words.SubexpNames() {
		into, value := (*string)(nil), found[i]
		switch part {
		case "ip":
			into, value = &e.HostIP, Host(value)
		case "protocol":
			into = &e.Protocol
		case "network", "network2":
			into, value = &e.Network, nameOf(value)
		case "other":
			into, value = &e.Other, nameOf(value)
		case "parent":
			into, value = &e.Parent, nameOf(value)
		case "endpoint":
			into, value = &e.Endpoint, nameOf(value)
		case "port":
			e.Port = portOf(value)
		}
		if into != nil && *into == "" {
			*into = value
		}
	}
}

// nameOf returns the name of an object without the full stop of its sentence.
func nameOf(text string) string {
	if text = strings.TrimRight(text, ".-"); len(text) > 255 {
		return ""
	}
	return text
}

func subnetIn(text string) netip.Prefix {
	for _, found := range subnet.FindAllStringSubmatch(text, maxMatches) {
		if p, err := netip.ParsePrefix(found[1]); err == nil {
			return p.Masked()
		}
	}
	return netip.Prefix{}
}
