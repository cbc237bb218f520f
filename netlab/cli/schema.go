package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"netlab/scenarios"
)

func schemaCommand(p *printer) *cobra.Command {
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
		RunE: func(_ *cobra.Command, args []string) error {
			text, ok := scenarios.SchemaJSON(args[0])
			if !ok {
				last := len(kinds) - 1
				return usagef("unknown schema %q. Use %s or %s", args[0], strings.Join(kinds[:last], ", "), kinds[last])
			}
			return p.show(verbatim(string(text)))
		},
	}
}
