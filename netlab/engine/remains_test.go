package engine

import (
	"errors"
	"slices"
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

// Two images of one Dockerfile are one image with two names. A name that somebody else gave an image keeps it, and is
// not waited for; the others go.
func TestRemoveNamedImages(t *testing.T) {
	labels := map[string]string{labelSession: "0123abcd", labelLab: "demo"}
	f := &fakeEngine{images: map[string]*fakeImage{
		"sha256:1": {tags: []string{"netlab-demo-early:latest", "my/shop:1"}, labels: labels},
		"sha256:2": {tags: []string{"netlab-demo-again:latest", "netlab-demo-shop:latest"}, labels: labels},
		"sha256:3": {tags: []string{"<none>:<none>"}, labels: labels},
	}}
	gone, err := f.connect(t).remove(t.Context(), "0123abcd", removePatience)
	if !errors.Is(err, ErrImageNamed) || !strings.Contains(err.Error(), "my/shop:1") {
		t.Errorf("got %v, want ErrImageNamed and the name", err)
	}
	if i := f.images["sha256:1"]; len(f.images) != 1 || i == nil || !slices.Equal(i.tags, []string{"my/shop:1"}) {
		t.Errorf("left are %v, want the image that somebody named, under that name alone", f.images)
	}
	if len(gone) != 2 {
		t.Errorf("got %v as gone, want the other two", gone)
	}
}
