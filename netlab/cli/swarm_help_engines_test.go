//go:build linux && engines

package cli

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"netlab/netlab/enginetest"
)

// signalEngine sends a signal to an engine's dockerd.
func signalEngine(t *testing.T, e *enginetest.Engine, signal string) {
	t.Helper()
	pids, err := exec.CommandContext(context.Background(), "ip", "netns", "pids", e.Namespace).Output()
	if err != nil {
		t.Fatal(err)
	}
	for pid := range strings.FieldsSeq(string(pids)) {
		name, err := os.ReadFile("/proc/" + pid + "/comm")
		if err == nil && strings.TrimSpace(string(name)) == "dockerd" {
			if err := exec.CommandContext(context.Background(), "kill", signal, pid).Run(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// cleanSoon is clean for a test that has not waited for everything that disappears by itself.
func cleanSoon(t *testing.T, engines ...*enginetest.Engine) {
	t.Helper()
	for _, e := range engines {
		for range 100 {
			if len(withLabel(t, e)) == 0 {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	clean(t, engines...)
}

func clean(t *testing.T, engines ...*enginetest.Engine) {
	t.Helper()
	for i, e := range engines {
		if left := withLabel(t, e); len(left) > 0 {
			t.Errorf("left on engine %d: %q", i+1, left)
		}
	}
}
