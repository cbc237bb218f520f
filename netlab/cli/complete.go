package cli

// Shell completion.

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/scenario"
	"netlab/netlab/survey"
	"netlab/scenarios"
)

// completionPatience is how long completion waits for the engine.
const completionPatience = 2 * time.Second

func completeScenario(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return scenarios.Names(), cobra.ShellCompDirectiveDefault
}

// completeOnly completes --only with the ids of the named lessons' questions.
func completeOnly(cmd *cobra.Command) {
	completeChecks(cmd, load, allSteps, "only")
}

// completeChecks completes each of the flags with the ids of the questions that keep selects.
func completeChecks(
	cmd *cobra.Command, load func([]string) ([]*scenario.Scenario, error),
	keep func([]*scenario.Scenario) keeper, flags ...string,
) {
	ids := func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 0 {
			args = scenarios.ModeNames()
		}
		lessons, err := load(args)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return questionIDs(lessons, keep(lessons)), cobra.ShellCompDirectiveNoFileComp
	}
	for _, flag := range flags {
		completeFlag(cmd, flag, ids)
	}
}

func completeFlag(cmd *cobra.Command, flag string, complete cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
		panic(err) // the command does not have this flag, which is a bug in netlab
	}
}

// completeKept completes the names of kept labs.
func completeKept(s *shared) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		return s.completed(cmd, func(ctx context.Context, eng *engine.Engine) (names []string) {
			labs, _ := eng.Labs(ctx)
			for _, l := range labs {
				if !l.KeptUntil.IsZero() {
					names = append(names, l.Name)
				}
			}
			return names
		}), cobra.ShellCompDirectiveNoFileComp
	}
}

// completeContainers completes FROM and TO of netlab why with the names of containers and services.
func completeContainers(s *shared) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 1 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		names := append(s.completed(cmd, ofContainers(containerNames)), survey.HostWord)
		if len(args) == 0 {
			names = append(names, survey.HereWord, survey.OutsideWord)
		}
		slices.Sort(names)
		return names, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

// containerNames are the names by which a command finds a container.
func containerNames(c *fact.Container) []string {
	if c.Service == "" {
		return []string{c.Name}
	}
	return []string{c.Name, c.Project + "/" + c.Service}
}

// ofContainers returns a function that lists names of all containers on an engine.
func ofContainers(namesOf func(*fact.Container) []string) func(context.Context, *engine.Engine) []string {
	return func(ctx context.Context, eng *engine.Engine) (names []string) {
		containers, _ := eng.Containers(ctx)
		for i := range containers {
			names = append(names, namesOf(&containers[i])...)
		}
		return names
	}
}

// completed returns the names that list finds on the engine, sorted, if it answers in time.
func (s *shared) completed(cmd *cobra.Command, list func(context.Context, *engine.Engine) []string) []string {
	ctx, stop := context.WithTimeout(cmd.Context(), completionPatience)
	defer stop()
	eng, err := s.connect(ctx)
	if err != nil {
		return nil
	}
	defer eng.Close()
	return slices.Compact(slices.Sorted(slices.Values(list(ctx, eng))))
}

// bashFallback defines what cobra's bash script needs from the package bash-completion, in case it is missing.
const bashFallback = `
if ! declare -F _get_comp_words_by_ref >/dev/null; then
    _get_comp_words_by_ref() {
        words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
        cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    }
fi
if ! declare -F _filedir >/dev/null; then
    _filedir() {
        if [ "${1-}" = -d ]; then
            mapfile -t COMPREPLY < <(compgen -d -- "$cur")
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        fi
    }
fi
`

// completions explains how to load each shell's completions, and adds bashFallback for bash.
func completions(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	how := map[string]string{
		"bash":       "source <(netlab completion bash)",
		"zsh":        "source <(netlab completion zsh)",
		"fish":       "netlab completion fish | source",
		"powershell": "netlab completion powershell | Out-String | Invoke-Expression",
	}
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			c.GroupID = groupOther
			c.Short = "Print the script that completes commands in a shell"
			c.Long = "Prints a script that lets a shell complete netlab's commands, flags, lessons and IDs " +
				"with the Tab key. The help of each shell's command says how to load it."
		}
		for _, shell := range c.Commands() {
			line := how[shell.Name()]
			if line == "" {
				continue
			}
			shell.Short = "Print the script for " + shell.Name()
			shell.Long = "Prints the script that lets " + shell.Name() + " complete netlab's commands. " +
				"Run this line in a shell, or add it to the shell's start-up file:\n\n  " + line
			if f := shell.Flag("no-descriptions"); f != nil {
				f.Usage = "complete words without describing them"
			}
			if shell.Name() == "bash" {
				shell.RunE = func(cmd *cobra.Command, _ []string) error {
					return write(cmd.OutOrStdout(), func(w io.Writer) error {
						if err := root.GenBashCompletionV2(w, true); err != nil {
							return err
						}
						_, err := io.WriteString(w, bashFallback)
						return err
					})
				}
			}
		}
	}
}
