package cli

import (
	"bytes"
	"context"
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

// listOptions are the flags of netlab list.
type listOptions struct{ output string }

func listCommand(s *shared) *cobra.Command {
	var o listOptions
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the built-in lessons",
		Long:  "Lists the built-in lessons, and what each is about. Needs no engine.",
		Args:  cobra.NoArgs,
		RunE:  running(s, &o, nil, runList),
	}
	formatFlag(cmd, &o.output, formatTable, formatJSON)
	return cmd
}

func runList(_ context.Context, s *shared, o listOptions) error {
	lessons, err := builtInLessons()
	if err != nil {
		return err
	}
	return s.show(func(w io.Writer) error {
		if o.output == formatJSON {
			return asJSON(w, lessons)
		}
		return render.List(w, lessons, s.page())
	})
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
	case slices.Contains(scenarios.ModeNames(), name):
		return "MODES"
	case slices.Contains(scenarios.Lessons(), name):
		return "CONTAINERS AND IMAGES"
	default:
		return "MORE"
	}
}

// showOptions are the argument and flags of netlab show.
type showOptions struct {
	args            []string
	docker, compose bool
}

func showCommand(s *shared) *cobra.Command {
	var o showOptions
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Print a scenario file, to copy or to build by hand",
		Long:  "Prints the file of a built-in lesson, to copy, or the commands and files that do the same by hand.",
		Example: "  netlab show bridge > mine.yaml\n  netlab show bridge --docker     docker commands that build the lab\n" +
			"  netlab show bridge --compose    the same as a Compose file",
		Args:              cobra.ExactArgs(1),
		RunE:              running(s, &o, &o.args, runShow),
		ValidArgsFunction: completeScenario,
	}
	cmd.Flags().BoolVar(&o.docker, "docker", false, "print docker commands that build the lab")
	cmd.Flags().BoolVar(&o.compose, "compose", false, "print a Compose file")
	exclude(cmd, "docker", "compose")
	return cmd
}

func runShow(_ context.Context, s *shared, o showOptions) error {
	lessons, err := load(o.args)
	if err != nil {
		return err
	}
	text := string(lessons[0].Source)
	switch {
	case o.docker:
		text = byhand.Docker(lessons[0])
	case o.compose && len(lessons[0].Containers) == 0:
		return usagef("%s has no containers, so there is nothing for Compose to start (netlab show %s --docker)",
			lessons[0].Name, o.args[0])
	case o.compose:
		text = byhand.Compose(lessons[0])
	}
	return s.show(verbatim(text))
}

// validateOptions are the arguments of netlab validate.
type validateOptions struct{ files []string }

func validateCommand(s *shared) *cobra.Command {
	var o validateOptions
	return &cobra.Command{
		Use:   "validate FILE...",
		Short: "Check scenario files and plans",
		Long: "Checks scenario files and lesson plans, and reports every mistake with its line\n" +
			"and column. Needs no engine.",
		Args: cobra.MinimumNArgs(1),
		RunE: running(s, &o, &o.files, runValidate),
	}
}

// runValidate loads all files and prints what each one is. The error lists every mistake in any of them.
func runValidate(_ context.Context, s *shared, o validateOptions) error {
	var mistakes scenario.Errors
	said := ""
	for _, name := range o.files {
		text, err := source(name)
		if err != nil {
			return err
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
			return err
		}
		said += fmt.Sprintf("%s: ok, %s\n", render.Plain(name), of)
	}
	if len(mistakes) > 0 {
		return mistakes
	}
	return write(s.streams.Out, verbatim(said))
}

// replayOptions are the argument and flags of netlab replay.
type replayOptions struct {
	args []string // a file, or the name of a recording
	resultOptions
	all     bool
	packets bool
	why     string
}

func replayCommand(s *shared) *cobra.Command {
	var o replayOptions
	cmd := &cobra.Command{
		Use:   "replay RESULT.json|MODE",
		Short: "Show a saved result again, without an engine",
		Long: "Shows a result that --save wrote. For a MODE, shows the recording that ships\n" +
			"with netlab, with the engine and the date of the recording.",
		Example: "  netlab demo bridge --save bridge.json\n  netlab replay bridge.json -o html > bridge.html\n" +
			"  netlab replay bridge",
		Args: cobra.ExactArgs(1),
		RunE: running(s, &o, &o.args, runReplay),

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
func runReplay(_ context.Context, s *shared, o replayOptions) error {
	if err := o.check(s.streams); err != nil {
		return err
	}
	r, err := recording(o.args[0])
	if err != nil {
		return err
	}
	view := s.view(o.resultOptions)
	view.why, view.All, view.Packets, view.Recorded = o.why, o.all, o.packets, true
	return s.draw(r, view)
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
