package engine

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestWaits: a call is not reported while its command runs. A call that the command's end does not stop is reported,
// once for all calls that hang.
func TestWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []string
		command, interrupt := context.WithCancel(t.Context())
		ctx := context.WithoutCancel(WithWaits(command, func(w Wait) { told = append(told, w.To+" "+w.For.String()) }))
		first := begin(ctx, "unix:///s", "start alice")
		second := begin(ctx, "unix:///s", "start bob")
		time.Sleep(time.Hour)
		synctest.Wait()
		if told != nil {
			t.Errorf("while the command goes on: %q", told)
		}
		interrupt()
		time.Sleep(tellAfter + time.Second)
		synctest.Wait()
		if len(told) != 1 {
			t.Errorf("of two calls that hang: %q, want one line", told)
		}
		first()
		second()
		time.Sleep(tellAgain)
		end := begin(ctx, "unix:///s", "list containers")
		time.Sleep(tellAfter + time.Second)
		end()
		time.Sleep(time.Hour)
		synctest.Wait()
		if want := "list containers " + tellYoung.String(); len(told) != 2 || told[1] != want {
			t.Errorf("got %q, want a second one: %q", told, want)
		}
	})
}

// TestWaitsInAll: many short waits in a row count as much as a single long one.
func TestWaitsInAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := 0
		command, interrupt := context.WithCancel(t.Context())
		ctx := context.WithoutCancel(WithWaits(command, func(Wait) { told++ }))
		interrupt()
		synctest.Wait()
		for range 5 {
			end := begin(ctx, "unix:///s", "remove alice")
			time.Sleep(tellAfter - time.Second)
			end()
		}
		synctest.Wait()
		if told != 1 {
			t.Errorf("told %d times, want 1", told)
		}
	})
}

func TestWaitWords(t *testing.T) {
	id := "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"
	c := &calls{}
	c.know("known", "container", "netlab-1234-alice")
	got := map[string]string{}
	want := map[string]string{
		"HEAD /_ping":                "answer a ping",
		"GET /v1.41/info":            "say what it is",
		"GET /v1.41/containers/json": "list containers",
		"GET /v1.41/volumes":         "list volumes",
		"POST /v1.41/containers/create?name=netlab-1234-alice":  "create container netlab-1234-alice",
		"POST /v1.41/networks/create":                           "create a network",
		"POST /v1.41/containers/known/start":                    "start container netlab-1234-alice",
		"POST /v1.41/containers/" + id + "/stop":                "stop container 4f53cda18c2b",
		"DELETE /v1.41/networks/netlab-1234-front":              "remove network netlab-1234-front",
		"POST /v1.41/networks/netlab-1234-front/connect":        "connect a container to network netlab-1234-front",
		"GET /v1.41/images/netlab/agent:0123456789ab/json":      "inspect image netlab/agent:0123456789ab",
		"DELETE /v1.41/images/sha256:" + id:                     "remove image 4f53cda18c2b",
		"GET /v1.41/images/netlab-1234-shop/history":            "list the history of image netlab-1234-shop",
		"POST /v1.41/build":                                     "build an image",
		"POST /v1.41/swarm/init":                                "begin a swarm",
		"POST /v1.41/exec/" + id + "/start":                     "run a command in a container",
		"HEAD /v1.41/containers/known/archive?path=/etc/passwd": "read a file of container netlab-1234-alice",
	}
	for call := range want {
		method, path, _ := strings.Cut(call, " ")
		got[call] = c.words(httptest.NewRequest(method, path, nil))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
