// Package cli is netlab's command line. A command turns its flags into options, runs with them, and renders the result.
//
// It is the only package that imports cobra.
//
//	root.go       the command tree; exit.go has the exit codes
//	print.go      how commands print; pager.go shows long output in a pager, and a page in the browser
//	endpoint.go   the engine that the flags select, and for how long; clock.go is that time limit
//	pick.go       netlab on its own
//	demo.go       demo and run; compare.go, bench.go, class.go, worksheet.go, explain.go, files.go and
//	              engine.go have other commands; why.go, matrix.go, diff.go and scan.go are about the
//	              user's own containers
//	measure.go    what all commands that run labs do on the engine; draw.go draws the result in the format of -o
//	load.go       turns arguments into scenarios
//	world.go      what labs change outside the engine; parent.go is the real LAN, second.go the second engine
//	narrate.go    draws a run while it runs; predict.go asks for predictions, packets.go saves captured packets
//	teach.go      a class; teach_keys.go has its keys, teach_labs.go its labs
//	console.go    where a command meets a person: stdout, stderr, and the keys of keyboard.go
//	streams.go    stdin, stdout and stderr; terminal.go is what netlab needs of a terminal, by system
//	complete.go   shell completion
//	help.go       the help of all commands
//	plugin.go     netlab as a plugin of the docker command: docker netlab
//	hook.go       lets docker call netlab after a failed command; hook_reply.go answers, last.go keeps the error
//	save.go       the file for a result; unfinished.go says what an error leaves behind
package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"netlab/netlab/engine"
	"netlab/netlab/render"
	"netlab/netlab/safely"
)

// shared is what every command gets besides its own options: where it prints, and the engine that the flags of the root
// select. Nothing changes it once these are parsed.
type shared struct {
	printer
	version   string
	interrupt func() // ends the command's context as SIGINT does
	verbose   bool
}

// Main runs netlab with its arguments, starting with the program's name, and returns the exit code.
func Main(ctx context.Context, streams Streams, args []string, version string) int {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	ctx = safely.With(ctx, func(err error) { end(err) })
	interrupt := func() { end(Interrupted{os.Interrupt}) }
	s := &shared{printer: printer{streams: streams}, version: version, interrupt: interrupt}
	ctx = engine.WithWaits(ctx, s.tellWait)
	rest, docker, err := arguments(args)
	if err != nil {
		return s.exitCode(ctx, err)
	}
	s.docker = docker
	switch {
	case slices.Equal(rest, []string{"docker-cli-plugin-metadata"}):
		return s.exitCode(ctx, write(streams.Out, metadata(version)))
	case len(rest) > 0 && rest[0] == hookSubcommand:
		return answerHook(ctx, s, rest[1:])
	}
	root := rootCommand(s)
	root.SetArgs(rest)
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.Err)
	err = safely.Do(func() error { return root.ExecuteContext(ctx) })
	return s.exitCode(ctx, err)
}

const rootHelp = `netlab shows how Docker's network modes behave, on a real Docker Engine. It
starts containers, asks questions inside them, and shows each measured answer
with the reason. Nothing is pulled. Only netlab's own image stays, for the
next run.

Start with netlab demo bridge, or pick a lesson with netlab demo

Exit codes: 0 all as expected, 1 a surprise, a question with no result, or a
bug, 2 wrong usage or an invalid file, 3 engine not usable, 4 nothing could
run, 130 and 143 after a signal. netlab why: 0 reachable, 1 unreachable with a
known cause, 5 unknown or ambiguous. netlab scan: 1 something is wrong. netlab
diff: 1 something changed.`

// Command returns netlab's commands as the man pages describe them. They are not run.
func Command(version string) *cobra.Command {
	return rootCommand(&shared{version: version})
}

func rootCommand(s *shared) *cobra.Command {
	root := &cobra.Command{
		SuggestionsMinimumDistance: 2,

		Use:           "netlab",
		Short:         "Explore Docker's network modes on a real Docker Engine",
		Long:          rootHelp,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          unknownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runPick(cmd.Context(), s, demoOptions{resultOptions: resultOptions{output: formatTable}})
		},
		Version: s.version,
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if usage, ok := errors.AsType[usageError](err); ok {
			return usage
		}
		return usagef("%w. See %s --help", err, cmd.CommandPath())
	})
	root.PersistentPreRunE = func(cmd *cobra.Command, args []string) error {
		return cmp.Or(root.PreRunE(cmd, args), s.check())
	}
	f := root.PersistentFlags()
	f.StringVar(&s.context, "context", "", "docker `context` of the engine (as docker --context)")
	f.StringVarP(&s.host, "host", "H", "", "`address` of the engine (as docker --host)")
	f.DurationVar(&s.timeout, "timeout", 2*time.Minute, "time limit (waiting for Enter does not count)")
	f.BoolVarP(&s.verbose, "verbose", "v", false, "print progress on stderr, even in a pipe")
	f.BoolVar(&s.noPager, "no-pager", false, "never show long output in a pager ($PAGER)")
	exclude(root, "host", "context")
	root.AddGroup(&cobra.Group{ID: groupLabs, Title: "Labs:"},
		&cobra.Group{ID: groupFiles, Title: "Scenarios, results and words:"},
		&cobra.Group{ID: groupEngine, Title: "Engine:"},
		&cobra.Group{ID: groupOther, Title: "Other:"})
	add := func(group string, commands ...*cobra.Command) {
		for _, c := range commands {
			c.GroupID = group
			c.Args = asUsage(c.Args)
			root.AddCommand(c)
		}
	}
	add(groupLabs, demoCommand(s), compareCommand(s), benchCommand(s), runCommand(s), classCommand(s))
	add(groupFiles, listCommand(s), showCommand(s), validateCommand(s), replayCommand(s), diffCommand(s),
		worksheetCommand(s), schemaCommand(s), explainCommand(s))
	add(groupEngine, whyCommand(s), matrixCommand(s), scanCommand(s), doctorCommand(s), downCommand(s), cleanCommand(s))
	add(groupOther, hookCommand(s), versionCommand(s))
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n") // same as the version command
	if s.docker == nil {
		completions(root)
	}
	ownHelp(root)
	if s.docker != nil {
		asPlugin(root)
	}
	return root
}

// running returns a command's RunE. It calls run with the options, which have the command's flags, and its arguments in
// args.
func running[O any](
	s *shared, o *O, args *[]string, run func(context.Context, *shared, O) error,
) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, given []string) error {
		if args != nil {
			*args = given
		}
		return run(cmd.Context(), s, *o)
	}
}

// The groups of the help text.
const (
	groupLabs   = "labs"
	groupFiles  = "files"
	groupEngine = "engine"
	groupOther  = "other"
)

// unknownCommand returns an error for an argument that is not a command.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = fmt.Sprintf(" Did you mean %q?", near[0])
	}
	return usagef("unknown command %q.%s See %s --help", args[0], hint, cmd.CommandPath())
}

// asUsage turns cobra's errors about arguments into usage errors.
func asUsage(check cobra.PositionalArgs) cobra.PositionalArgs {
	if check == nil {
		return nil
	}
	return func(cmd *cobra.Command, args []string) error {
		err := check(cmd, args)
		if _, ok := errors.AsType[usageError](err); ok || err == nil {
			return err
		}
		return usagef("%s %s. See %s --help", cmd.CommandPath(), takes(cmd, len(args)), cmd.CommandPath())
	}
}

// takes says what arguments a command takes, which its usage line has after its name: "needs FILE...", "takes one MODE,
// but you gave 2 arguments".
func takes(cmd *cobra.Command, given int) string {
	_, what, some := strings.Cut(cmd.Use, " ")
	if inner := strings.Trim(what, "[]"); !strings.ContainsAny(inner, "[]") {
		what = inner
	}
	what = strings.ReplaceAll(what, "|", " or ")
	switch {
	case !some:
		return "takes no arguments, but you gave " + render.Count(given, "argument")
	case given == 0:
		return "needs " + what
	}
	if !strings.Contains(what, " ") {
		what = "one " + what
	}
	return "takes " + what + ", but you gave " + render.Count(given, "argument")
}

// exclude makes the command's flags exclude each other. The error comes before cobra's own, which is not a usage error
// and hard to read.
func exclude(cmd *cobra.Command, flags ...string) {
	cmd.MarkFlagsMutuallyExclusive(flags...) // completion needs it
	next := cmd.PreRunE
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		given := slices.DeleteFunc(slices.Clone(flags), func(name string) bool { return !cmd.Flag(name).Changed })
		switch {
		case len(given) > 1:
			return usagef("--%s cannot be used together", strings.Join(given, " and --"))
		case next != nil:
			return next(cmd, args)
		}
		return nil
	}
}

func versionCommand(s *shared) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print netlab's version",
		Long:  "Prints netlab's version.",
		Args:  asUsage(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			return write(s.streams.Out, verbatim("netlab "+s.version+"\n"))
		},
	}
}
