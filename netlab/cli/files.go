package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"netlab/netlab/byhand"
	"netlab/netlab/render"
	"netlab/netlab/result"
	"netlab/netlab/scenario"
	"netlab/scenarios"
)

func listCommand(p *printer) *cobra.Command {
	output := formatTable
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the built-in lessons",
		Long:  "Lists the built-in lessons, and what each is about. Needs no engine.",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			lessons, err := builtInLessons()
			switch {
			case err != nil:
				return err
			case output == formatJSON:
				return p.show(func(w io.Writer) error { return asJSON(w, lessons) })
			case output != formatTable:
				return usagef("unknown output format %q. Use table or json", output)
			}
			return p.show(func(w io.Writer) error { return render.List(w, lessons, p.page()) })
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", formatTable, "output `format`: table or json")
	return cmd
}

// builtInLessons returns the lessons by group.
func builtInLessons() ([]render.Mode, error) {
	lessons, err := load(scenarios.Names())
	if err != nil {
		return nil, err
	}
	rows := make([]render.Mode, 0, len(lessons))
	for _, sc := range lessons {
		rows = append(rows, render.Mode{Name: sc.Name, Title: sc.Title, Group: group(sc.Name)})
	}
	return rows, nil
}

// group returns the heading for a built-in scenario.
func group(name string) string {
	switch {
	case slices.Contains(modes(), name):
		return "MODES"
	case slices.Contains(scenarios.Lessons(), name):
		return "CONTAINERS AND IMAGES"
	default:
		return "MORE"
	}
}

func showCommand(p *printer) *cobra.Command {
	var docker, compose bool
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Print a scenario file, to copy or to build by hand",
		Long:  "Prints the file of a built-in lesson, to copy, or the commands and files that do the same by hand.",
		Example: "  netlab show bridge > mine.yaml\n  netlab show bridge --docker     docker commands that build the lab\n" +
			"  netlab show bridge --compose    the same as a Compose file",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			lessons, err := load(args)
			if err != nil {
				return err
			}
			text := string(lessons[0].Source)
			switch {
			case docker:
				text = byhand.Docker(lessons[0])
			case compose && len(lessons[0].Containers) == 0:
				return usagef("%s has no containers, so there is nothing for Compose to start (netlab show %s --docker)",
					lessons[0].Name, args[0])
			case compose:
				text = byhand.Compose(lessons[0])
			}
			return p.show(verbatim(text))
		},
		ValidArgsFunction: completeScenario,
	}
	cmd.Flags().BoolVar(&docker, "docker", false, "print docker commands that build the lab")
	cmd.Flags().BoolVar(&compose, "compose", false, "print a Compose file")
	cmd.MarkFlagsMutuallyExclusive("docker", "compose")
	return cmd
}

func validateCommand(p *printer) *cobra.Command {
	return &cobra.Command{
		Use:   "validate FILE...",
		Short: "Check scenario files and plans",
		Long: "Checks scenario files and lesson plans, and reports every mistake with its line\n" +
			"and column. Needs no engine.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			said, err := check(args)
			if err != nil {
				return err
			}
			return write(p.streams.Out, verbatim(said))
		},
	}
}

// check loads all files and prints what each one is. The error lists every mistake in any of them.
func check(names []string) (said string, err error) {
	var mistakes scenario.Errors
	for _, name := range names {
		text, err := source(name)
		if err != nil {
			return "", err
		}
		of := ""
		if scenario.IsPlan(text) {
			var plan *scenario.Plan
			if plan, err = (&classOptions{}).plan(name, text); err == nil {
				of = "a plan of " + render.ClassTime(schedule(plan.Parts))
			}
		} else {
			var sc *scenario.Scenario
			if sc, err = scenario.Load(name, text); err == nil {
				of = render.Count(len(sc.Steps), "step")
			}
		}
		var errs scenario.Errors
		switch {
		case errors.As(err, &errs):
			mistakes = append(mistakes, errs...)
		case err != nil:
			return "", err
		}
		said += fmt.Sprintf("%s: ok, %s\n", render.Plain(name), of)
	}
	if len(mistakes) > 0 {
		return "", mistakes
	}
	return said, nil
}

// replayOptions are the flags of netlab replay.
type replayOptions struct {
	resultOptions
	all     bool
	packets bool
	why     string
}

func replayCommand(p *printer) *cobra.Command {
	var o replayOptions
	cmd := &cobra.Command{
		Use:   "replay RESULT.json|MODE",
		Short: "Show a saved result again, without an engine",
		Long: "Shows a result that --save wrote. For a MODE, shows the recording that ships\n" +
			"with netlab, with the engine and the date of the recording.",
		Example: "  netlab demo bridge --save bridge.json\n  netlab replay bridge.json -o html > bridge.html\n" +
			"  netlab replay bridge",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return runReplay(p, args[0], o) },

		ValidArgsFunction: completeScenario,
	}
	o.outputFlag(cmd)
	f := cmd.Flags()
	f.BoolVar(&o.all, "all", false, "show all questions, not only the lesson's")
	f.BoolVar(&o.packets, "packets", false, "show the packets behind each answer, if captured")
	f.StringVar(&o.why, "why", "", "of a comparison: explain this row (an `ID` such as peer-by-name)")
	return cmd
}

// runReplay draws a saved result, or the built-in recording of a mode.
func runReplay(p *printer, name string, o replayOptions) error {
	if err := o.check(p.streams); err != nil {
		return err
	}
	r, err := recording(name)
	if err != nil {
		return err
	}
	view := p.view(o.resultOptions)
	view.why, view.All, view.Packets, view.Recorded = o.why, o.all, o.packets, true
	return p.draw(r, view)
}

// recording reads a saved result, or the built-in recording of a mode.
func recording(arg string) (*result.Record, error) {
	if text, ok := scenarios.Recording(arg); ok {
		return result.ReadJSON(bytes.NewReader(text))
	}
	file, err := os.Open(arg)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(arg, `./\`) {
			return nil, usagef("no recording or saved result %q. netlab ships recordings of %s", arg,
				strings.Join(scenarios.Recordings(), ", "))
		}
		return nil, usageError{err}
	}
	defer file.Close()
	r, err := result.ReadJSON(file)
	if err != nil {
		return nil, usagef("%s: %w", arg, err)
	}
	return r, nil
}
