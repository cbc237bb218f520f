package result

// A Bench is what network modes cost on this engine. Every figure was measured in rounds, each of which went over all
// modes before the next began.
type Bench struct {
	Rounds     int      `json:"rounds"`
	DurationUS int64    `json:"duration_us"` // microseconds that one stream of bytes took
	Streams    int      `json:"streams"`     // of MeasureStreams
	Reference  string   `json:"reference"`   // the mode that the others are held against
	Figures    []Figure `json:"figures"`     // by path, then by measure, then by mode
}

// A Figure is one thing that was measured of one mode along one path.
type Figure struct {
	Mode    string `json:"mode"` // the scenario's name
	Path    string `json:"path"`
	Via     string `json:"via"`
	Measure string `json:"measure"`
	Unit    string `json:"unit"` // us, bit/s, or 1/s

	Values []float64 `json:"values"` // one a round, in order; of round trips each is the median of a round
	Median float64   `json:"median"`

	// Low and High are the spread: the lowest and the highest value, of eight rounds and more without one in eight at
	// each end.
	Low  float64 `json:"low"`
	High float64 `json:"high"`

	// P99 is of round trips the median over the rounds of what 99 in 100 of a round did not exceed.
	P99 float64 `json:"p99,omitempty"`

	// Ratio is the median against that of the reference on the same path; 0 where there is none, or fewer than
	// EnoughRounds. Overlap says that the spread overlaps with the reference's: then this run shows no difference.
	Ratio   float64 `json:"ratio,omitempty"`
	Overlap bool    `json:"overlap,omitempty"`

	Verdict string `json:"verdict,omitempty"` // skipped or broken, then nothing was measured
	Why     string `json:"why,omitempty"`
}

// EnoughRounds is how many rounds it takes until spreads that do not overlap mean something: were there no difference,
// the spread of one mode would still lie below that of the other, or above, in 2.9 % of all runs of 4 rounds, in 0.8 %
// of 5, in 1.0 % of 8.
const EnoughRounds = 4

// The paths.
const (
	PathPeers   = "peers"   // from a container to another one on the same network
	PathHost    = "host"    // from the engine's host to a container's published port
	PathOutside = "outside" // from a machine outside to a container's published port, or to its own address
)

// Paths lists the paths in the order in which they are shown.
func Paths() []string { return []string{PathPeers, PathHost, PathOutside} }

// What carries a path's packets from the asker to the server.
const (
	ViaDirect   = "direct"   // no published port: the server's own address
	ViaDNAT     = "dnat"     // the host's address on a wire: the kernel puts the container's in its place
	ViaProxy    = "proxy"    // the host's 127.0.0.1, for which the engine runs a userland proxy
	ViaLoopback = "loopback" // the host's 127.0.0.1 where no proxy is known to be
)

// Vias lists them.
func Vias() []string { return []string{ViaDirect, ViaProxy, ViaLoopback, ViaDNAT} }

// What is measured.
const (
	MeasurePing     = "ping"     // an ICMP echo and its reply
	MeasureEcho     = "echo"     // a byte to the other program and back, over TCP
	MeasureStream   = "stream"   // throughput of one TCP connection
	MeasureStreams  = "streams"  // throughput of several together
	MeasureConnects = "connects" // TCP connections one after the other, each with a word there and back
)

// Measures lists them in the order in which they are shown.
func Measures() []string {
	return []string{MeasurePing, MeasureEcho, MeasureStream, MeasureStreams, MeasureConnects}
}
