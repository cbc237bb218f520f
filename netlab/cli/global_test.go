package cli_test

import (
	"strings"
	"testing"
)

// TestGlobalFlags: values that make no sense are rejected before netlab asks an engine.
func TestGlobalFlags(t *testing.T) {
	for _, args := range [][]string{{"--timeout", "0"}, {"--timeout", "-1s"}, {"-H", "foo://bar"}} {
		code, out, words := netlab(t, append([]string{"demo", "bridge"}, args...)...)
		if code != 2 || out != "" || strings.Count(words, "\n") != 1 || !strings.Contains(words, args[0]) {
			t.Errorf("%q: exit code %d, %q, want 2 and one sentence", args, code, words)
		}
	}
}
