package cli

import (
	"io"
	"strings"
	"testing"

	"netlab/netlab/glossary"
	"netlab/scenarios"
)

// The commands that explain names exist, with their flags, lessons and questions.
func TestExplainedCommands(t *testing.T) {
	for _, e := range glossary.Entries() {
		if e.Live == "" {
			continue
		}
		line, _, _ := strings.Cut(e.Live, " (")
		args := strings.Fields(line)
		s := &shared{printer: printer{streams: Streams{Out: io.Discard, Err: io.Discard}}, version: "test"}
		cmd, rest, err := rootCommand(s).Find(args[1:])
		if err != nil || args[0] != "netlab" || cmd.Parent() == nil {
			t.Errorf("%s: %q: %v", e.Word, e.Live, err)
			continue
		}
		if err := cmd.ParseFlags(rest); err != nil {
			t.Errorf("%s: %q: %v", e.Word, e.Live, err)
			continue
		}
		lessons := cmd.Flags().Args()
		if err := cmd.ValidateArgs(lessons); err != nil {
			t.Errorf("%s: %q: %v", e.Word, e.Live, err)
		}
		if cmd.Name() == "bench" || cmd.Name() == "doctor" {
			continue
		}
		all, err := loadComparison(lessons)
		if cmd.Name() == "compare" {
			all, err = loadComparison(scenarios.ModeNames())
		}
		if err != nil {
			t.Errorf("%s: %q: %v", e.Word, e.Live, err)
			continue
		}
		if cmd.Flags().Lookup("only") == nil {
			continue
		}
		ids, _ := cmd.Flags().GetStringSlice("only")
		if cmd.Name() == "demo" {
			all, _ = load(lessons)
		}
		if _, err := only(all, ids); err != nil {
			t.Errorf("%s: %q: %v", e.Word, e.Live, err)
		}
	}
}
