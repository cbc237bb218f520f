package engine

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/docker/docker/api/types/versions"
	"github.com/docker/docker/client"
)

// Engine 20.10 can hang for good when two containers leave one network at the same moment.
func TestRemoveOneAtATime(t *testing.T) {
	for _, api := range []string{"1.41", "1.42"} {
		t.Run(api, func(t *testing.T) {
			e := &leavingEngine{on: map[string]string{"a": "web", "b": "web", "c": "web", "d": "db"}}
			e.together.L = &e.mu
			server := httptest.NewServer(e)
			t.Cleanup(server.Close)
			client, err := client.NewClientWithOpts(client.WithHost(strings.Replace(server.URL, "http", "tcp", 1)),
				client.WithVersion(api))
			if err != nil {
				t.Fatal(err)
			}
			// All calls that may run together do: each waits until there are as many as the version allows.
			e.awaits = 2 // a network's only one, and another network's
			if versions.GreaterThanOrEqualTo(api, "1.42") {
				e.awaits = 4
			}
			engine := &Engine{api: client, image: func() string { return "netlab/agent:fake" }}
			gone, err := engine.remove(t.Context(), "0123abcd", removePatience)
			if err != nil || count(gone).Containers != 4 {
				t.Errorf("removed %d containers and got %v, want 4", count(gone).Containers, err)
			}
			if e.late {
				t.Errorf("fewer than %d calls ran at the same time", e.awaits)
			}
			if shared := e.most["web"] > 1; shared != (api == "1.42") {
				t.Errorf("%d containers left one network at the same time", e.most["web"])
			}
		})
	}
}

// A leavingEngine counts the containers that are removed from a network at the same time.
type leavingEngine struct {
	awaits int // the first removal ends when this many run

	mu       sync.Mutex
	together sync.Cond
	on       map[string]string // the network of each container, by id
	running  map[string]int    // removals that run, by network
	most     map[string]int
	all      int
	late     bool // it waited too long
}

func (e *leavingEngine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	id, removal := strings.CutPrefix(path, "containers/")
	switch e.mu.Lock(); {
	case removal && r.Method == http.MethodDelete:
		e.remove(id)
		w.WriteHeader(http.StatusNoContent)
	case path == "containers/json":
		var all []map[string]any
		for id, network := range e.on {
			all = append(all, map[string]any{
				"Id": id, "Names": []string{"/netlab-demo-" + id}, "State": "running",
				"Labels":          map[string]string{labelSession: "0123abcd", labelLab: "demo", labelPeer: id},
				"NetworkSettings": map[string]any{"Networks": map[string]any{network: map[string]any{}}},
			})
		}
		answer(w, http.StatusOK, all)
	case path == "volumes":
		answer(w, http.StatusOK, map[string]any{})
	default:
		answer(w, http.StatusOK, []any{})
	}
	e.mu.Unlock()
}

// remove is called with mu held.
func (e *leavingEngine) remove(id string) {
	if e.running == nil {
		e.running, e.most = map[string]int{}, map[string]int{}
	}
	network := e.on[id]
	e.running[network]++
	e.all++
	e.most[network] = max(e.most[network], e.running[network])
	e.together.Broadcast()
	limit := time.AfterFunc(10*time.Second, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.late = true
		e.together.Broadcast()
	})
	for e.all < e.awaits && !e.late && len(e.on) > 4-1 {
		e.together.Wait()
	}
	limit.Stop()
	delete(e.on, id)
	e.running[network]--
	e.together.Broadcast()
}
