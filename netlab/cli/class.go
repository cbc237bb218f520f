package cli

// The command netlab class: its flags, its plan, and the report at the end. teach.go has the class itself.

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"netlab/netlab/fact"
	"netlab/netlab/render"
	"netlab/netlab/result"
	"netlab/netlab/run"
	"netlab/netlab/scenario"
	"netlab/scenarios"
)

// classOptions are the arguments and flags of netlab class.
type classOptions struct {
	args []string // the file of a plan; empty for the built-in one
	worldOptions
	report  string
	notes   string
	from    int
	print   bool
	step    bool
	predict bool
}

const classHelp = `Runs the sections of a lesson plan one after the other, with a note for the
teacher before each and time to talk after it. A section is one lesson or
several side by side. While the class talks, netlab builds the next lab. The
built-in plan is a whole seminar. --print shows it, to copy and change.

Keys: Enter continues, b goes back to an earlier section as it was measured, s
skips, r measures the section again, n shows the teacher's note, x opens a
prompt in the lab, ? lists the keys, q ends the class.

If the engine goes away, netlab says that the section did not finish, and goes
on to the next one.

`

func classCommand(s *shared) *cobra.Command {
	var o classOptions
	cmd := &cobra.Command{
		Use:   "class [PLAN.yaml]",
		Short: "Teach from a plan, lab after lab",
		Long:  classHelp + worldHelp,
		Example: "  netlab class\n  netlab class --report class.html\n" +
			"  netlab class --print > mine.yaml\n  netlab class mine.yaml --from 3",
		Args: cobra.MaximumNArgs(1),
		RunE: running(s, &o, &o.args, runClass),

		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.print, "print", false, "print the plan and exit")
	f.StringVar(&o.report, "report", "", "at the end, write a report of the class to this `file` "+
		"(.html, .md, .json, .xml for JUnit, or .csv)")
	f.StringVar(&o.notes, "notes", "", "write the teacher's notes to this `file` or second terminal, "+
		"such as /dev/pts/3 (type tty there to see its name)")
	f.IntVar(&o.from, "from", 1, "start with this section of the plan")
	f.BoolVar(&o.step, "step", false, "wait for a key before each answer, in all sections")
	f.BoolVar(&o.predict, "predict", false,
		"guess each answer with a key before it is shown, in all sections, and get a score at the end")
	o.worldOptions.flags(cmd)
	exclude(cmd, "predict", "step")
	return cmd
}

func runClass(ctx context.Context, s *shared, o classOptions) error {
	name, source, err := planSource(o.args)
	if err != nil {
		return err
	}
	plan, err := o.plan(name, source)
	if err != nil {
		return err
	}
	if o.print {
		return write(s.streams.Out, verbatim(string(plan.Source)))
	}
	if o.from < 1 || o.from > len(plan.Parts) {
		return usagef("--from %d: the plan has sections 1 to %d", o.from, len(plan.Parts))
	}
	if !s.streams.interactive() {
		return usagef("netlab class needs a terminal on stdin and stdout")
	}
	format, err := reportFormat(o.report)
	if err != nil {
		return err
	}
	file, err := openResult("--report", o.report)
	if err != nil {
		return err
	}
	defer file.close()
	var notes io.WriteCloser
	if o.notes != "" {
		if notes, err = os.OpenFile(o.notes, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644); err != nil {
			return usagef("--notes: %w", err)
		}
		defer notes.Close()
	}
	r, err := teachClass(ctx, s, plan, o, notes)
	if o.report == "" || r == nil || len(r.Parts) == 0 {
		return err
	}
	draw := func(w io.Writer) error { return drawTo(w, r, s.view(resultOptions{output: format})) }
	if failed := file.write(draw); failed != nil {
		var code verdict
		if errors.As(err, &code) {
			return failed // it says more than the code
		}
		return errors.Join(err, failed)
	}
	s.say("The report of this class is in %s.", render.Plain(o.report))
	return err
}

// planSource returns the plan's text, from a file or a built-in plan.
func planSource(args []string) (name string, text []byte, err error) {
	if len(args) == 0 {
		return "the built-in plan", scenarios.Plan(), nil
	}
	text, err = readScenario(args[0])
	return args[0], text, err
}

// plan loads the plan and its scenarios: built-in names, or files relative to the plan's folder.
func (o *classOptions) plan(name string, source []byte) (*scenario.Plan, error) {
	folder := filepath.Dir(name)
	plan, err := scenario.LoadPlan(name, source, func(named string) (*scenario.Scenario, error) {
		if isFile(named) && !filepath.IsAbs(named) {
			named = filepath.Join(folder, named)
			if !isFile(named) { // Join removed the leading ./
				named = "." + string(filepath.Separator) + named
			}
		}
		lessons, err := o.load(load, []string{named})
		if err != nil {
			return nil, err
		}
		return lessons[0], nil
	})
	if err != nil {
		return nil, err
	}
	for i := range plan.Parts {
		if err := o.compareModes(&plan.Parts[i]); err != nil {
			return nil, err
		}
	}
	for i, p := range plan.Parts {
		if p.Compare && p.Only == nil {
			if err := checkCommon(p.Scenarios); err != nil {
				return nil, usagef("%s: section %d: %w", name, i+1, err)
			}
		}
	}
	return plan, nil
}

// compareModes replaces the scenarios of a section that compares built-in modes with those that ask each question in
// all modes, unless the section wants questions that only the lessons have.
func (o *classOptions) compareModes(part *scenario.Part) error {
	var names []string
	for _, sc := range part.Scenarios {
		text, ok := scenarios.Source(sc.Name)
		if !ok || !bytes.Equal(text, sc.Source) {
			return nil
		}
		names = append(names, sc.Name)
	}
	if !part.Compare || !areModes(names) {
		return nil
	}
	lessons, err := o.load(loadComparison, names)
	if err != nil {
		return err
	}
	if _, err := only(lessons, part.Only); err == nil {
		part.Scenarios = lessons
	}
	return nil
}

// reportFormat returns the format for the extension of the report's file name.
func reportFormat(file string) (string, error) {
	format, ok := map[string]string{
		".html": formatHTML, ".htm": formatHTML, ".json": formatJSON, ".md": formatMarkdown, ".markdown": formatMarkdown,
		".xml": formatJUnit, ".csv": formatCSV,
	}[strings.ToLower(filepath.Ext(file))]
	if !ok && file != "" {
		return "", usagef("--report %s: the file name must end in .html, .md, .json, .xml (JUnit) or .csv", file)
	}
	return format, nil
}

// teachClass connects to the engine and runs the class. The record has what was shown, even if there is an error.
func teachClass(
	ctx context.Context, s *shared, plan *scenario.Plan, o classOptions, notes io.Writer,
) (*result.Record, error) {
	screen := s.console()
	clock := s.clock(ctx, s.timeout)
	defer clock.stop()
	eng, err := s.connect(clock.ctx)
	if err != nil {
		return nil, clock.blame(err)
	}
	defer eng.Close()
	var lessons []*scenario.Scenario
	for _, p := range plan.Parts[o.from-1:] {
		lessons = append(lessons, p.Scenarios...)
	}
	const chosen = true // the plan names its scenarios, so an overlay is the user's choice
	initSwarm, err := announce(&s.printer, clock, screen, eng.Fact(), lessons, o.worldOptions, chosen)
	if err != nil {
		return nil, clock.blame(err)
	}
	clock.stop() // from here on, each section has its own clock
	defer screen.keys.quiet(ctx)()
	c := &class{
		console: screen, shared: s, options: s.page(), plan: plan,
		initSwarm: initSwarm && eng.Fact().Swarm == fact.SwarmInactive,
		guess:     o.step, foretold: o.predict, lessons: make([]*lesson, len(plan.Parts)),
		record: result.NewClass(plan.Title, s.version, time.Now()), notes: notes,
	}
	c.options.Part = true
	c.build = func(ctx context.Context, at int) session {
		return run.Prepare(ctx, eng, c.scenarios(at), c.runOptions(at))
	}
	return c.record, c.run(ctx, o.from-1)
}
