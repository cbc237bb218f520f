package result

import "netlab/netlab/fact"

// KindDoctor is the kind of a Doctor, which is a document of its own, and no [Record].
const KindDoctor = "doctor"

// A Doctor is what netlab doctor reports about an engine.
type Doctor struct {
	Schema   string       `json:"schema"`
	Kind     string       `json:"kind"`
	Engine   fact.Engine  `json:"engine"`
	Lessons  []Lesson     `json:"lessons"`  // never null
	Settings []fact.Label `json:"settings"` // that change how a mode behaves, sorted; never null
	Free     int          `json:"free"`     // subnets that labs can still use
	Range    string       `json:"range"`    // from this range, CIDR; "" if there is no room
	NoRoom   string       `json:"no_room"`  // why labs can use none, or ""
	Findings []Finding    `json:"findings"` // about the engine's host, as of a [Scan]; never null
	Unseen   []string     `json:"unseen"`   // what could not be seen; never null
	Left     []string     `json:"left"`     // what netlab clean would remove, and why; never null
	InUse    []string     `json:"in_use"`   // what it would leave, and why; never null

	AgentBytes int64 `json:"agent_bytes"` // of netlab's own images, which stay for the next run
}

// A Lesson is one that an engine can run, or the reason why it cannot.
type Lesson struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Skipped string `json:"skipped"` // why it cannot run, or ""
}
