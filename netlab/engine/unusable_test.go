package engine

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// An answer that is cut off does not mean that the engine is not answering, unless the engine is gone.
func TestCutOffAnswer(t *testing.T) {
	const half = `{"Version": "28.5.2", "Compo`
	whole := func(w http.ResponseWriter) { fmt.Fprint(w, `{}`) }
	for _, tt := range []struct {
		name   string
		answer func(http.ResponseWriter)
		dies   bool
		want   string
	}{
		{"half of it", func(w http.ResponseWriter) { fmt.Fprint(w, half) }, false, "was cut off or not understood"},
		{"nothing", func(http.ResponseWriter) {}, false, "was cut off or not understood"},
		{"a page", func(w http.ResponseWriter) { fmt.Fprint(w, "<html>Log in") }, false, "was cut off or not understood"},
		{"connection cut", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "2000")
			fmt.Fprint(w, half)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, false, "was cut off or not understood"},
		{"engine dies", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "2000")
			fmt.Fprint(w, half)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, true, "no Docker Engine answers"},
	} {
		for _, call := range []string{"/version", "/networks/web"} {
			settings(t, `{}`)
			var dead atomic.Bool
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch _, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/"); {
				case dead.Load():
					panic(http.ErrAbortHandler)
				case r.URL.Path == "/_ping":
					w.Header().Set("Api-Version", "1.41")
				case "/"+path == call:
					dead.Store(tt.dies)
					w.Header().Set("Content-Type", "application/json")
					tt.answer(w)
				default:
					whole(w)
				}
			}))
			host := strings.Replace(s.URL, "http", "tcp", 1)
			e, err := Connect(t.Context(), Options{Host: host})
			if err == nil {
				_, err = e.Network(t.Context(), "web")
			}
			var u *Unusable
			if !errors.As(err, &u) || !strings.Contains(u.What, tt.want) || !strings.Contains(u.What, host) || u.Hint == "" {
				t.Errorf("%s of %s: got %v, want an Unusable that says %q", tt.name, call, err, tt.want)
			}
			s.Close()
		}
	}
}
