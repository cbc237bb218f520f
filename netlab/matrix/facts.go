package matrix

import (
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/survey"
	"netlab/netlab/why"
)

// Facts is everything that was read and measured.
type Facts struct {
	survey.Inventory
	Members []Member
	Pairs   []Pair // for each member, in their order, all others
}

// A Member is a container of the matrix, with its ports.
type Member struct {
	survey.End
	Unread string // why its network namespace could not be read

	TCP      []int // where others could reach a listening socket
	Loopback []int // where only sockets on loopback listen
	UDP      []int
	Closed   int // a TCP port where nothing listens
}

// A Pair is an asker and another container, as indexes of the members.
type Pair struct {
	From, To int
	Address  string      // of To, as From would use it; "" for none
	Lookup   *why.Lookup // of To's name; nil if it was not asked
	Late     bool        // the DNS servers took too long
	Asks     []Ask       // the first is about the address; none if there is no address or From could not be read
}

// An Ask is what became of SYNs to one port.
type Ask struct {
	Port    int
	Outcome probe.Outcome
	Drop    *Dropped // what dropped them; nil if it is not known
}

// Dropped is what dropped the packets of one or more pairs.
type Dropped struct {
	Rule    fact.Drop // one that counted them
	Several bool      // more than one rule did, all of them Docker's
	Asks    int       // how many ports were asked together
	Bursts  [2]int    // how many packets were sent to all of them
}

// silent reports whether nothing at all came back.
func (a *Ask) silent() bool { return a.Outcome.Reason == probe.Timeout }

// answered reports whether the address itself answered: a SYN-ACK, or the RST of a port where nothing listens.
func (a *Ask) answered() bool {
	return a.Outcome.Reason == probe.OK || a.Outcome.Reason == probe.Refused && !a.Outcome.ICMP
}
