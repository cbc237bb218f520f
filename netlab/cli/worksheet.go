package cli

import (
	"context"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"netlab/netlab/engine"
	"netlab/netlab/quiz"
	"netlab/netlab/render"
	"netlab/netlab/report"
	"netlab/netlab/result"
	"netlab/netlab/run"
	"netlab/netlab/scenario"
)

// sheetOptions are the arguments and flags of netlab worksheet.
type sheetOptions struct {
	modes []string
	resultOptions
	initSwarm bool
	only      []string // ids of questions; empty for no choice
	all       bool
	key       bool
	from      string
	recorded  bool
}

const worksheetHelp = `Prints a lesson's questions on paper, with boxes to tick and room for reasons,
name and date, and a drawing of the lab with blanks for its addresses. It needs
no engine. With --key, it runs the lab and prints the same worksheet with the
measured answers ticked, and the reasons. Both have the same boxes, because
netlab makes them from the questions alone.

--from and --recorded take questions and answers from a saved result, or from
the recording that ships with netlab.`

func worksheetCommand(s *shared) *cobra.Command {
	var o sheetOptions
	cmd := &cobra.Command{
		Use:   "worksheet MODE...",
		Short: "Print a worksheet or its answer key",
		Long:  worksheetHelp,
		Example: "  netlab worksheet bridge custom-bridge -o html > sheet.html\n" +
			"  netlab worksheet bridge custom-bridge -o html --key > key.html\n" +
			"  netlab demo bridge --save r.json && netlab worksheet --from r.json --key",
		RunE: running(s, &o, &o.modes, runWorksheet),

		ValidArgsFunction: completeScenario,
	}
	f := cmd.Flags()
	formatFlag(cmd, &o.output, formatMarkdown, formatHTML).hint = "Worksheets are"
	f.BoolVar(&o.key, "key", false, "print the answer key, measured now")
	f.StringVar(&o.from, "from", "", "take questions and answers from this saved `result`")
	f.BoolVar(&o.recorded, "recorded", false, "take questions and answers from the recording that ships with netlab")
	f.StringSliceVar(&o.only, "only", nil, "print only these questions (`IDs`, as in netlab show)")
	f.BoolVar(&o.all, "all", false, "print all questions, not only the lesson's")
	f.StringVar(&o.save, "save", "", "with --key: also save the result to this `file`, as JSON")
	f.BoolVar(&o.initSwarm, "init-swarm", false,
		"with --key: let overlay make this engine a swarm while the lab is up")
	exclude(cmd, "from", "recorded")
	return cmd
}

func (o sheetOptions) check() error {
	switch {
	case o.from != "" && len(o.modes) > 0:
		return usagef("--from takes a saved result, so it cannot be used with a MODE or --recorded")
	case o.from == "" && len(o.modes) == 0:
		return usagef("netlab worksheet needs a MODE or --from. See netlab worksheet --help")
	case (o.save != "" || o.initSwarm) && (!o.key || o.from != "" || o.recorded):
		return usagef("--save and --init-swarm need --key, without --from or --recorded")
	}
	return nil
}

func runWorksheet(ctx context.Context, s *shared, o sheetOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	records, late, err := sheetRecords(ctx, s, o)
	if err != nil {
		return err
	}
	if len(o.only) > 0 {
		o.all = true
		if err := onlyAsked(records, o.only); err != nil {
			return err
		}
	}
	for _, r := range records {
		quiz.Pose(r)
	}
	options := render.Options{All: o.all, Recorded: o.from != "" || o.recorded}
	err = write(s.streams.Out, func(w io.Writer) error {
		if o.output == formatHTML {
			return report.Worksheet(w, records, o.key, options)
		}
		return render.WorksheetMarkdown(w, records, o.key, options)
	})
	if err != nil || !o.key || options.Recorded {
		return err
	}
	return ended(records[0], late)
}

// sheetRecords returns the records whose questions are printed: saved ones, a new one, or one without answers. The late
// error is as of measure.
func sheetRecords(ctx context.Context, s *shared, o sheetOptions) (records []*result.Record, late, err error) {
	switch {
	case o.from != "":
		records, err = recordings([]string{o.from})
		return records, nil, err
	case o.recorded:
		records, err = recordings(o.modes)
		return records, nil, err
	}
	lessons, err := load(o.modes)
	if err != nil {
		return nil, nil, err
	}
	keep := func(_ *scenario.Scenario, st scenario.Step) bool { return o.all || isLesson(st) }
	if len(o.only) > 0 {
		if keep, err = only(lessons, o.only); err != nil {
			return nil, nil, err
		}
	}
	lessons = selectSteps(lessons, keep)
	if o.key {
		n := &narrator{console: s.console(), clock: s.clock(ctx, s.timeout)}
		j := job{
			scenarios: lessons, chosen: true, save: o.save, world: worldOptions{initSwarm: o.initSwarm},
			run: func(ctx context.Context, eng, _ *engine.Engine, initSwarm bool) (*result.Record, error) {
				options := run.Options{Kind: result.KindRun, Version: s.version, InitSwarm: initSwarm}
				return run.Run(ctx, eng, lessons, options, n)
			},
		}
		r, late, err := measure(ctx, s, j, n)
		return []*result.Record{r}, late, err
	}
	r := &result.Record{Schema: result.Schema, Kind: result.KindRun, Netlab: s.version}
	for _, sc := range lessons {
		r.Scenarios = append(r.Scenarios, run.Outline(sc))
	}
	return []*result.Record{r}, nil, nil
}

func recordings(names []string) ([]*result.Record, error) {
	records := make([]*result.Record, len(names))
	for i, name := range names {
		var err error
		if records[i], err = recording(name); err != nil {
			return nil, err
		}
		if records[i].Kind == result.KindBench {
			return nil, usagef("%s is a saved bench, which has no questions", name)
		}
	}
	return records, nil
}

// onlyAsked drops the checks that are not in ids, and keeps the actions between them.
func onlyAsked(records []*result.Record, ids []string) error {
	var there []string
	for _, r := range records {
		for i := range r.Scenarios {
			sc := &r.Scenarios[i]
			sc.Steps = slices.DeleteFunc(sc.Steps, func(st result.Step) bool {
				there = append(there, st.Check)
				return st.Check != "" && !slices.Contains(ids, st.Check)
			})
		}
	}
	for _, id := range ids {
		if !slices.Contains(there, id) && !skippedAll(records) {
			return usagef("unknown check %q", id)
		}
	}
	return nil
}

// skippedAll reports whether none of the records' labs could be built, so there are no questions.
func skippedAll(records []*result.Record) bool {
	return !slices.ContainsFunc(records, func(r *result.Record) bool {
		return slices.ContainsFunc(r.Scenarios, func(sc result.Scenario) bool { return sc.Skipped == "" })
	})
}
