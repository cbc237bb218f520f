package cli

import (
	"bytes"
	"strings"
	"testing"
)

// An HTML page on a terminal is of no use.
func TestNoPageOnATerminal(t *testing.T) {
	var said bytes.Buffer
	streams := Streams{
		In: strings.NewReader(""), Out: newPTY(t).terminal, Err: &said, Env: func(string) string { return "" },
	}
	args := []string{"netlab", "replay", "bridge", "-o", "html"}
	if code := Main(t.Context(), streams, args, "test"); code != exitUsage {
		t.Errorf("exit code %d, want %d", code, exitUsage)
	}
	if !strings.Contains(said.String(), "Redirect it to a file (> report.html), or use --open") {
		t.Errorf("it said %q", said.String())
	}
}
