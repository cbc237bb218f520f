package cli

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"netlab/netlab/engine"
	"netlab/netlab/matrix"
	"netlab/netlab/render"
	"netlab/netlab/report"
	"netlab/netlab/result"
)

// matrixOptions are the arguments and flags of netlab matrix.
type matrixOptions struct {
	resultOptions
	containers []string
	project    string
}

func matrixCommand(s *shared) *cobra.Command {
	var o matrixOptions
	cmd := &cobra.Command{
		Use:   "matrix [CONTAINER...]",
		Short: "Show which of your containers can reach which",
		Long: "Asks all pairs of your running containers: does the address answer, does the\n" +
			"name resolve to it, and which of the listening TCP ports answer? Each NO has its\n" +
			"reason. CONTAINER is a container (name or ID) or a Compose service (service or\n" +
			"project/service). Without one, all that run are asked, except netlab's own.\n\n" +
			"netlab changes nothing of yours, and sends no data to your ports: it sends SYNs\n" +
			"and resets what answers, so no server accepts a connection. UDP ports are listed\n" +
			"but not asked. Each container's own DNS servers are asked for the names. To ask,\n" +
			"netlab briefly starts a container of its own in each network namespace, with only\n" +
			"the NET_RAW capability. One in host network mode, with NET_ADMIN only, reads the\n" +
			"counters of the firewall.\n\n" +
			"Exit codes: 0 measured, whatever the answers are, 4 fewer than two containers.",
		Example: "  netlab matrix\n  netlab matrix --project shop\n  netlab matrix web api db --save before.json",
		RunE:    running(s, &o, &o.containers, runMatrix),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			names := s.completed(cmd, ofContainers(containerNames))
			names = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(args, name) })
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
	f := cmd.Flags()
	projectFlag(s, cmd, &o.project)
	formatFlag(cmd, &o.output, formatTable, formatJSON, formatCSV, formatMarkdown, formatHTML, formatMermaid)
	f.BoolVar(&o.open, "open", false, "show the matrix in the browser (implies -o html)")
	f.StringVar(&o.save, "save", "", "also save the result to this `file`, as JSON")
	return cmd
}

func runMatrix(ctx context.Context, s *shared, o matrixOptions) error {
	if o.project != "" && len(o.containers) > 0 {
		return usagef("name containers or a --project, not both")
	}
	if err := o.check(s.streams); err != nil {
		return err
	}
	return s.withEngine(ctx, func(ctx context.Context, eng *engine.Engine) error { return askAll(ctx, s, eng, o) })
}

// askAll shows the matrix as soon as it is there, and then removes netlab's containers.
func askAll(ctx context.Context, s *shared, eng *engine.Engine, o matrixOptions) (err error) {
	file, err := openResult("--save", o.save)
	if err != nil {
		return err
	}
	defer file.close()
	started := time.Now()
	reader, err := matrix.Open(ctx, eng)
	if err != nil {
		return err
	}
	console := s.console()
	defer func() { err = closed(ctx, eng, reader, err) }()
	console.Phase("asking all pairs")
	facts, err := reader.Read(ctx, o.project, o.containers)
	if err == nil {
		err = reader.Answers(ctx)
	}
	console.clear()
	if err != nil {
		return err
	}
	if n := len(facts.Members); n < 2 {
		s.say("netlab: a matrix needs at least two running containers, and there is %s", []string{"none", "only one"}[n])
		return verdict(exitNothingRan)
	}
	m := matrix.Judge(facts)
	m.Netlab, m.Started = s.version, started.UTC().Truncate(time.Second)
	m.TookUS = time.Since(started).Microseconds()
	show := s.show
	if o.open {
		show = s.open
	}
	err = show(func(w io.Writer) error { return drawMatrix(w, m, o.output, s.page()) })
	return errors.Join(err, file.write(func(w io.Writer) error { return render.JSON(w, m) }))
}

func drawMatrix(w io.Writer, m *result.Matrix, format string, o render.Options) error {
	switch format {
	case formatJSON:
		return render.JSON(w, m)
	case formatCSV:
		return render.MatrixCSV(w, m)
	case formatMarkdown:
		return render.MatrixMarkdown(w, m)
	case formatHTML:
		return report.Matrix(w, m)
	case formatMermaid:
		return render.MatrixMermaid(w, m)
	}
	return render.Matrix(w, m, o)
}
