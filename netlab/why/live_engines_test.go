//go:build linux && engines

package why_test

import (
	"testing"

	"github.com/docker/docker/client"

	"netlab/netlab/engine"
	"netlab/netlab/enginetest"
)

// TestEnginesLive sees failures on engines of all versions, whose DNS servers and firewalls differ.
func TestEnginesLive(t *testing.T) {
	for _, version := range enginetest.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			e := enginetest.Start(t, enginetest.Options{Version: version})
			eng, err := engine.Connect(t.Context(), engine.Options{Host: e.Host})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = eng.Close() })
			api, err := client.NewClientWithOpts(client.WithHost(e.Host), client.WithAPIVersionNegotiation())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = api.Close() })
			tellsFailures(t, liveWorld(t, eng, api))
		})
	}
}
