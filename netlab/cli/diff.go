package cli

import (
	"context"
	"io"
	"os"

	"github.com/spf13/cobra"

	"netlab/netlab/matrix"
	"netlab/netlab/render"
	"netlab/netlab/result"
)

// diffOptions are the arguments and flags of netlab diff.
type diffOptions struct {
	files  []string
	output string
}

func diffCommand(s *shared) *cobra.Command {
	var o diffOptions
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Show what changed between two saved matrices",
		Long: "Compares two files that netlab matrix --save wrote, such as before and after an\n" +
			"upgrade of the engine or a change of the firewall. Containers are the same if\n" +
			"they have the same name, or are the only ones of their Compose service. Lists\n" +
			"each change once, with an example and what was seen on both sides. Needs no\n" +
			"engine.\n\n" +
			"Exit codes: 0 nothing changed, 1 something did, 2 a file is not a matrix.",
		Example: "  netlab matrix --save before.json\n  netlab matrix --save after.json\n" +
			"  netlab diff before.json after.json",
		Args: cobra.ExactArgs(2),
		RunE: running(s, &o, &o.files, runDiff),
	}
	formatFlag(cmd, &o.output, formatTable, formatJSON, formatMarkdown)
	return cmd
}

func runDiff(_ context.Context, s *shared, o diffOptions) error {
	was, err := readMatrix(o.files[0])
	if err != nil {
		return err
	}
	is, err := readMatrix(o.files[1])
	if err != nil {
		return err
	}
	d := matrix.Diff(was, is)
	d.Old.File, d.New.File = o.files[0], o.files[1]
	err = s.show(func(w io.Writer) error {
		switch o.output {
		case formatJSON:
			return render.JSON(w, d)
		case formatMarkdown:
			return render.DiffMarkdown(w, d)
		}
		return render.Diff(w, d, s.page())
	})
	if err == nil && render.DiffFound(d) {
		return verdict(exitSurprise)
	}
	return err
}

// readMatrix reads a file that netlab matrix saved.
func readMatrix(name string) (*result.Matrix, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, usageError{err}
	}
	defer file.Close()
	m, err := result.ReadMatrix(file)
	if err != nil {
		return nil, usagef("%s: %w", name, err)
	}
	return m, nil
}
