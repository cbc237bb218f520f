//go:build linux && engines

package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"netlab/netlab/enginetest"
)

// TestEnginesDocument runs the complete examples of docs/scenario.md that need a swarm, each on its own engine.
// TestIntegrationDocument runs the others.
func TestEnginesDocument(t *testing.T) {
	t.Parallel()
	e := enginetest.Start(t, enginetest.Options{Version: enginetest.Versions()[0]})
	document, err := os.ReadFile("../../docs/scenario.md")
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, example := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(document), -1) {
		if !strings.Contains(example[1], "version: 1") || !strings.Contains(example[1], "driver: overlay}") {
			continue
		}
		ran++
		file := filepath.Join(t.TempDir(), "example.yaml")
		if err := os.WriteFile(file, []byte(example[1]), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, words, code := netlab("-H", e.Host, "run", file, "--init-swarm"); code != exitOK {
			t.Errorf("exit code %d: %s%s", code, out, words)
		}
	}
	if ran == 0 {
		t.Error("the document has no whole example that needs a swarm")
	}
}
