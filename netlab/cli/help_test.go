package cli

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// The help of every command, in netlab's words, fills lines of 80 columns and does not go beyond them.
func TestHelpFillsItsLines(t *testing.T) {
	help := func(args ...string) string {
		var text strings.Builder
		streams := Streams{In: strings.NewReader(""), Out: &text, Err: &text, Env: func(string) string { return "" }}
		if code := Main(t.Context(), streams, append([]string{"netlab"}, args...), "test"); code != 0 {
			t.Errorf("%q: exit code %d", args, code)
		}
		return text.String()
	}
	var commands [][]string
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		commands = append(commands, strings.Fields(c.CommandPath())[1:])
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	s := &shared{}
	walk(rootCommand(s))
	if len(commands) < 20 {
		t.Fatalf("there are only %d commands", len(commands))
	}
	for _, args := range commands {
		text := help(append(args, "--help")...)
		long, _, _ := strings.Cut(text, "\n\nUsage:")
		if strings.HasSuffix(long, "Usage:") || !strings.HasSuffix(long, ".") && !strings.Contains(long, "\n\n  ") {
			t.Errorf("%q: the help begins without a sentence: %q", args, long)
		}
		for _, cobras := range []string{
			"help for ", "version for ", "Additional Commands", "specified shell", "application",
		} {
			if strings.Contains(text, cobras) {
				t.Errorf("%q: %q is not how netlab says it", args, cobras)
			}
		}
		for line := range strings.SplitSeq(text, "\n") {
			if len(line) > helpWidth {
				t.Errorf("%q: %d columns: %s", args, len(line), line)
			}
		}
		for p := range strings.SplitSeq(long, "\n\n") {
			lines := strings.Split(p, "\n")
			for i, line := range lines[:len(lines)-1] {
				next, _, _ := strings.Cut(lines[i+1], " ")
				if len(line)+1+len(next) <= helpWidth {
					t.Errorf("%q: %q fits on the line before: %s", args, next, line)
				}
			}
		}
	}
}
