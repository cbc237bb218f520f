package cli

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"netlab/netlab/engine"
	"netlab/netlab/render"
	"netlab/netlab/report"
	"netlab/netlab/result"
	"netlab/netlab/run"
	"netlab/netlab/scenario"
	"netlab/scenarios"
)

// keepFor is how long `netlab clean` leaves a kept lab alone.
const keepFor = 12 * time.Hour

// labOptions are the flags of the commands that run scenarios.
type labOptions struct {
	output  string
	save    string
	name    string
	only    []string
	all     bool
	step    bool
	predict bool
	stay    bool
	keep    bool
	why     string

	noWire    bool
	initSwarm bool
	second    string      // a docker context or an address; "" for none
	seconds   func() bool // whether --second was given, even if empty; nil if the command has no such flag
	lan       lanOptions
	wire      packetOptions
	named     bool // the scenarios are the user's choice, not all modes

	recorded bool // the result was not measured on this machine

	late error // an error after the last answer, from removing labs or writing files; reported after the result is drawn
}

// The output formats for a result.
const (
	formatTable    = "table"
	formatJSON     = "json"
	formatMarkdown = "markdown"
	formatHTML     = "html"
)

func (o *labOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&o.output, "output", "o", formatTable, "table, json, markdown or html")
	f.StringVar(&o.save, "save", "", "also save the result to this file, as JSON")
	f.BoolVar(&o.noWire, "no-wire", false, "do not add the simulated link; skip questions that\nneed it")
	f.BoolVar(&o.initSwarm, "init-swarm", false, "let overlay make this engine a swarm while the\nlab is up")
}

func (o *labOptions) lessonFlags(cmd *cobra.Command) {
	o.flags(cmd)
	f := cmd.Flags()
	f.StringSliceVar(&o.only, "only", nil, "ask only these questions (IDs, as in netlab show)")
	f.BoolVar(&o.all, "all", false, "ask all questions, not only the lesson's")
	f.BoolVar(&o.step, "step", false, "wait for Enter before each answer, so a class can\nguess")
	f.BoolVar(&o.predict, "predict", false, predictHelp)
	f.BoolVar(&o.stay, "stay", false, "keep the lab up until you press Enter, and show\ncommands to try")
	f.BoolVar(&o.keep, "keep", false, "keep the lab after netlab exits (netlab down NAME\nremoves it)")
	f.StringVar(&o.name, "name", "", "name of the lab (default: random)")
	o.wire.flags(cmd)
	f.StringVar(&o.second, "second", "", "overlay: start bob on this other `engine` of the swarm\n"+
		"(docker context, or unix://, tcp://, ssh://)")
	o.seconds = func() bool { return f.Changed("second") }
}

func (o *labOptions) check(streams Streams) error {
	if !slices.Contains([]string{formatTable, formatJSON, formatMarkdown, formatHTML}, o.output) {
		return usagef("unknown output format %q. Use table, json, markdown or html", o.output)
	}
	if _, ok := terminal(streams.Out); ok && o.output == formatHTML {
		return usagef("-o html writes a page for a browser. Redirect it to a file: > report.html")
	}
	if (o.step || o.stay) && o.output != formatTable {
		return usagef("--step and --stay need -o table")
	}
	if o.second == "" && o.seconds != nil && o.seconds() {
		return usagef("--second names no engine: give a docker context or an address")
	}
	if o.second != "" && o.initSwarm {
		return usagef("--second and --init-swarm cannot be used together: a swarm that netlab creates has one engine")
	}
	if o.stay && o.keep {
		return usagef("--stay and --keep cannot be used together")
	}
	return nil
}

func (s *shared) demo() *cobra.Command {
	o := &labOptions{}
	cmd := &cobra.Command{
		Use:   "demo MODE",
		Short: "Run one lesson",
		Long: "Builds a lab, asks the lesson's questions, and shows each measured answer with\n" +
			"the reason. netlab list shows all lessons. At the end it shows what the mode is\n" +
			"good for, and what is left on the engine: only netlab's agent image, for the\n" +
			"next run.\n\n" + worldHelp + packetHelp,
		Example: "  netlab demo bridge\n  netlab demo bridge --predict\n  netlab demo custom-bridge --all --stay --name demo",
		Args:    oneMode,
		RunE:    func(cmd *cobra.Command, args []string) error { return s.runLessons(cmd.Context(), args, o) },

		ValidArgsFunction: completeScenario,
	}
	o.lessonFlags(cmd)
	o.lan.flags(cmd)
	completeOnly(cmd)
	return cmd
}

// oneMode asks for a mode if the arguments have none.
func oneMode(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usagef("which mode? %s (netlab list shows all)", strings.Join(scenarios.ModeNames(), ", "))
	}
	return cobra.ExactArgs(1)(cmd, args)
}

func (s *shared) run() *cobra.Command {
	o := &labOptions{}
	cmd := &cobra.Command{
		Use:   "run FILE...",
		Short: "Run your own scenario files",
		Long: "Runs your own scenario files one after the other, with all their questions.\n\n" +
			worldHelp + packetHelp,
		Example: "  netlab show bridge > mine.yaml\n  netlab run mine.yaml",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.all = true
			return s.runLessons(cmd.Context(), args, o)
		},
	}
	o.lessonFlags(cmd)
	cmd.Flags().Lookup("all").Hidden = true // a user's own file always runs whole
	completeOnly(cmd)
	return cmd
}

func (s *shared) compare() *cobra.Command {
	o := &labOptions{}
	cmd := &cobra.Command{
		Use:   "compare [SCENARIO...]",
		Short: "Compare network modes side by side",
		Long: "Asks the same questions in several modes and shows the answers side by side, one\n" +
			"row per question. Without arguments, it compares all built-in modes that this\nengine can run.\n\n" +
			worldHelp,
		Example: "  netlab compare\n  netlab compare bridge host\n  netlab compare --why peer-by-name",
		RunE:    func(cmd *cobra.Command, args []string) error { return s.runCompare(cmd.Context(), args, o) },

		ValidArgsFunction: completeScenario,
	}
	o.flags(cmd)
	cmd.Flags().StringSliceVar(&o.only, "only", nil, "ask only these questions (IDs, as in netlab show)")
	cmd.Flags().StringVar(&o.why, "why", "", "explain this row (an ID such as peer-by-name)")
	cmd.Flags().BoolVar(&o.step, "step", false, "wait for Enter before the table, so a class can guess")
	cmd.Flags().BoolVar(&o.predict, "predict", false, predictHelp)
	completeChecks(cmd, loadComparison, rows, "only", "why")
	return cmd
}

func (s *shared) runLessons(ctx context.Context, args []string, o *labOptions) error {
	if err := errors.Join(o.check(s.streams), s.checkPredict(o)); err != nil {
		return err
	}
	o.named = true
	lessons, err := o.load(args)
	if err != nil {
		return err
	}
	if err := o.checkSecond(lessons); err != nil {
		return err
	}
	if err := s.onLAN(lessons, &o.lan); err != nil {
		return err
	}
	if o.name != "" && len(lessons) > 1 {
		return usagef("--name needs exactly one scenario, but you gave %d", len(lessons))
	}
	for _, sc := range lessons {
		if o.keep && len(sc.Containers) == 0 { // the next sweep removes a lab without a running container
			return usagef("--keep keeps containers, but %s has none. Use --stay to keep its images until you press Enter",
				sc.Name)
		}
	}
	keep := func(_ *scenario.Scenario, st scenario.Step) bool { return o.all || isLesson(st) }
	if len(o.only) > 0 {
		o.all = true
		if keep, err = only(lessons, o.only); err != nil {
			return err
		}
	}
	options := run.Options{Kind: result.KindRun, Version: s.version, Name: o.name}
	if o.keep {
		options.KeepUntil = time.Now().Add(keepFor)
	}
	var packets *recorder
	if options.Packets = o.wire.wanted(); o.wire.pcap != "" {
		if packets, err = o.wire.recorder(s.version, len(lessons)); err != nil {
			return err
		}
		options.Frames = packets
	}
	n := s.narrator(o)
	n.live = o.output == formatTable
	selected := selectSteps(lessons, keep)
	if added := alsoAsked(selected, o.only); len(o.only) > 0 && len(added) > 0 {
		s.say("Also asks the controls: %s.", strings.Join(added, ", "))
	}
	r, err := s.record(ctx, selected, options, o, n)
	closing := s.closePackets(packets, o.wire.pcap)
	if err != nil {
		return errors.Join(err, closing)
	}
	o.late = errors.Join(o.late, closing)
	switch o.output {
	case formatTable:
		err = write(s.streams.Out, func(w io.Writer) error {
			return errors.Join(render.Predictions(w, r, s.renderOptions(o)), render.CleanUp(w, r, s.renderOptions(o)))
		})
	default:
		err = s.draw(r, o)
	}
	if err != nil {
		return err
	}
	s.tellKept(r, o)
	return o.verdict(r)
}

func (s *shared) runCompare(ctx context.Context, args []string, o *labOptions) error {
	if err := errors.Join(o.check(s.streams), s.checkPredict(o)); err != nil {
		return err
	}
	o.named = len(args) > 0
	if !o.named {
		args = modes()
	}
	lessons, err := o.loadWith(loadComparison, args)
	if err != nil {
		return err
	}
	keep := inCommon(lessons)
	wanted := o.only
	if o.why != "" {
		wanted = append(slices.Clone(wanted), o.why)
	}
	if len(wanted) > 0 {
		if keep, err = choose(wanted, questionIDs(lessons, rows(lessons)), "The comparison has "); err != nil {
			return err
		}
	} else if err := checkCommon(lessons); err != nil {
		return err
	}
	n := s.narrator(o)
	n.live = o.predict
	r, err := s.record(ctx, selectSteps(lessons, keep), run.Options{Kind: result.KindCompare, Version: s.version}, o, n)
	if err != nil {
		return err
	}
	if o.step {
		s.say("Enter shows the table ...")
		if err := n.wait(ctx); err != nil {
			return err
		}
	}
	if err := s.draw(r, o); err != nil {
		return err
	}
	return o.verdict(r)
}

// draw draws a complete record in the chosen format.
func (s *shared) draw(r *result.Record, o *labOptions) error {
	options := s.renderOptions(o)
	return write(s.streams.Out, func(w io.Writer) error {
		switch {
		case o.output == formatJSON:
			return render.JSON(w, r)
		case o.output == formatMarkdown:
			return render.Markdown(w, r, options)
		case o.output == formatHTML:
			return report.HTML(w, r, options)
		case o.why != "":
			return errors.Join(render.Reasons(w, r, o.why, options), render.CleanUp(w, r, s.renderOptions(o)))
		case r.Kind == result.KindCompare:
			return render.Compare(w, r, options)
		case r.Kind == result.KindClass:
			return render.Class(w, r, options)
		case r.Kind == result.KindBench:
			return render.Bench(w, r, options)
		}
		return render.Demo(w, r, options)
	})
}

func (s *shared) renderOptions(o *labOptions) render.Options {
	options := s.page()
	options.Packets = o.wire.packets
	options.All, options.Commands, options.Recorded = o.all, o.step || o.stay || o.keep, o.recorded
	return options
}

// page returns the options for drawing: how wide the result may be, and whether it may use color.
func (s *shared) page() render.Options {
	return render.Options{
		Width: s.streams.width(), Color: s.streams.color(), ASCII: s.streams.ascii(), Program: s.program(),
	}
}

func (s *shared) narrator(o *labOptions) *narrator {
	return &narrator{
		streams: s.streams, keys: &keyboard{in: s.streams.In, interrupt: s.interrupt}, options: s.renderOptions(o),
		step: o.step, predict: o.predict, stay: o.stay, keep: o.keep, verbose: s.verbose,
		hold: func() func() { return func() {} },
	}
}

// record runs the scenarios on the engine and saves the result if --save was given.
func (s *shared) record(
	ctx context.Context, lessons []*scenario.Scenario, options run.Options, o *labOptions, n *narrator,
) (*result.Record, error) {
	return s.recordOf(ctx, lessons, options, o, n, func(ctx context.Context, eng *engine.Engine, options run.Options) (
		*result.Record, error,
	) {
		return run.Run(ctx, eng, lessons, options, n)
	})
}

// recordOf is like record, but calls do to run the scenarios.
func (s *shared) recordOf(
	ctx context.Context, lessons []*scenario.Scenario, options run.Options, o *labOptions, n *narrator,
	do func(context.Context, *engine.Engine, run.Options) (*result.Record, error),
) (*result.Record, error) {
	file, err := openResult("--save", o.save)
	if err != nil {
		return nil, err
	}
	defer file.close()
	clock := s.clock(ctx)
	defer clock.stop()
	n.hold = clock.hold
	eng, err := s.connect(clock.ctx)
	if err != nil {
		return nil, clock.blame(err)
	}
	defer eng.Close()
	if options.Second, err = s.second(clock.ctx, eng, o); err != nil {
		return nil, clock.blame(err)
	}
	if options.Second != nil {
		defer options.Second.Close()
	}
	if options.InitSwarm, err = s.world(clock.ctx, eng.Fact(), lessons, o, n); err != nil {
		return nil, clock.blame(err)
	}
	restore := n.keys.quiet(ctx)
	r, err := do(clock.ctx, eng, options)
	restore()
	n.clear()
	var unremoved *run.Unremoved
	switch {
	case errors.As(err, &unremoved): // everything was measured, so the result is kept
		o.late = unfinished{unremoved, leftBehind(r)}
	case err != nil: // the result, which would report this, is not drawn
		if len(r.Swept) > 0 {
			s.say("Removed what an earlier netlab left behind: %s.", strings.Join(names(r.Swept), ", "))
		}
		words := leftBehind(r)
		if ctx.Err() != nil {
			words = becameOf(r)
		}
		return r, unfinished{clock.blame(err), words}
	}
	if n.predict && options.Kind == result.KindCompare {
		if err := n.foretellTable(clock.ctx, r); err != nil {
			return r, clock.blame(err)
		}
	}
	o.late = errors.Join(o.late, file.write(func(w io.Writer) error { return render.JSON(w, r) }))
	return r, nil
}

// verdict returns the command's error after its result is drawn.
func (o *labOptions) verdict(r *result.Record) error {
	if o.late != nil {
		return o.late
	}
	return judged(r)
}

func names(objects []result.Leftover) []string {
	described := make([]string, 0, len(objects))
	for _, o := range objects {
		described = append(described, render.Plain(o.Type+" "+o.Name))
	}
	return described
}
