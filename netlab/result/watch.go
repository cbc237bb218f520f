package result

import "time"

// A Watch is what a question got that was asked again and again.
type Watch struct {
	EveryUS int64    `json:"every_us"`
	ForUS   int64    `json:"for_us"`
	Series  []Series `json:"series"`  // the name at each server, then the port at each address
	Moments []Moment `json:"moments"` // in their order; never null
}

// A Series is one part of the question, and how often and how fast it was answered.
type Series struct {
	What   string `json:"what"`   // name or port
	Source string `json:"source"` // the DNS server, or the address
	Asked  int    `json:"asked"`
	Failed int    `json:"failed"`
	P50US  int64  `json:"p50_us,omitempty"` // of the answers; 0 if there was none
	P95US  int64  `json:"p95_us,omitempty"`
	MaxUS  int64  `json:"max_us,omitempty"`
}

// The kinds of a Moment.
const (
	MomentWorks = "works" // the answer came, for the first time or again
	MomentFails = "fails" // the first failure of several
	MomentMoved = "moved" // the name has another address
	MomentCause = "cause" // a closer look at a failure proved it
	MomentEvent = "event" // of the engine, about one of the two containers

	MomentListens = "listens" // from now on, netlab sees what fails
)

// A Moment is when something changed.
type Moment struct {
	At    time.Time `json:"at"` // on the clock of netlab's machine
	Kind  string    `json:"kind"`
	Text  string    `json:"text"`
	Cause string    `json:"cause,omitempty"` // the id, for a cause
}
