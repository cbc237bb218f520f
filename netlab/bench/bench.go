// Package bench measures what network modes cost compared with host mode.
//
// It builds one small lab for each mode, all at the same time, and sends loads along the ways in them. It does so in
// rounds, and each round covers all modes before the next one begins: a machine that slows down or is disturbed slows
// all of them. The package knows labs and results, but not how containers are created or how anything is drawn.
//
//	bench.go      the rounds
//	labs.go       the labs, and the ways in them
//	statistics.go turns the values of the rounds into figures
package bench

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"netlab/netlab/ask"
	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/lab"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/run"
	"netlab/netlab/scenario"
)

// Options say how much to measure.
type Options struct {
	Rounds   int
	Duration time.Duration // of a stream, and per round the limit for everything else
	Streams  int           // how many connections share the throughput of several; 0 means DefaultStreams
	NoWire   bool          // whether to leave out what needs a link to the host
	Version  string        // netlab's
}

// How many connections may share the throughput of several. A single connection has its own figure.
const (
	MinStreams     = 2
	DefaultStreams = 4
	MaxStreams     = 16
)

// A round takes round trips in at most this many turns, so that each mode's turn comes just before or after host
// mode's: what disturbs the machine usually lasts longer than a turn, and then it disturbs both.
const maxTurns = 20

// The most of each. For each connection to a published port the host keeps an entry in its connection table for a
// while, and that table is limited.
const (
	roundTrips  = 100 // in a turn
	connections = 500 // in a round
	warmUp      = 100 // round trips
)

// A Bench is what to measure.
type Bench struct {
	options Options
	turns   int // of round trips in a round
	modes   []mode
	skipped []result.Scenario
}

// New prepares a bench of these modes and of host mode, which comes first. It returns an error for an unknown mode.
func New(names []string, o Options) (*Bench, error) {
	if o.Streams == 0 {
		o.Streams = DefaultStreams
	}
	b := &Bench{options: o, turns: maxTurns}
	for _, name := range names {
		if !slices.Contains(Modes(), name) {
			return nil, fmt.Errorf("unknown mode %q. Try one of %s", name, strings.Join(Modes(), ", "))
		}
	}
	for _, name := range Modes() {
		m, built := modeNamed(name, o.NoWire)
		switch wanted := name == reference || slices.Contains(names, name); {
		case !wanted:
		case built:
			b.modes = append(b.modes, m)
		default:
			b.skipped = append(b.skipped, skipped(name))
		}
	}
	return b, nil
}

// Scenarios are the labs that Run builds.
func (b *Bench) Scenarios() []*scenario.Scenario {
	scenarios := make([]*scenario.Scenario, 0, len(b.modes))
	for _, m := range b.modes {
		scenarios = append(scenarios, m.scenario)
	}
	return scenarios
}

// AtMost is the longest time that Run measures, not counting building and removing.
func (b *Bench) AtMost() time.Duration {
	n := 0
	for _, m := range b.modes {
		for _, w := range m.ways {
			n += 1 + b.options.Rounds*len(measures(w))
		}
	}
	return time.Duration(n) * b.options.Duration
}

// Run builds the labs, measures, removes everything and asks the engine what is left, like run.Run. The record is
// complete up to the point that the run reached, even if Run returns an error. With initSwarm, overlay may make the
// engine a one-node swarm for the lifetime of its lab.
func (b *Bench) Run(ctx context.Context, eng *engine.Engine, initSwarm bool, w run.Watcher) (*result.Record, error) {
	r, err := run.Run(ctx, eng, b.Scenarios(), run.Options{
		Kind: result.KindBench, Version: b.options.Version, InitSwarm: initSwarm,
		Use: func(ctx context.Context, r *result.Record, labs []*lab.Lab) error {
			r.Bench = b.newResult()
			// Each turn is a question to the agent, so there are only as many turns as take less time to ask than to measure.
			b.turns = int(min(max(b.options.Duration/max(eng.Way(), 1), 1), maxTurns))
			return b.measure(ctx, r, labs, w)
		},
	}, w)
	r.Scenarios = append(r.Scenarios, b.skipped...)
	r.Count()
	return r, err
}

func (b *Bench) newResult() *result.Bench {
	return &result.Bench{
		Rounds: b.options.Rounds, DurationUS: b.options.Duration.Microseconds(), Streams: b.options.Streams,
		Reference: reference, Figures: []result.Figure{},
	}
}

// A task is a figure to measure.
type task struct {
	result.Figure
	lab  *lab.Lab
	way  lab.Way
	load probe.Load

	turns []float64 // the value of each turn, all rounds one after the other
	tails []float64 // the 99th percentile of each turn's round trips
}

// measure fills in the record's figures.
func (b *Bench) measure(ctx context.Context, r *result.Record, labs []*lab.Lab, w run.Watcher) error {
	facts := r.Engines[0].Facts
	tasks := b.tasks(labs, factNamed(facts, ask.EngineFact(ask.FactUserlandProxy)))
	w.Phase("one short round first, which does not count")
	warm(ctx, tasks)
	for round := range b.options.Rounds {
		w.Phase(fmt.Sprintf("measuring, round %d of %d", round+1, b.options.Rounds))
		for group := range groups(tasks) {
			measureGroup(ctx, group, round, b.turnsOf(group[0].Measure))
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
	}
	for i := range tasks {
		sum(&tasks[i].Figure, tasks[i].tails)
	}
	for group := range groups(tasks) {
		compare(group)
	}
	for _, t := range tasks {
		r.Bench.Figures = append(r.Bench.Figures, t.Figure)
	}
	explain(r.Bench.Figures, facts)
	return nil
}

// measureGroup measures one round of tasks that are compared with each other.
func measureGroup(ctx context.Context, group []task, round, turns int) {
	for turn := range turns {
		for i := range group {
			group[(i+round+turn)%len(group)].once(ctx) // each is the first of its group in turn
		}
	}
	for i := range group {
		if t := &group[i]; t.Verdict == "" && len(t.turns) >= turns {
			t.Values = append(t.Values, median(t.turns[len(t.turns)-turns:]))
		}
	}
}

// turnsOf is how many turns a round takes for a measure.
func (b *Bench) turnsOf(measure string) int {
	if measure == result.MeasurePing || measure == result.MeasureEcho {
		return b.turns
	}
	return 1
}

// tasks lists what to measure, by path, measure and mode. A mode without a lab has no tasks.
func (b *Bench) tasks(labs []*lab.Lab, proxy string) []task {
	var tasks []task
	for _, path := range result.Paths() {
		for _, measure := range result.Measures() {
			for i, m := range b.modes {
				for _, w := range m.ways {
					if labs[i] == nil || w.path != path || !slices.Contains(measures(w), measure) {
						continue
					}
					f := result.Figure{
						Mode: m.scenario.Name, Path: path, Via: w.via, Measure: measure, Unit: unit(measure), Values: []float64{},
					}
					if f.Via == result.ViaLoopback && proxy == "true" {
						f.Via = result.ViaProxy
					}
					tasks = append(tasks, task{Figure: f, lab: labs[i], way: w.Way, load: b.load(measure)})
				}
			}
		}
	}
	return tasks
}

// factNamed is the value of the engine's fact of that name, or "".
func factNamed(facts []fact.Label, name string) string {
	for _, f := range facts {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// explain adds the setting that keeps the containers of the default bridge apart, if it is set.
func explain(figures []result.Figure, facts []fact.Label) {
	for i := range figures {
		f := &figures[i]
		if f.Verdict == result.Skipped && f.Path == result.PathPeers && f.Mode == scenario.DefaultBridge &&
			factNamed(facts, "bridge.icc") == "false" {
			f.Why += "; this engine has bridge.icc=false"
		}
	}
}

// measures lists what is measured along a way. An ICMP echo goes to an address and not to a port, and the helper that
// plays the host may not send one.
func measures(w way) []string {
	if w.path == result.PathPeers {
		return result.Measures()
	}
	return slices.DeleteFunc(result.Measures(), func(m string) bool { return m == result.MeasurePing })
}

func unit(measure string) string {
	switch measure {
	case result.MeasureStream, result.MeasureStreams:
		return "bit/s"
	case result.MeasureConnects:
		return "1/s"
	}
	return "us"
}

func (b *Bench) load(measure string) probe.Load {
	turns := b.turnsOf(measure)
	l := probe.Load{ForUS: max(b.options.Duration.Microseconds()/int64(turns), 1)}
	switch measure {
	case result.MeasurePing:
		l.What, l.Count = probe.LoadPing, roundTrips
	case result.MeasureEcho:
		l.What, l.Count = probe.LoadEcho, roundTrips
	case result.MeasureStream:
		l.What = probe.LoadStream
	case result.MeasureStreams:
		l.What, l.Streams = probe.LoadStream, b.options.Streams
	case result.MeasureConnects:
		l.What, l.Count = probe.LoadConnect, connections
	}
	return l
}

// groups yields the tasks that are compared with each other: those with the same path and measure.
func groups(tasks []task) func(yield func([]task) bool) {
	return func(yield func([]task) bool) {
		for from := 0; from < len(tasks); {
			to := from
			for to < len(tasks) && tasks[to].Path == tasks[from].Path && tasks[to].Measure == tasks[from].Measure {
				to++
			}
			if !yield(tasks[from:to]) {
				return
			}
			from = to
		}
	}
}

// warm sends a few bytes along each way. Then no round has to learn a neighbor's address or a path's window, and ways
// that do not work are known.
func warm(ctx context.Context, tasks []task) {
	type place struct {
		lab *lab.Lab
		way lab.Way
	}
	known := map[place]probe.Outcome{}
	for i := range tasks {
		t := &tasks[i]
		o, asked := known[place{t.lab, t.way}]
		if !asked {
			o = t.lab.Load(ctx, t.way, probe.Load{What: probe.LoadEcho, Count: warmUp, ForUS: t.load.ForUS})
			known[place{t.lab, t.way}] = o
		}
		t.fail(o)
	}
}

// once measures a turn's value, unless the task has failed before.
func (t *task) once(ctx context.Context) {
	if t.Verdict != "" || ctx.Err() != nil {
		return
	}
	o := t.lab.Load(ctx, t.way, t.load)
	if t.fail(o) {
		return
	}
	value, p99 := valueOf(t.Measure, *o.Load)
	t.turns = append(t.turns, value)
	t.tails = append(t.tails, p99)
}

// fail records why nothing can be measured, and reports whether that is so.
func (t *task) fail(o probe.Outcome) bool {
	switch {
	case o.Reason == probe.OK && o.Load != nil:
		return false
	case o.Reason == probe.OK || o.Reason == probe.Broken:
		t.Verdict, t.Why = result.Broken, "netlab could not measure it: "+o.Detail
	default:
		t.Verdict, t.Why = result.Skipped, "no answer came: "+string(o.Reason)
	}
	t.Values, t.turns, t.tails = []float64{}, nil, nil
	return true
}
