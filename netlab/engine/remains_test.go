package engine

import (
	"slices"
	"strings"
	"testing"
)

// An object of a session that is in use does not stop the removal of the others.
func TestRemoveBesideHeld(t *testing.T) {
	labels := map[string]string{labelSession: "0123abcd", labelLab: "demo"}
	f := &fakeEngine{
		networks: map[string]map[string]string{"netlab-demo-n1": labels, "netlab-demo-n2": labels},
		held:     []string{"netlab-demo-n1"},
		images:   map[string]*fakeImage{"sha256:1": {tags: []string{"netlab-demo-shop:latest"}, labels: labels}},
	}
	_, err := f.connect(t).remove(t.Context(), "0123abcd", 0)
	if err == nil || !strings.Contains(err.Error(), "netlab-demo-n1 has active endpoints") {
		t.Errorf("got %v, want why a network is left", err)
	}
	if len(f.images) > 0 || len(f.networks) != 1 {
		t.Errorf("left are images %v, networks %v; want netlab-demo-n1 alone", f.images, f.networks)
	}
}

// Two images from the same Dockerfile are one image with two names. An image that a user named stays under that name.
func TestRemoveNamedImages(t *testing.T) {
	labels := map[string]string{labelSession: "0123abcd", labelLab: "demo"}
	f := &fakeEngine{images: map[string]*fakeImage{
		"sha256:1": {tags: []string{"netlab-demo-early:latest", "my/shop:1"}, labels: labels},
		"sha256:2": {tags: []string{"netlab-demo-again:latest", "netlab-demo-shop:latest"}, labels: labels},
		"sha256:3": {tags: []string{"<none>:<none>"}, labels: labels, parent: "sha256:agent"},
	}}
	gone, err := f.connect(t).remove(t.Context(), "0123abcd", removePatience)
	if err != nil {
		t.Error(err)
	}
	if i := f.images["sha256:1"]; len(f.images) != 1 || i == nil || !slices.Equal(i.tags, []string{"my/shop:1"}) {
		t.Errorf("left are %v, want the image that somebody named, under that name alone", f.images)
	}
	if got := count(gone).Images; got != 2 {
		t.Errorf("it says that %d images are gone, want the other two", got)
	}
}
