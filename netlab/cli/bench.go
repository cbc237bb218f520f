package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"netlab/netlab/bench"
	"netlab/netlab/engine"
	"netlab/netlab/result"
	"netlab/netlab/run"
)

// The limits of the bench flags: fewer or shorter rounds prove nothing, and more take too long.
const (
	maxRounds   = 100
	minDuration = 10 * time.Millisecond
	maxDuration = 10 * time.Second
)

// building is the time allowed for everything except measuring: creating and removing the labs.
const building = 30 * time.Second

func (s *shared) bench() *cobra.Command {
	o := &labOptions{}
	var b bench.Options
	cmd := &cobra.Command{
		Use:   "bench [MODE...]",
		Short: "Measure what network modes cost compared with host mode",
		Long: "Measures round trips, throughput and connections a second: between two\n" +
			"containers, and from the host and from outside through a published port, with\n" +
			"the engine's userland proxy and without, as far as the mode has that. Each is\n" +
			"compared with host mode, which has no network of its own to cross. Rounds go\n" +
			"over all modes in turn, so that a noisy machine favors none, and where they do\n" +
			"not agree, the result is too close to call. Every figure is measured on the\n" +
			"engine's host, so the connection to a remote engine adds nothing to it.\n\n" +
			"Without an argument: all built-in modes that this engine can run.\n\n" + worldHelp,
		Example:   "  netlab bench\n  netlab bench bridge macvlan --rounds 9\n  netlab bench -o html > bench.html",
		ValidArgs: bench.Modes(),
		RunE:      func(cmd *cobra.Command, args []string) error { return s.runBench(cmd.Context(), args, b, o) },
	}
	o.flags(cmd)
	f := cmd.Flags()
	f.IntVar(&b.Rounds, "rounds", 5, "number of rounds")
	f.DurationVar(&b.Duration, "duration", 150*time.Millisecond, "duration of each throughput stream")
	f.IntVar(&b.Streams, "streams", bench.DefaultStreams, "how many TCP streams to measure together")
	return cmd
}

func (s *shared) runBench(ctx context.Context, args []string, options bench.Options, o *labOptions) error {
	if err := o.check(s.streams); err != nil {
		return err
	}
	switch {
	case options.Rounds < 1 || options.Rounds > maxRounds:
		return usagef("--rounds must be 1 to %d", maxRounds)
	case options.Duration < minDuration || options.Duration > maxDuration:
		return usagef("--duration must be %s to %s", minDuration, maxDuration)
	case options.Streams < bench.MinStreams || options.Streams > bench.MaxStreams:
		return usagef("--streams takes %d to %d", bench.MinStreams, bench.MaxStreams)
	}
	o.named = len(args) > 0
	if !o.named {
		args = bench.Modes()
	}
	options.NoWire, options.Version = o.noWire, s.version
	b, err := bench.New(args, options)
	if err != nil {
		return usageError{err}
	}
	if most := b.AtMost() + building; most > s.timeout {
		return usagef("this may take %s. Set a longer --timeout or fewer --rounds", most.Round(time.Second))
	}
	n := s.narrator(o)
	r, err := s.recordOf(ctx, b.Scenarios(), run.Options{}, o, n,
		func(ctx context.Context, eng *engine.Engine, given run.Options) (*result.Record, error) {
			return b.Run(ctx, eng, given.InitSwarm, n)
		})
	if err != nil {
		return err
	}
	if err := s.draw(r, o); err != nil {
		return err
	}
	return o.verdict(r)
}
