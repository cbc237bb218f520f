//go:build linux && engines

package enginetest

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// get asks the engine's API and decodes its answer into out.
func get(t *testing.T, e *Engine, path string, out any) {
	t.Helper()
	socket := strings.TrimPrefix(e.Host, "unix://")
	client := &http.Client{
		Timeout: time.Minute,
		Transport: &http.Transport{
			DisableKeepAlives: true,
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "unix", socket)
			},
		},
	}
	resp, err := client.Get("http://engine" + path)
	if err != nil {
		t.Fatalf("asking the engine for %s: %v", path, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("asking the engine for %s: %s", path, resp.Status)
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		t.Fatalf("decoding the answer to %s: %v", path, err)
	}
}

// leftovers returns what an engine that was removed left on this machine.
func leftovers(t *testing.T, e *Engine) []string {
	t.Helper()
	var left []string
	for _, pattern := range []string{
		"/run/netns/" + e.Namespace,
		filepath.Dir(strings.TrimPrefix(e.Host, "unix://")),
		"/sys/fs/cgroup/" + e.Namespace,
		"/sys/fs/cgroup/*/" + e.Namespace,
	} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		left = append(left, found...)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		if strings.Contains(line, e.Namespace) {
			left = append(left, "mount "+line)
		}
	}
	processes, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range processes {
		// A process that has ended in the meantime cannot be read, and is not a leftover.
		if line, err := os.ReadFile(path); err == nil && strings.Contains(string(line), e.Namespace) {
			left = append(left, "process "+strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return left
}

// leaveControlGroup leaves a container's control group behind, like an engine that had no time to remove it.
func leaveControlGroup(t *testing.T, e *Engine) {
	t.Helper()
	parent := "/sys/fs/cgroup/memory" // cgroup v1 has a tree for each controller
	if _, err := os.Stat(parent); err != nil {
		parent = "/sys/fs/cgroup"
	}
	if err := os.MkdirAll(filepath.Join(parent, e.Namespace, "container"), 0o755); err != nil {
		t.Fatal(err)
	}
}

// TestEnginesVersions starts all versions in parallel. Each must be the requested version, a separate engine, and
// gone without a trace at the end of the test that started it.
func TestEnginesVersions(t *testing.T) {
	engines := make([]*Engine, len(Versions()))
	ids := make([]string, len(Versions()))
	t.Run("up", func(t *testing.T) {
		for i, version := range Versions() {
			t.Run(version, func(t *testing.T) {
				t.Parallel()
				e := Start(t, Options{Version: version})
				engines[i] = e
				var answer struct{ Version string }
				get(t, e, "/version", &answer)
				if !strings.HasPrefix(answer.Version, version+".") {
					t.Errorf("the engine says that it is version %q, want %s", answer.Version, version)
				}
				var info struct{ ID string }
				get(t, e, "/info", &info)
				ids[i] = info.ID
				leaveControlGroup(t, e)
				if got := leftovers(t, e); len(got) == 0 {
					t.Error("of a running engine, nothing was found: the search for leftovers is blind")
				}
			})
		}
	})
	seen := map[string]string{}
	for i, e := range engines {
		if e == nil {
			continue // it did not start, which was reported above
		}
		if left := leftovers(t, e); len(left) > 0 {
			t.Errorf("engine %s left %q", Versions()[i], left)
		}
		if other, ok := seen[ids[i]]; ok {
			t.Errorf("engines %s and %s have one ID, %s", other, Versions()[i], ids[i])
		}
		seen[ids[i]] = Versions()[i]
	}
}

// TestEnginesFlags checks through the API what each flag changed on the default bridge.
func TestEnginesFlags(t *testing.T) {
	const option = "com.docker.network."
	tests := []struct {
		flags  []string
		option string // on the network bridge
		want   string
		subnet string // of the network bridge; "" for any
	}{
		{flags: []string{"--icc=false"}, option: option + "bridge.enable_icc", want: "false"},
		{flags: []string{"--bip", "10.99.0.1/24"}, subnet: "10.99.0.0/24"},
		{flags: []string{"--mtu", "1300"}, option: option + "driver.mtu", want: "1300"},
		{flags: []string{"--ip-masq=false"}, option: option + "bridge.enable_ip_masquerade", want: "false"},
		{flags: []string{"--default-address-pool", "base=10.98.0.0/16,size=24"}, subnet: "10.98.0.0/24"},
	}
	for _, version := range Versions() {
		for _, tt := range tests {
			t.Run(version+" "+strings.Join(tt.flags, " "), func(t *testing.T) {
				e := Start(t, Options{Version: version, Flags: tt.flags})
				var bridge struct {
					Options map[string]string
					IPAM    struct{ Config []struct{ Subnet string } }
				}
				get(t, e, "/networks/bridge", &bridge)
				if got := bridge.Options[tt.option]; got != tt.want {
					t.Errorf("%s is %q, want %q", tt.option, got, tt.want)
				}
				if tt.subnet == "" {
					return
				}
				if len(bridge.IPAM.Config) != 1 || bridge.IPAM.Config[0].Subnet != tt.subnet {
					t.Errorf("the default bridge has the subnets %+v, want %s", bridge.IPAM.Config, tt.subnet)
				}
			})
		}
	}
}

// TestEnginesPrepare runs commands in the engine's namespace, not in the test's, before the engine starts.
func TestEnginesPrepare(t *testing.T) {
	e := Start(t, Options{Prepare: "ip link add docker0 type bridge && ip addr add 10.97.0.1/24 dev docker0"})
	var bridge struct {
		IPAM struct{ Config []struct{ Subnet string } }
	}
	get(t, e, "/networks/bridge", &bridge)
	if len(bridge.IPAM.Config) != 1 || bridge.IPAM.Config[0].Subnet != "10.97.0.0/24" {
		t.Errorf("the default bridge has the subnets %+v, want that of the prepared docker0", bridge.IPAM.Config)
	}
}

// TestEnginesFailing: a test that cannot have its engine fails, with the engine's reason.
func TestEnginesFailing(t *testing.T) {
	fake := &failing{TB: t}
	done := make(chan struct{})
	go func() { // Fatalf ends its goroutine
		defer close(done)
		Start(fake, Options{Flags: []string{"--no-such-flag"}})
	}()
	<-done
	if !strings.Contains(fake.words, "unknown flag: --no-such-flag") {
		t.Errorf("the failure does not give the engine's reason: %q", fake.words)
	}
}
