package result

// A Bench is what network modes cost on this engine. Every figure was measured in rounds. Each round measured all
// modes before the next one began.
type Bench struct {
	Rounds     int      `json:"rounds"`
	DurationUS int64    `json:"duration_us"` // microseconds that one stream of bytes took
	Streams    int      `json:"streams"`     // in MeasureStreams
	Reference  string   `json:"reference"`   // the mode that the others are compared with
	Figures    []Figure `json:"figures"`     // by path, then by measure, then by mode
}

// A Figure is one measurement of one mode along one path.
type Figure struct {
	Mode    string `json:"mode"` // the scenario's name
	Path    string `json:"path"`
	Via     string `json:"via"`
	Measure string `json:"measure"`
	Unit    string `json:"unit"` // us, bit/s, or 1/s

	Values []float64 `json:"values"` // one per round, in order; for round trips each is the median of a round's turns
	Median float64   `json:"median"`

	// Low and High are the spread: the lowest and the highest value. With eight rounds or more, one in eight is left out
	// at each end.
	Low  float64 `json:"low"`
	High float64 `json:"high"`

	// P99 is for round trips: each turn has a 99th percentile, and P99 is the median of those.
	P99 float64 `json:"p99,omitempty"`

	// Ratio is the median divided by the reference's on the same path. It is 0 if there is no reference, or with fewer
	// than EnoughRounds. Turns is how often both were measured directly after each other, and Above in how many of these
	// turns this one gave the higher value.
	//
	// Overlap means that this run is too close to call: the spread overlaps with the reference's, and the turns do not
	// show clearly what the medians say.
	Ratio   float64 `json:"ratio,omitempty"`
	Turns   int     `json:"turns,omitempty"`
	Above   int     `json:"above,omitempty"`
	Overlap bool    `json:"overlap,omitempty"`

	Verdict string `json:"verdict,omitempty"` // skipped or broken if nothing was measured
	Why     string `json:"why,omitempty"`
}

// EnoughRounds is the number of rounds from which spreads that do not overlap mean something: if there were no
// difference, the spread of one mode would still lie below or above that of the other in 2.9 % of all runs of 4
// rounds, in 0.8 % of 5, and in 1.0 % of 8.
const EnoughRounds = 4

// The paths.
const (
	PathPeers   = "peers"   // from a container to another container on the same network
	PathHost    = "host"    // from the engine's host to a container's published port
	PathOutside = "outside" // from an outside computer to a container's published port, or to its own address
)

// Paths lists the paths in display order.
func Paths() []string { return []string{PathPeers, PathHost, PathOutside} }

// How a path's packets get from the asker to the server.
const (
	ViaDirect   = "direct"   // no published port: directly to the server's own address
	ViaDNAT     = "dnat"     // to the host's address on a link: the kernel replaces it with the container's
	ViaProxy    = "proxy"    // to the host's 127.0.0.1, where the engine runs a userland proxy
	ViaLoopback = "loopback" // to the host's 127.0.0.1, where no proxy is known to run
)

// What is measured.
const (
	MeasurePing     = "ping"     // an ICMP echo and its reply
	MeasureEcho     = "echo"     // a byte to the other program and back, over TCP
	MeasureStream   = "stream"   // throughput of one TCP connection
	MeasureStreams  = "streams"  // total throughput of several TCP connections
	MeasureConnects = "connects" // TCP connections one after the other, each with a short message in both directions
)

// Measures lists them in display order.
func Measures() []string {
	return []string{MeasurePing, MeasureEcho, MeasureStream, MeasureStreams, MeasureConnects}
}
