//go:build linux && engines

package cli

import (
	"strings"
	"testing"

	"netlab/netlab/enginetest"
)

// TestEnginesHere: netlab is on the machine of the engine, and not in its network namespace, so the host is not here.
func TestEnginesHere(t *testing.T) {
	t.Parallel()
	e := enginetest.Start(t, enginetest.Options{})
	_, words, code := netlab("-H", e.Host, "why", "here", "192.0.2.2:80")
	if code != exitUsage || !strings.Contains(words, "another network namespace of this machine") {
		t.Errorf("got exit code %d and %q, want that here is not the host", code, words)
	}
}
