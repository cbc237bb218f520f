package engine

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/docker/docker/client"
)

// A fakeEngine answers calls that would take long to set up on a real engine. It has networks, volumes and images,
// and removes them unless they are in use. It has no other objects.
type fakeEngine struct {
	handle map[string]http.HandlerFunc // "POST /volumes/create", tried before the fields below

	mu       sync.Mutex
	asked    []string                     // each call, "DELETE /networks/n1"
	networks map[string]map[string]string // the labels, by id
	held     []string                     // the networks of these ids are in use
	images   map[string]*fakeImage        // by id
}

type fakeImage struct {
	tags   []string
	labels map[string]string
	parent string
}

// connect returns an engine that only has its API set.
func (f *fakeEngine) connect(t *testing.T) *Engine {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	api, err := client.NewClientWithOpts(client.WithHost(strings.Replace(s.URL, "http", "tcp", 1)),
		client.WithVersion("1.41"))
	if err != nil {
		t.Fatal(err)
	}
	return &Engine{api: api, agent: &supply{ref: func() string { return "netlab/agent:fake" }, id: "sha256:fake"}}
}

func (f *fakeEngine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := r.Method + " " + strings.TrimPrefix(r.URL.Path, "/v1.41")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, call)
	if own := f.handle[call]; own != nil {
		own(w, r)
		return
	}
	kind, id, _ := strings.Cut(strings.TrimPrefix(call, r.Method+" /"), "/")
	switch r.Method + " " + kind {
	case "GET networks":
		var all []map[string]any
		for _, id := range slices.Sorted(maps.Keys(f.networks)) {
			all = append(all, map[string]any{"Id": id, "Name": id, "Labels": f.networks[id]})
		}
		answer(w, http.StatusOK, all)
	case "GET images":
		var all []map[string]any
		for _, id := range slices.Sorted(maps.Keys(f.images)) {
			i := f.images[id]
			all = append(all, map[string]any{"Id": id, "RepoTags": i.tags, "Labels": i.labels, "ParentId": i.parent})
		}
		answer(w, http.StatusOK, all)
	case "GET volumes":
		answer(w, http.StatusOK, map[string]any{})
	case "GET containers":
		answer(w, http.StatusOK, []any{})
	case "DELETE networks":
		if slices.Contains(f.held, id) {
			answer(w, http.StatusForbidden, map[string]string{"message": "network " + id + " has active endpoints"})
			return
		}
		delete(f.networks, id)
		w.WriteHeader(http.StatusNoContent)
	case "DELETE images":
		f.removeImage(w, id)
	default:
		answer(w, http.StatusNotFound, map[string]string{"message": "no such " + kind})
	}
}

// removeImage removes a name, and removes the image with its last name. By id it only removes an image that has at
// most one name. (moby, daemon/images/image_delete.go)
func (f *fakeEngine) removeImage(w http.ResponseWriter, ref string) {
	if i := f.images[ref]; i != nil {
		if len(i.tags) > 1 {
			answer(w, http.StatusConflict, map[string]string{
				"message": "unable to delete " + ref + " (must be forced) - image is referenced in multiple repositories",
			})
			return
		}
		delete(f.images, ref)
	}
	for id, i := range f.images {
		if i.tags = slices.DeleteFunc(i.tags, func(tag string) bool { return tag == ref }); len(i.tags) == 0 {
			delete(f.images, id)
		}
	}
	answer(w, http.StatusOK, []any{})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
