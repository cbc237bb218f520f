package result

import "netlab/netlab/probe"

// KindWhy is the kind of a Why, which is a document of its own, and no [Record].
const KindWhy = "why"

// The verdicts of a Why.
const (
	Reachable   = "reachable"
	Unreachable = "unreachable" // and at least one cause is known
	Ambiguous   = "ambiguous"   // one of several attempts fails, or a name has two owners
	Unknown     = "unknown"     // what was seen proves neither
)

// FromEngine is who failed if the engine itself said so, and not a container. To then says what it could not do.
const FromEngine = "engine"

// A Why is whether one container can reach another, as measured, and why not.
type Why struct {
	Schema  string  `json:"schema"`
	Kind    string  `json:"kind"`
	From    string  `json:"from"`
	To      string  `json:"to"`             // as the user wrote it, without credentials
	Said    *Said   `json:"said,omitempty"` // if it was asked with an error line, or for a failure that was seen
	Size    int     `json:"size,omitempty"` // bytes of the packets it was asked with; 0 if none were larger than usual
	Verdict string  `json:"verdict"`
	Chain   []Hop   `json:"chain"`  // as the packet travels, up to the first hop that fails
	Causes  []Cause `json:"causes"` // in the order in which to fix them, notes last; never null

	// Attempts are the addresses that were tried, if there are several.
	Attempts []Attempt `json:"attempts,omitempty"`

	Unseen []string `json:"unseen,omitempty"` // what could not be seen, and what would tell
	Watch  *Watch   `json:"watch,omitempty"`  // if it was asked more than once
	Live   *Live    `json:"live,omitempty"`   // if netlab waited for a failure first
	TookUS int64    `json:"took_us"`
}

// An Attempt is what became of packets to one of several addresses.
type Attempt struct {
	Address string `json:"address"`
	State   string `json:"state"` // as of a [Hop]; unknown for an address that programs do not use
	Text    string `json:"text"`
}

// Said is what an error line says, as netlab understood it. The line itself is not kept: it may have a password.
type Said struct {
	Text string `json:"text"`          // what failed, and where: "refused, 127.0.0.1:5432"
	Now  string `json:"now,omitempty"` // a sentence, if what was measured now differs
}

// The states of a Hop.
const (
	HopOK      = "ok"
	HopNo      = "no"
	HopUnknown = "unknown"
)

// The directions of a Hop and of a Cause.
const (
	Request = "request"
	Reply   = "reply"
)

// A Hop is one station of a packet: name, route, neighbor, filter, listener, reply or, for larger packets, size.
type Hop struct {
	Hop       string           `json:"hop"`
	Direction string           `json:"direction"`
	State     string           `json:"state"`
	Text      string           `json:"text"`
	Evidence  []probe.Evidence `json:"evidence"` // never null
}

// A Cause is why it does not work.
type Cause struct {
	ID        string           `json:"id"`
	Title     string           `json:"title"`  // one sentence
	Object    string           `json:"object"` // the container, network or rule that it is about
	Direction string           `json:"direction"`
	Evidence  []probe.Evidence `json:"evidence"`
	Fix       []Fix            `json:"fix"`

	// Note means that it keeps no packet from getting through: programs are slow, may not even try, or the answer does
	// not cover all of what the user sees.
	Note bool `json:"note,omitempty"`
}

// Obstacle returns the first cause that keeps packets from getting through, or nil.
func (w *Why) Obstacle() *Cause {
	for i := range w.Causes {
		if !w.Causes[i].Note {
			return &w.Causes[i]
		}
	}
	return nil
}

// The classes of a Fix say where it is applied.
const (
	FixDocker      = "docker"
	FixCompose     = "compose"
	FixApplication = "application"
	FixHost        = "host"
)

// A Fix is something the user can do about a Cause.
type Fix struct {
	Class string `json:"class"`
	Say   string `json:"say"`
	Run   string `json:"run,omitempty"` // a line that a shell can execute as it is
}
