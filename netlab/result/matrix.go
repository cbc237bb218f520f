package result

import (
	"time"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// KindMatrix is the kind of a Matrix, which is a document of its own, and no [Record].
const KindMatrix = "matrix"

// NotAsked is the state of a port that nothing was sent to: one of UDP, whose servers need not answer.
const NotAsked = "not-asked"

// A Matrix is which of the user's containers can reach which others, as measured.
type Matrix struct {
	Schema     string      `json:"schema"`
	Kind       string      `json:"kind"`
	Netlab     string      `json:"netlab"`  // netlab's version
	Started    time.Time   `json:"started"` // UTC, to the second
	Engine     fact.Engine `json:"engine"`
	Containers []Member    `json:"containers"` // sorted by name; never null
	Cells      []Cell      `json:"cells"`      // for each container, in their order, all others; never null
	Causes     []Example   `json:"causes"`     // each with one pair; in the order in which they occur; never null
	TookUS     int64       `json:"took_us"`
}

// A Member is a container of a Matrix.
type Member struct {
	Name     string   `json:"name"`
	Project  string   `json:"project,omitempty"` // of Compose
	Service  string   `json:"service,omitempty"` // of Compose
	Image    string   `json:"image"`
	State    string   `json:"state"`            // running or paused
	Shares   string   `json:"shares,omitempty"` // whose network namespace it uses: a container, or host
	Networks []string `json:"networks"`         // never null
	TCP      []int    `json:"tcp"`              // ports with a listening socket that others could reach; never null
	Loopback []int    `json:"loopback"`         // TCP ports where only sockets on loopback listen; never null
	UDP      []int    `json:"udp"`              // ports with a bound socket, apart from those that clients use; never null
	Unread   string   `json:"unread,omitempty"` // why its network namespace could not be read
}

// A Cell is how one container reaches another.
type Cell struct {
	From      string `json:"from"`
	To        string `json:"to"`
	ByAddress Answer `json:"by_address"`
	ByName    Answer `json:"by_name"`
	Ports     []Port `json:"ports"` // never null
}

// An Answer is what one question of a Cell brought.
type Answer struct {
	Name    string       `json:"name,omitempty"`    // that was asked for
	Address string       `json:"address,omitempty"` // that was asked, or that the name resolved to
	State   string       `json:"state"`             // HopOK, HopNo, HopUnknown or NotAsked
	Reason  probe.Reason `json:"reason,omitempty"`  // what came back; none if nothing was sent
	Cause   string       `json:"cause,omitempty"`   // its id, if one is proven
	Text    string       `json:"text,omitempty"`    // what was seen
}

// A Port is an Answer about one port.
type Port struct {
	Port    int    `json:"port"`
	Network string `json:"network"` // tcp or udp
	Answer
}

// An Example is a cause, with the first pair that has it.
type Example struct {
	Cause
	From  string `json:"from"`
	To    string `json:"to"`
	Port  int    `json:"port,omitempty"` // 0 if it is not about one
	Pairs int    `json:"pairs"`          // how many have it
}
