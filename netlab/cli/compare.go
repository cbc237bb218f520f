package cli

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"netlab/netlab/engine"
	"netlab/netlab/result"
	"netlab/netlab/run"
	"netlab/scenarios"
)

// compareOptions are the arguments and flags of netlab compare.
type compareOptions struct {
	lessons []string // names or files
	resultOptions
	worldOptions
	only    []string // ids of questions; empty for no choice
	why     string   // the id of the row to explain; "" for the table
	step    bool
	predict bool
}

func compareCommand(s *shared) *cobra.Command {
	var o compareOptions
	cmd := &cobra.Command{
		Use:   "compare [SCENARIO...]",
		Short: "Compare network modes side by side",
		Long: "Asks the same questions in several modes and shows the answers side by side, one\n" +
			"row per question. Without arguments, it compares all built-in modes that this\nengine can run.\n\n" +
			worldHelp,
		Example: "  netlab compare\n  netlab compare bridge host\n  netlab compare --why peer-by-name",
		RunE:    running(s, &o, &o.lessons, runCompare),

		ValidArgsFunction: completeScenario,
	}
	o.resultOptions.flags(cmd)
	o.worldOptions.flags(cmd)
	f := cmd.Flags()
	f.StringSliceVar(&o.only, "only", nil, "ask only these questions (IDs, as in netlab show)")
	f.StringVar(&o.why, "why", "", "explain this row (an `ID` such as peer-by-name)")
	f.BoolVar(&o.step, "step", false, "wait for Enter before the table, so a class can guess")
	f.BoolVar(&o.predict, "predict", false, predictHelp)
	exclude(cmd, "predict", "step")
	completeChecks(cmd, loadComparison, rows, "only", "why")
	return cmd
}

func (o *compareOptions) check(streams Streams) error {
	if err := o.resultOptions.check(streams); err != nil {
		return err
	}
	if o.step && o.output != formatTable {
		return usagef("--step needs -o table")
	}
	if o.predict {
		return streams.checkPredict(o.output)
	}
	return nil
}

// runCompare compares the named scenarios, or all modes.
func runCompare(ctx context.Context, s *shared, o compareOptions) error {
	if err := o.check(s.streams); err != nil {
		return err
	}
	chosen := len(o.lessons) > 0
	if !chosen {
		o.lessons = scenarios.ModeNames()
	}
	compared, err := o.load(loadComparison, o.lessons)
	if err != nil {
		return err
	}
	keep, wanted := inCommon(compared), slices.Clone(o.only)
	if o.why != "" {
		wanted = append(wanted, o.why)
	}
	if len(wanted) > 0 {
		if keep, err = choose(wanted, questionIDs(compared, rows(compared)), "The comparison has "); err != nil {
			return err
		}
	} else if err := checkCommon(compared); err != nil {
		return err
	}
	view := s.view(o.resultOptions)
	view.why, view.Commands = o.why, o.step
	compared = selectSteps(compared, keep)
	n := &narrator{
		console: s.console(), options: view.Options, clock: s.clock(ctx, s.timeout),
		live: o.predict, step: o.step, predict: o.predict,
	}
	j := job{
		scenarios: compared, chosen: chosen, save: o.save, world: o.worldOptions, guess: n.foretellTable,
		run: func(ctx context.Context, eng, _ *engine.Engine, initSwarm bool) (*result.Record, error) {
			options := run.Options{Kind: result.KindCompare, Version: s.version, InitSwarm: initSwarm}
			return run.Run(ctx, eng, compared, options, n)
		},
	}
	r, late, err := measure(ctx, s, j, n)
	if err != nil {
		return err
	}
	if o.step {
		s.say("Enter shows the table ...")
		if err := n.wait(ctx); err != nil {
			return err
		}
	}
	if err := s.draw(r, view); err != nil {
		return err
	}
	return ended(r, late)
}
