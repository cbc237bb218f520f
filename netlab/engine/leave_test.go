package engine

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/docker/docker/client"
)

// Engine 20.10 can hang for good when two containers leave one network at the same moment.
func TestRemoveOneAtATime(t *testing.T) {
	for api, together := range map[string]bool{"1.41": false, "1.42": true} {
		t.Run(api, func(t *testing.T) {
			e := &leavingEngine{
				on:      map[string]string{"a": "web", "b": "web", "c": "web", "d": "db"},
				leaving: map[string]int{}, most: map[string]int{},
			}
			server := httptest.NewServer(e)
			t.Cleanup(server.Close)
			client, err := client.NewClientWithOpts(client.WithHost(strings.Replace(server.URL, "http", "tcp", 1)),
				client.WithVersion(api))
			if err != nil {
				t.Fatal(err)
			}
			engine := &Engine{api: client}
			gone, err := engine.remove(t.Context(), "0123abcd", removePatience)
			if err != nil || count(gone).Containers != 4 {
				t.Errorf("removed %d containers and got %v, want 4", count(gone).Containers, err)
			}
			if got := e.most["web"] > 1; got != together {
				t.Errorf("%d containers left one network at the same time", e.most["web"])
			}
			if e.most[""] < 2 {
				t.Error("containers of different networks waited for each other")
			}
		})
	}
}

// A leavingEngine takes a moment for each removal, and counts those at the same time.
type leavingEngine struct {
	mu      sync.Mutex
	on      map[string]string // the network of each container, by id
	leaving map[string]int    // by network; "" for all of them
	most    map[string]int
}

func (e *leavingEngine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if id, one := strings.CutPrefix(path, "containers/"); one && r.Method == http.MethodDelete {
		e.count(id, 1)
		time.Sleep(200 * time.Millisecond)
		e.count(id, -1)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	switch path {
	case "containers/json":
		var all []map[string]any
		for id, network := range e.on {
			all = append(all, map[string]any{
				"Id": id, "Names": []string{"/netlab-demo-" + id}, "State": "running",
				"Labels":          map[string]string{labelSession: "0123abcd", labelLab: "demo", labelPeer: id},
				"NetworkSettings": map[string]any{"Networks": map[string]any{network: map[string]any{}}},
			})
		}
		answer(w, http.StatusOK, all)
	case "volumes":
		answer(w, http.StatusOK, map[string]any{})
	default:
		answer(w, http.StatusOK, []any{})
	}
}

// count records that a container begins or ends to leave. One that has left is gone.
func (e *leavingEngine) count(id string, more int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, network := range []string{e.on[id], ""} {
		e.leaving[network] += more
		e.most[network] = max(e.most[network], e.leaving[network])
	}
	if more < 0 {
		delete(e.on, id)
	}
}
