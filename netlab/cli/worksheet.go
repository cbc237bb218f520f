package cli

import (
	"context"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"netlab/netlab/quiz"
	"netlab/netlab/render"
	"netlab/netlab/result"
	"netlab/netlab/run"
	"netlab/netlab/scenario"
)

// sheetOptions are the flags of netlab worksheet.
type sheetOptions struct {
	lab      labOptions
	key      bool
	from     string
	recorded bool
}

const worksheetHelp = `Prints the questions of a demo for paper, with boxes to tick, and room for why,
name and date. That needs no engine. With --key, runs the lab and prints the
same sheet with what was measured ticked, and the reasons. The boxes of both are
made from the questions alone, so they always agree.

--from and --recorded take the answers, and the questions, from a saved result
or from the recording that ships with netlab instead.`

func (s *shared) worksheet() *cobra.Command {
	o := &sheetOptions{}
	cmd := &cobra.Command{
		Use:   "worksheet MODE...",
		Short: "Print the questions for paper, or their answers",
		Long:  worksheetHelp,
		Example: "  netlab worksheet bridge custom-bridge -o html > sheet.html\n" +
			"  netlab worksheet bridge custom-bridge -o html --key > key.html\n" +
			"  netlab demo bridge --save r.json && netlab worksheet --from r.json --key",
		RunE: func(cmd *cobra.Command, args []string) error { return s.runWorksheet(cmd.Context(), args, o) },

		ValidArgsFunction: completeScenario,
	}
	f := cmd.Flags()
	f.StringVarP(&o.lab.output, "output", "o", formatMarkdown, "markdown or html")
	f.BoolVar(&o.key, "key", false, "print the answers, as measured now")
	f.StringVar(&o.from, "from", "", "take questions and answers from this saved `result`")
	f.BoolVar(&o.recorded, "recorded", false, "take them from the recording of the MODE")
	f.StringSliceVar(&o.lab.only, "only", nil, "print only these questions, by id")
	f.BoolVar(&o.lab.all, "all", false, "print all questions, not only the lesson's")
	f.StringVar(&o.lab.save, "save", "", "of --key: write the result to this file too, as JSON")
	f.BoolVar(&o.lab.initSwarm, "init-swarm", false, "of --key: let overlay make the engine a swarm, for the\nlab")
	return cmd
}

func (o *sheetOptions) check(args []string) error {
	switch {
	case !slices.Contains([]string{formatMarkdown, formatHTML}, o.lab.output):
		return usagef("there is no output format %q for worksheets: there are markdown and html", o.lab.output)
	case o.from != "" && (o.recorded || len(args) > 0):
		return usagef("--from names a result, and takes neither a MODE nor --recorded beside it")
	case o.from == "" && len(args) == 0:
		return usagef("netlab worksheet takes MODE..., or --from; see netlab worksheet --help")
	case (o.lab.save != "" || o.lab.initSwarm) && (!o.key || o.from != "" || o.recorded):
		return usagef("--save and --init-swarm belong to --key when it runs the lab")
	}
	return nil
}

func (s *shared) runWorksheet(ctx context.Context, args []string, o *sheetOptions) error {
	if err := o.check(args); err != nil {
		return err
	}
	records, err := s.sheetRecords(ctx, args, o)
	if err != nil {
		return err
	}
	if len(o.lab.only) > 0 {
		o.lab.all = true
		if err := onlyAsked(records, o.lab.only); err != nil {
			return err
		}
	}
	for _, r := range records {
		quiz.Pose(r)
	}
	options := render.Options{All: o.lab.all, Recorded: o.from != "" || o.recorded}
	err = write(s.streams.Out, func(w io.Writer) error {
		if o.lab.output == formatHTML {
			return render.WorksheetHTML(w, records, o.key, options)
		}
		return render.WorksheetMarkdown(w, records, o.key, options)
	})
	if err != nil || !o.key || options.Recorded {
		return err
	}
	return judged(records[0])
}

// sheetRecords finds the records whose questions are printed: saved ones, or a new one, or one of which nothing was
// asked.
func (s *shared) sheetRecords(ctx context.Context, args []string, o *sheetOptions) ([]*result.Record, error) {
	switch {
	case o.from != "":
		return s.recordings([]string{o.from})
	case o.recorded:
		return s.recordings(args)
	}
	all, err := load(args)
	if err != nil {
		return nil, err
	}
	keep := func(_ *scenario.Scenario, st scenario.Step) bool { return o.lab.all || isLesson(st) }
	if len(o.lab.only) > 0 {
		if keep, err = only(all, o.lab.only); err != nil {
			return nil, err
		}
	}
	all = selectSteps(all, keep)
	if o.key {
		o.lab.named = true
		n := s.narrator(&o.lab)
		r, err := s.record(ctx, all, run.Options{Kind: result.KindRun, Version: s.version}, &o.lab, n)
		return []*result.Record{r}, err
	}
	r := &result.Record{Schema: result.Schema, Kind: result.KindRun, Netlab: s.version}
	for _, sc := range all {
		r.Scenarios = append(r.Scenarios, run.Outline(sc))
	}
	return []*result.Record{r}, nil
}

func (s *shared) recordings(names []string) ([]*result.Record, error) {
	all := make([]*result.Record, len(names))
	for i, name := range names {
		var err error
		if all[i], err = s.recording(name); err != nil {
			return nil, err
		}
		if all[i].Kind == result.KindBench {
			return nil, usagef("%s is a measurement of what modes cost: it asks no questions", name)
		}
	}
	return all, nil
}

// onlyAsked drops the checks that are not among ids, and leaves the actions between them.
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
			return usagef("no question of these is called %q", id)
		}
	}
	return nil
}

// skippedAll reports whether no lab of the records could be built, so that they have no questions at all.
func skippedAll(records []*result.Record) bool {
	return !slices.ContainsFunc(records, func(r *result.Record) bool {
		return slices.ContainsFunc(r.Scenarios, func(sc result.Scenario) bool { return sc.Skipped == "" })
	})
}
