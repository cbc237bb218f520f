package cli

// Lessons and scenario files: netlab demo and netlab run.

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"netlab/netlab/engine"
	"netlab/netlab/render"
	"netlab/netlab/result"
	"netlab/netlab/run"
	"netlab/netlab/scenario"
)

// keepFor is how long `netlab clean` leaves a kept lab alone.
const keepFor = 12 * time.Hour

const kernelHelp = `

--kernel shows below each "no" what the kernel says about the packets of that
question: why it dropped them, by its own name for the reason, at which
interface and in whose network namespace. netlab explain NAME explains a reason.
A helper without a network, with only the BPF and PERFMON capabilities, listens
to the kernel while the questions are asked. It needs Linux 5.17 with BTF, and
an engine that knows these capabilities (20.10 does not). Otherwise netlab says
so and goes without.`

// demoOptions are the arguments and flags of netlab demo and netlab run.
type demoOptions struct {
	lessons []string // names or files
	resultOptions
	worldOptions
	packetOptions
	lan    lanOptions
	second secondEngine
	name   string
	only   []string // ids of questions; empty for no choice
	all    bool

	step, predict, stay, keep, kernel bool
}

func (o *demoOptions) flags(cmd *cobra.Command) {
	o.resultOptions.flags(cmd)
	o.worldOptions.flags(cmd)
	o.packetOptions.flags(cmd)
	f := cmd.Flags()
	f.StringSliceVar(&o.only, "only", nil, "ask only these questions (`IDs`, as in netlab show)")
	f.BoolVar(&o.all, "all", false, "ask all questions, not only the lesson's")
	f.BoolVar(&o.step, "step", false, "wait for Enter before each answer, so a class can guess")
	f.BoolVar(&o.predict, "predict", false, predictHelp)
	f.BoolVar(&o.stay, "stay", false, "keep the lab up until you press Enter, and show commands to try")
	f.BoolVar(&o.kernel, "kernel", false, "show why the kernel dropped the packets of a \"no\"")
	f.BoolVar(&o.keep, "keep", false, "keep the lab after netlab exits (netlab down NAME removes it)")
	f.StringVar(&o.name, "name", "", "`name` of the lab (default: random)")
	f.Var(&o.second, "second", "overlay: start bob on this other engine of the swarm "+
		"(docker context, or unix://, tcp://, ssh://)")
	exclude(cmd, "predict", "step")
	exclude(cmd, "stay", "keep")
	exclude(cmd, "second", "init-swarm") // a swarm that netlab creates has one engine
	completeOnly(cmd)
}

func demoCommand(s *shared) *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:   "demo [MODE]",
		Short: "Run one lesson",
		Long: "Builds a lab, asks the lesson's questions, and shows each measured answer with\n" +
			"the reason. Without MODE, you pick a lesson from a list. At the end it shows\n" +
			"what the mode is good for, and what is left on the engine: only netlab's agent\n" +
			"image, for the next run.\n\n" + worldHelp + packetHelp + kernelHelp,
		Example: "  netlab demo bridge\n  netlab demo bridge --predict\n  netlab demo custom-bridge --all --stay --name demo",
		Args:    cobra.MaximumNArgs(1),
		RunE:    running(s, &o, &o.lessons, runDemo),

		ValidArgsFunction: completeScenario,
	}
	o.flags(cmd)
	o.lan.flags(cmd)
	return cmd
}

func runCommand(s *shared) *cobra.Command {
	o := demoOptions{}
	cmd := &cobra.Command{
		Use:   "run FILE...",
		Short: "Run your own scenario files",
		Long: "Runs your own scenario files one after the other, with all their questions.\n\n" +
			worldHelp + packetHelp + kernelHelp,
		Example: "  netlab show bridge > mine.yaml\n  netlab run mine.yaml",
		Args:    cobra.MinimumNArgs(1),
		RunE:    running(s, &o, &o.lessons, runDemo),
	}
	o.flags(cmd)
	cmd.Flags().Lookup("all").Hidden = true // a user's own file always runs whole
	o.all = true
	return cmd
}

func (o *demoOptions) check(streams Streams) error {
	if err := o.resultOptions.check(streams); err != nil {
		return err
	}
	if (o.step || o.stay) && o.output != formatTable {
		return usagef("--step and --stay need -o table")
	}
	if o.predict {
		return streams.checkPredict(o.output)
	}
	return nil
}

// checkKeep returns an error if a scenario has nothing to keep.
func checkKeep(scenarios []*scenario.Scenario) error {
	for _, sc := range scenarios {
		if len(sc.Containers) == 0 { // the next sweep removes a lab without a running container
			return usagef("--keep keeps containers, but %s has none. Use --stay to keep its images until you press Enter",
				sc.Name)
		}
	}
	return nil
}

// runDemo runs the named scenarios one after the other. Without a name, a person picks one.
func runDemo(ctx context.Context, s *shared, o demoOptions) error {
	if len(o.lessons) == 0 {
		return runPick(ctx, s, o)
	}
	if err := o.check(s.streams); err != nil {
		return err
	}
	chosen, err := o.load(load, o.lessons)
	if err != nil {
		return err
	}
	if err := errors.Join(o.second.check(chosen), onLAN(&s.printer, chosen, o.lan)); err != nil {
		return err
	}
	if o.name != "" && len(chosen) > 1 {
		return usagef("--name needs exactly one scenario, but you gave %d", len(chosen))
	}
	if o.keep {
		if err := checkKeep(chosen); err != nil {
			return err
		}
	}
	keep := func(_ *scenario.Scenario, st scenario.Step) bool { return o.all || isLesson(st) }
	if len(o.only) > 0 {
		o.all = true
		if keep, err = only(chosen, o.only); err != nil {
			return err
		}
	}
	options := run.Options{
		Kind: result.KindRun, Version: s.version, Name: o.name, Packets: o.packetOptions.wanted(), Kernel: o.kernel,
		Brief: !o.step && !o.predict && !o.stay && !o.keep,
	}
	if o.keep {
		options.KeepUntil = time.Now().Add(keepFor)
	}
	var packets *recorder
	if o.pcap != "" {
		if packets, err = o.recorder(s.version, len(chosen)); err != nil {
			return err
		}
		options.Frames = packets
	}
	chosen = selectSteps(chosen, keep)
	if added := alsoAsked(chosen, o.only); len(o.only) > 0 && len(added) > 0 {
		s.say("Also asking the controls: %s.", strings.Join(added, ", "))
	}
	view := s.view(o.resultOptions)
	view.All, view.Packets, view.Commands = o.all, o.packets, o.step || o.stay || o.keep
	n := &narrator{
		console: s.console(), options: view.Options, clock: s.clock(ctx, s.timeout),
		live: o.output == formatTable, step: o.step, predict: o.predict, stay: o.stay, keep: o.keep,
	}
	j := job{
		scenarios: chosen, chosen: true, save: o.save, second: o.second, world: o.worldOptions,
		run: func(ctx context.Context, eng, second *engine.Engine, initSwarm bool) (*result.Record, error) {
			options.Second, options.InitSwarm = second, initSwarm
			return run.Run(ctx, eng, chosen, options, n)
		},
	}
	r, late, err := measure(ctx, s, j, n)
	closing := closePackets(&s.printer, packets, o.pcap)
	if err != nil {
		return errors.Join(err, closing)
	}
	if n.live { // the answers are on the screen
		err = write(s.streams.Out, func(w io.Writer) error {
			return errors.Join(render.Predictions(w, r, view.Options), render.CleanUp(w, r, view.Options))
		})
	} else {
		err = s.draw(r, view)
	}
	if err != nil {
		return err
	}
	tellKept(&s.printer, r, o.second)
	return ended(r, errors.Join(late, closing))
}
