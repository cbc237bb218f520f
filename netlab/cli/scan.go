package cli

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"

	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/render"
	"netlab/netlab/result"
	"netlab/netlab/scan"
	"netlab/netlab/survey"
)

// scanOptions are the arguments and flags of netlab scan.
type scanOptions struct {
	containers []string
	project    string
	output     string
}

func scanCommand(s *shared) *cobra.Command {
	var o scanOptions
	cmd := &cobra.Command{
		Use:   "scan [CONTAINER...]",
		Short: "Find what is wrong with your containers' networks",
		Long: "Looks at all containers on the engine, at those of a Compose project, or at those\n" +
			"that you name, and lists what is wrong with their networks or is about to go\n" +
			"wrong: problems first, then warnings, each with its evidence and its fix.\n\n" +
			"CONTAINER is a container (name or ID) or a Compose service (service or\n" +
			"project/service).\n\n" +
			"netlab changes nothing of yours, and sends no data to your programs. To see your\n" +
			"containers, it briefly starts one of its own for each, which joins its network\n" +
			"namespace with only the NET_RAW capability. One in host network mode, with\n" +
			"NET_ADMIN only, reads the firewall and the routes, and asks each DNS server that\n" +
			"the engine gives to containers for the name localhost. If the host's firewall\n" +
			"seems to close a published port, a simulated computer outside sends it a SYN.\n\n" +
			"Exit codes: 0 nothing is wrong, 1 something is, 5 nothing was found but netlab\n" +
			"could not see everything.",
		Example: "  netlab scan\n  netlab scan --project shop\n  netlab scan web shop/db\n" +
			"  netlab scan -o json",
		Args: cobra.ArbitraryArgs,
		ValidArgsFunction: func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			return s.completed(cmd, ofContainers(containerNames)), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: running(s, &o, &o.containers, runScan),
	}
	projectFlag(s, cmd, &o.project)
	formatFlag(cmd, &o.output, formatTable, formatJSON)
	return cmd
}

// projectFlag adds the flag --project, and completes it.
func projectFlag(s *shared, cmd *cobra.Command, project *string) {
	cmd.Flags().StringVarP(project, "project", "p", "", "only the containers of this Compose `project`")
	projects := func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		return s.completed(cmd, ofContainers(func(c *fact.Container) []string {
			if c.Project == "" {
				return nil
			}
			return []string{c.Project}
		})), cobra.ShellCompDirectiveNoFileComp
	}
	completeFlag(cmd, "project", projects)
}

func runScan(ctx context.Context, s *shared, o scanOptions) error {
	if o.project != "" && len(o.containers) > 0 {
		return usagef("name containers or a --project, not both")
	}
	return s.withEngine(ctx, func(ctx context.Context, eng *engine.Engine) error { return look(ctx, s, eng, o) })
}

// look shows the findings as soon as they are there, and then removes netlab's containers.
func look(ctx context.Context, s *shared, eng *engine.Engine, o scanOptions) (err error) {
	started := time.Now()
	console := s.console()
	defer console.clear()
	console.Phase("Looking into the containers")
	reader, err := survey.Open(ctx, eng)
	if err != nil {
		return err
	}
	defer func() { err = closed(ctx, eng, reader, err) }()
	facts, err := scan.Read(ctx, reader, o.project, o.containers)
	if err == nil {
		err = reader.Answers(ctx)
	}
	if err != nil {
		return err
	}
	r := scan.Diagnose(facts)
	r.TookUS = time.Since(started).Microseconds()
	console.clear()
	err = s.show(func(w io.Writer) error {
		if o.output == formatJSON {
			return render.JSON(w, r)
		}
		return render.Scan(w, r, s.page())
	})
	if err != nil {
		return err
	}
	return scanCode(r)
}

// scanCode turns what was found into the exit code.
func scanCode(r *result.Scan) error {
	switch {
	case r.Wrong():
		return verdict(exitSurprise)
	case len(r.Unseen) > 0:
		return verdict(exitUnknown)
	}
	return nil
}
