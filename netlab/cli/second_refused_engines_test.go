//go:build linux && engines

package cli

import (
	"strings"
	"testing"

	"netlab/netlab/enginetest"
)

// TestEnginesSecondRefused: netlab says why two engines cannot have a lab together before it creates anything.
func TestEnginesSecondRefused(t *testing.T) {
	t.Parallel()
	manager, worker := startSwarm(t, enginetest.V28)
	alone := enginetest.Start(t, enginetest.Options{Version: enginetest.V28})
	other := enginetest.Start(t, enginetest.Options{Version: enginetest.V28})
	beginSwarm(t, other, "127.0.0.1")
	tests := []struct {
		name          string
		first, second *enginetest.Engine
		flags         []string
		words         string
		code          int
	}{
		{"the same", manager, manager, nil, "is the same as the first", exitUsage},
		{"first in no swarm", alone, manager, nil, "the engine at " + alone.Host + " is not in a swarm", exitEngine},
		{"second without", manager, alone, nil, "the second engine, at " + alone.Host + ", is not in a swarm", exitEngine},
		{"another swarm", manager, other, nil, "is not in the same swarm as the one at ", exitEngine},
		{"a worker first", worker, manager, nil, "is not a manager of its swarm", exitEngine},
		{
			"--init-swarm", alone, manager,
			[]string{"--init-swarm"},
			"--second and --init-swarm cannot be used together", exitUsage,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			args := append([]string{"-H", tt.first.Host, "demo", "overlay", "--second", tt.second.Host}, tt.flags...)
			out, words, code := netlab(args...)
			if code != tt.code || !strings.Contains(words, tt.words) || out != "" {
				t.Errorf("exit code %d, %q, %q; want %d and %q", code, words, out, tt.code, tt.words)
			}
			clean(t, tt.first, tt.second)
		})
	}
	t.Run("a mode without overlay", func(t *testing.T) {
		out, words, code := netlab("-H", manager.Host, "demo", "bridge", "--second", worker.Host)
		if code != exitUsage || !strings.Contains(words, "--second needs an overlay network") || out != "" {
			t.Errorf("exit code %d, %q, %q; want %d and the reason", code, words, out, exitUsage)
		}
	})
	t.Run("no engine", func(t *testing.T) {
		_, words, code := netlab("-H", manager.Host, "demo", "overlay", "--second", "unix:///nowhere.sock")
		want := "the second engine (--second unix:///nowhere.sock) cannot be used"
		if code != exitEngine || !strings.Contains(words, want) || strings.Contains(words, "DOCKER_HOST") {
			t.Errorf("exit code %d, %q; want %d and the second engine named", code, words, exitEngine)
		}
	})
	t.Run("empty", func(t *testing.T) {
		_, words, code := netlab("-H", manager.Host, "demo", "overlay", "--second", "")
		if code != exitUsage || !strings.Contains(words, "give a docker context or an address") {
			t.Errorf("exit code %d, %q; want %d", code, words, exitUsage)
		}
	})
}
