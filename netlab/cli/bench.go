package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"netlab/netlab/bench"
	"netlab/netlab/engine"
	"netlab/netlab/result"
)

// The limits of the bench flags: fewer or shorter rounds prove nothing, and more take too long.
const (
	maxRounds   = 100
	minDuration = 10 * time.Millisecond
	maxDuration = 10 * time.Second
)

// building is the time allowed for everything except measuring: creating and removing the labs.
const building = 30 * time.Second

// benchOptions are the arguments and flags of netlab bench.
type benchOptions struct {
	modes []string
	resultOptions
	worldOptions
	bench bench.Options
}

func benchCommand(s *shared) *cobra.Command {
	var o benchOptions
	cmd := &cobra.Command{
		Use:   "bench [MODE...]",
		Short: "Measure what network modes cost compared with host mode",
		Long: "Measures round trips, throughput and connections per second: between two\n" +
			"containers, and from the host and from outside through a published port, with\n" +
			"the engine's userland proxy and without it, if the mode has both. Each is\n" +
			"compared with host mode, which has no network of its own to cross. Each\n" +
			"round measures all modes in turn, so a noisy machine favors none. If the rounds\n" +
			"do not agree, the result is too close to call. Every figure is measured on the\n" +
			"engine's host, so the connection to a remote engine adds nothing to it.\n\n" +
			"Without arguments, it measures all built-in modes that this engine can run.\n\n" + worldHelp,
		Example:   "  netlab bench\n  netlab bench bridge macvlan --rounds 9\n  netlab bench -o html > bench.html",
		ValidArgs: bench.Modes(),
		RunE:      running(s, &o, &o.modes, runBench),
	}
	o.resultOptions.flags(cmd)
	o.worldOptions.flags(cmd)
	f := cmd.Flags()
	f.IntVar(&o.bench.Rounds, "rounds", 5, "number of rounds")
	f.DurationVar(&o.bench.Duration, "duration", 150*time.Millisecond, "duration of each throughput stream")
	f.IntVar(&o.bench.Streams, "streams", bench.DefaultStreams, "how many TCP streams to measure together")
	return cmd
}

func (o *benchOptions) check(streams Streams) error {
	switch err := o.resultOptions.check(streams); {
	case err != nil:
		return err
	case o.bench.Rounds < 1 || o.bench.Rounds > maxRounds:
		return usagef("--rounds must be 1 to %d", maxRounds)
	case o.bench.Duration < minDuration || o.bench.Duration > maxDuration:
		return usagef("--duration must be %s to %s", minDuration, maxDuration)
	case o.bench.Streams < bench.MinStreams || o.bench.Streams > bench.MaxStreams:
		return usagef("--streams takes %d to %d", bench.MinStreams, bench.MaxStreams)
	}
	return nil
}

// runBench measures the named modes, or all of them.
func runBench(ctx context.Context, s *shared, o benchOptions) error {
	if err := o.check(s.streams); err != nil {
		return err
	}
	chosen := len(o.modes) > 0
	if !chosen {
		o.modes = bench.Modes()
	}
	o.bench.NoWire, o.bench.Version = o.noWire, s.version
	b, err := bench.New(o.modes, o.bench)
	if err != nil {
		return usageError{err}
	}
	if most := b.AtMost() + building; most > s.timeout {
		return usagef("this may take %s. Set a longer --timeout or fewer --rounds", most.Round(time.Second))
	}
	view := s.view(o.resultOptions)
	n := &narrator{console: s.console(), options: view.Options, clock: s.clock(ctx, s.timeout)}
	j := job{
		scenarios: b.Scenarios(), chosen: chosen, save: o.save, world: o.worldOptions,
		run: func(ctx context.Context, eng, _ *engine.Engine, initSwarm bool) (*result.Record, error) {
			return b.Run(ctx, eng, initSwarm, n)
		},
	}
	r, late, err := measure(ctx, s, j, n)
	if err != nil {
		return err
	}
	if err := s.draw(r, view); err != nil {
		return err
	}
	return ended(r, late)
}
