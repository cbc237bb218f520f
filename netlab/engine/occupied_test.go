package engine

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// A user's volume or image may have the name that the lab's would have. It is neither used nor renamed.
func TestOccupied(t *testing.T) {
	for whose, want := range map[string]struct {
		labels map[string]string
		says   string
	}{
		"a user's":      {nil, "does not belong to netlab"},
		"another lab's": {map[string]string{labelSession: "89abcdef"}, "netlab down demo"},
	} {
		f := &fakeEngine{handle: map[string]http.HandlerFunc{
			"POST /volumes/create": func(w http.ResponseWriter, _ *http.Request) {
				answer(w, http.StatusCreated, map[string]any{"Name": "netlab-demo-notes", "Labels": want.labels})
			},
			"GET /images/netlab-demo-shop/json": func(w http.ResponseWriter, _ *http.Request) {
				answer(w, http.StatusOK, map[string]any{"Id": "sha256:1", "Config": map[string]any{"Labels": want.labels}})
			},
		}}
		s := &Session{engine: f.connect(t), id: "0123abcd", lab: "demo"}
		_, volume := s.CreateVolume(t.Context(), "notes")
		_, image := s.Build(t.Context(), BuildSpec{Image: "shop", Dockerfile: "FROM netlab\n"})
		for what, err := range map[string]error{"volume": volume, "image": image} {
			var mistake *Mistake
			if !errors.As(err, &mistake) || !strings.Contains(err.Error(), want.says) {
				t.Errorf("%s %s: got %v, want a Mistake with %q", whose, what, err, want.says)
			}
		}
		if slices.Contains(f.asked, "POST /build") {
			t.Errorf("%s image: the lab's is built over it", whose)
		}
	}
}
