package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"netlab/netlab/ask"
	"netlab/scenarios"
)

// schemaOptions are the argument of netlab schema.
type schemaOptions struct{ args []string }

func schemaCommand(s *shared) *cobra.Command {
	var o schemaOptions
	kinds := scenarios.Schemas()
	return &cobra.Command{
		Use:   "schema " + strings.Join(kinds, "|"),
		Short: "Print the JSON schema of a file format",
		Long: "Prints the JSON schema (draft 2020-12) of scenario files, lesson plans, saved\n" +
			"results, or what netlab why, scan, doctor, matrix and diff write with -o json,\n" +
			"for editors and other programs.",
		Example:   "  netlab schema scenario > schema.json",
		Args:      cobra.ExactArgs(1),
		ValidArgs: kinds,
		RunE:      running(s, &o, &o.args, runSchema),
	}
}

func runSchema(_ context.Context, s *shared, o schemaOptions) error {
	text, ok := scenarios.SchemaJSON(o.args[0])
	if !ok {
		return usagef("unknown schema %q. Use %s", o.args[0], ask.Either(scenarios.Schemas()))
	}
	return s.show(verbatim(string(text)))
}
