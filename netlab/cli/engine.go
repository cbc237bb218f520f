package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/lab"
	"netlab/netlab/render"
	"netlab/netlab/result"
	"netlab/netlab/safely"
	"netlab/netlab/scan"
	"netlab/netlab/survey"
	"netlab/scenarios"
)

// downOptions are the argument of netlab down.
type downOptions struct{ args []string }

func downCommand(s *shared) *cobra.Command {
	var o downOptions
	return &cobra.Command{
		Use:   "down NAME",
		Short: "Remove a kept lab",
		Long:  "Removes a lab that --keep left running, with everything that it created on the engine.",
		Args:  cobra.ExactArgs(1),

		ValidArgsFunction: completeKept(s),
		RunE:              running(s, &o, &o.args, runDown),
	}
}

func runDown(ctx context.Context, s *shared, o downOptions) error {
	return s.withEngine(ctx, func(ctx context.Context, eng *engine.Engine) error {
		removed, err := eng.Down(ctx, o.args[0])
		if err != nil {
			return err
		}
		return write(s.streams.Out, verbatim("Removed "+render.Objects(removed)+".\n"))
	})
}

// cleanOptions are the flags of netlab clean.
type cleanOptions struct{ dryRun, image bool }

func cleanCommand(s *shared) *cobra.Command {
	var o cleanOptions
	cmd := &cobra.Command{
		Use:   "clean",
		Short: "Remove what a killed netlab left on the engine",
		Long: "Removes containers, networks, volumes, built images and swarms left by a netlab\n" +
			"that is gone, expired kept labs, and the images of other netlab versions, and\n" +
			"lists what it removed. --image also removes this version's images.\n" +
			"It never touches a lab that is in use, or anything without both netlab's\n" +
			"labels and a name that netlab chose.",
		Args: cobra.NoArgs,
		RunE: running(s, &o, nil, runClean),
	}
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "only list what would be removed")
	cmd.Flags().BoolVar(&o.image, "image", false, "also remove the images of this version")
	return cmd
}

func runClean(ctx context.Context, s *shared, o cleanOptions) error {
	return s.withEngine(ctx, func(ctx context.Context, eng *engine.Engine) error {
		removed, left, err := eng.Sweep(ctx, o.dryRun, true)
		if err != nil {
			return err
		}
		if o.image {
			gone, not, err := eng.RemoveImage(ctx, o.dryRun)
			if err != nil {
				return err
			}
			removed, left = append(removed, gone...), append(left, not...)
		}
		stays, err := eng.ImageSize(ctx)
		if err != nil {
			return err
		}
		text := sweptText(removed, left, o.dryRun)
		if stays > 0 && !o.image {
			text += render.AgentStays(stays) + " To remove it: netlab clean --image\n"
		}
		err = write(s.streams.Out, verbatim(s.program().In(text)))
		if err == nil && slices.ContainsFunc(left, func(o engine.Swept) bool { return o.Failed }) {
			return verdict(exitSurprise)
		}
		return err
	})
}

func sweptText(removed, left []engine.Swept, dryRun bool) string {
	var b strings.Builder
	verb := "Removed"
	if dryRun {
		verb = "Would remove"
	}
	for _, o := range removed {
		fmt.Fprintf(&b, "%s %s %s: %s\n", verb, o.Type, render.Plain(o.Name), o.Why)
	}
	for _, o := range left {
		fmt.Fprintf(&b, "Left %s %s: %s\n", o.Type, render.Plain(o.Name), o.Why)
	}
	if len(removed)+len(left) == 0 {
		b.WriteString("Nothing to remove.\n")
	}
	return b.String()
}

// doctorOptions are the flags of netlab doctor.
type doctorOptions struct{ output string }

func doctorCommand(s *shared) *cobra.Command {
	var o doctorOptions
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Show what this engine is, what it can run, and what is wrong",
		Long: "Shows what engine this is, which lessons it can run and why not the others, the settings that " +
			"change how a mode behaves, the free address space, what is wrong with the engine's host as netlab scan " +
			"finds it, and what an earlier netlab left behind.\n\n" +
			"To see the host, netlab briefly starts a helper container in host network mode, without any " +
			"capability. It reads the host's interfaces and settings. Two more have the NET_ADMIN capability, which " +
			"they need to read the firewall rules. One of them asks each of the engine's DNS servers for the name localhost. " +
			"All of them only read. netlab demo --help says what else the simulated link and --packets need.",
		Example: "  netlab doctor\n  netlab doctor -o json",
		Args:    cobra.NoArgs,
		RunE:    running(s, &o, nil, runDoctor),
	}
	formatFlag(cmd, &o.output, formatTable, formatJSON)
	return cmd
}

func runDoctor(ctx context.Context, s *shared, o doctorOptions) error {
	return s.withEngine(ctx, func(ctx context.Context, eng *engine.Engine) error { return checkUp(ctx, s, eng, o) })
}

// checkUp shows what there is to know about the engine.
func checkUp(ctx context.Context, s *shared, eng *engine.Engine, o doctorOptions) error {
	wouldGo, left, err := eng.Sweep(ctx, true, true)
	if err != nil {
		return err
	}
	lessons, err := load(scenarios.Names())
	if err != nil {
		return err
	}
	site, err := lab.Open(ctx, eng, false)
	if err != nil {
		return err
	}
	var host *result.Scan
	var work errgroup.Group
	work.Go(safely.Task(func() (err error) {
		host, err = scanHost(ctx, eng)
		return err
	}))
	work.Go(safely.Task(func() error { return errors.Join(site.Ready(ctx), site.ReadFirewall(ctx)) }))
	if err := work.Wait(); err != nil {
		_, closing := site.Close(ctx)
		return errors.Join(err, closing)
	}
	report := &result.Doctor{
		Schema: result.Schema, Kind: result.KindDoctor, Engine: eng.Fact(), Lessons: []result.Lesson{},
		Settings: append([]fact.Label{}, site.Facts()...), NoRoom: site.NoRoom(), Findings: host.Findings,
		Unseen: host.Unseen, Left: []string{}, InUse: []string{},
	}
	free, within := site.Free()
	if report.Free = free; within.IsValid() {
		report.Range = within.String()
	}
	for _, sc := range lessons {
		lesson := result.Lesson{Name: sc.Name, Title: sc.Title, Skipped: site.CanBuild(sc, lab.Options{})}
		if sc.Name == "ipvlan" { // the engine creates an ipvlan network even if the kernel does not support it
			lesson.Title += "; whether the kernel supports it was not tested"
		}
		report.Lessons = append(report.Lessons, lesson)
	}
	for _, o := range wouldGo {
		report.Left = append(report.Left, o.Type+" "+o.Name+": "+o.Why)
	}
	for _, o := range left {
		report.InUse = append(report.InUse, o.Type+" "+o.Name+": "+o.Why)
	}
	if _, err := site.Close(ctx); err != nil {
		return err
	}
	if report.AgentBytes, err = eng.ImageSize(ctx); err != nil {
		return err
	}
	return s.show(func(w io.Writer) error {
		if o.output == formatJSON {
			return render.JSON(w, report)
		}
		return render.Doctor(w, report, s.page())
	})
}

// scanHost looks for what is wrong with the engine's host, as netlab scan does.
func scanHost(ctx context.Context, eng *engine.Engine) (found *result.Scan, err error) {
	reader, err := survey.Open(ctx, eng)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, reader.Close(ctx)) }()
	facts, err := scan.ReadHost(ctx, reader)
	if err != nil {
		return nil, err
	}
	return scan.Diagnose(facts), nil
}
