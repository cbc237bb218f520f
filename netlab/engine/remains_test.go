package engine

import (
	"strings"
	"testing"
)

// What a stranger holds of a session does not keep what nobody holds.
func TestRemoveBesideHeld(t *testing.T) {
	labels := map[string]string{labelSession: "0123abcd", labelLab: "demo"}
	f := &fakeEngine{
		networks: map[string]map[string]string{"n1": labels, "n2": labels}, held: []string{"n1"},
		images: map[string]*fakeImage{"sha256:1": {tags: []string{"netlab-demo-shop:latest"}, labels: labels}},
	}
	_, err := f.connect(t).remove(t.Context(), "0123abcd", 0)
	if err == nil || !strings.Contains(err.Error(), "n1 has active endpoints") {
		t.Errorf("got %v, want why a network is left", err)
	}
	if len(f.images) > 0 || len(f.networks) != 1 {
		t.Errorf("left are images %v, networks %v; want n1 alone", f.images, f.networks)
	}
}
