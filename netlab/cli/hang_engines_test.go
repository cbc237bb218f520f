//go:build engines && linux

package cli_test

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/client"

	"netlab/netlab/enginetest"
)

// TestEnginesHangsSwarm makes an engine hang on the calls of a swarm. clean removes what such a run leaves.
func TestEnginesHangsSwarm(t *testing.T) {
	t.Parallel()
	e, netlab := enginetest.Start(t, enginetest.Options{Version: "28.5"}), program(t)
	api, err := client.NewClientWithOpts(client.WithHost(e.Host), client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = api.Close() })
	d := docker{t, api}
	for _, kind := range []string{"POST /swarm/init", "POST /services/create", "POST /swarm/leave"} {
		socket := strings.TrimPrefix(e.Host, "unix://")
		if err := hangs(t, d, netlab, socket, kind, "overlay", 30*time.Second, "--init-swarm"); err != nil {
			t.Errorf("%s hangs: %v", kind, err)
		}
		for range 2 {
			if out, err := exec.CommandContext(t.Context(), netlab, "-H", e.Host, "clean").CombinedOutput(); err != nil {
				t.Logf("after %s, clean: %v: %s", kind, err, out)
			}
		}
		info, err := api.Info(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if left := d.objects(); info.Swarm.LocalNodeState != "inactive" || len(left) > 1 { // one is the agent's image
			t.Errorf("after %s hung, and clean: the swarm is %s, and there is %v", kind, info.Swarm.LocalNodeState, left)
		}
	}
}
