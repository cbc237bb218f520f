package engine

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/docker/cli/cli/context/docker"
	"github.com/docker/cli/cli/context/store"
)

// settings gives the test its own docker configuration, with a context "campus".
func settings(t *testing.T, config string) {
	t.Helper()
	folder := t.TempDir()
	t.Setenv("DOCKER_CONFIG", folder)
	for _, name := range []string{
		"DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY", "DOCKER_API_VERSION",
	} {
		t.Setenv(name, "")
	}
	if err := os.WriteFile(filepath.Join(folder, "config.json"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	all := store.New(filepath.Join(folder, "contexts"), store.NewConfig(
		func() any { return &map[string]any{} },
		store.EndpointTypeGetter(docker.DockerEndpoint, func() any { return &docker.EndpointMeta{} })))
	err := all.CreateOrUpdate(store.Metadata{Name: "campus", Endpoints: map[string]any{
		docker.DockerEndpoint: docker.EndpointMeta{Host: "tcp://campus.example:2376"},
	}})
	if err != nil {
		t.Fatal(err)
	}
}

func TestResolve(t *testing.T) {
	const current = `{"currentContext":"campus"}`
	tests := []struct {
		name, config  string
		env           map[string]string
		options       Options
		host, context string
		wrong         string // part of the error
	}{
		{name: "nothing set", config: `{}`, host: "unix:///var/run/docker.sock"},
		{name: "current context", config: current, host: "tcp://campus.example:2376", context: "campus"},
		{
			name: "DOCKER_CONTEXT", config: `{}`, env: map[string]string{"DOCKER_CONTEXT": "campus"},
			host: "tcp://campus.example:2376", context: "campus",
		},
		{
			name: "DOCKER_CONTEXT before the current one", config: current,
			env: map[string]string{"DOCKER_CONTEXT": "default"}, host: "unix:///var/run/docker.sock",
		},
		{
			name: "DOCKER_HOST before contexts", config: current,
			env:  map[string]string{"DOCKER_HOST": "tcp://10.0.0.1:1", "DOCKER_CONTEXT": "campus"},
			host: "tcp://10.0.0.1:1",
		},
		{
			name: "-H before all", config: current, env: map[string]string{"DOCKER_HOST": "tcp://10.0.0.1:1"},
			options: Options{Host: "unix:///tmp/d.sock"}, host: "unix:///tmp/d.sock",
		},
		{
			name: "--context before DOCKER_HOST", config: `{}`, env: map[string]string{"DOCKER_HOST": "tcp://10.0.0.1:1"},
			options: Options{Context: "campus"}, host: "tcp://campus.example:2376", context: "campus",
		},
		{
			name: "--context default is DOCKER_HOST", config: current,
			env: map[string]string{"DOCKER_HOST": "tcp://10.0.0.1:1"}, options: Options{Context: "default"},
			host: "tcp://10.0.0.1:1",
		},
		{name: "no port", config: `{}`, options: Options{Host: "tcp://box"}, host: "tcp://box:2375"},
		{name: "no scheme", config: `{}`, options: Options{Host: "box:99"}, host: "tcp://box:99"},
		{name: "ssh", config: `{}`, options: Options{Host: "ssh://me@box"}, host: "ssh://me@box"},
		{
			name: "both", config: `{}`, options: Options{Host: "tcp://a:1", Context: "campus"},
			wrong: "cannot be used together",
		},
		{name: "no such context", config: `{}`, options: Options{Context: "moon"}, wrong: `"moon"`},
		{name: "broken config.json", config: `{`, wrong: "config.json"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			settings(t, tt.config)
			for name, value := range tt.env {
				t.Setenv(name, value)
			}
			got, err := resolve(tt.options)
			if tt.wrong != "" {
				var u *Unusable
				if !errors.As(err, &u) || !strings.Contains(u.What, tt.wrong) || u.Hint == "" {
					t.Fatalf("got error %v, want an Unusable about %s with a hint", err, tt.wrong)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.host != tt.host || got.context != tt.context {
				t.Errorf("got %q, context %q; want %q, %q", got.host, got.context, tt.host, tt.context)
			}
			c, err := got.client()
			if err != nil {
				t.Fatal(err)
			}
			if want := strings.Replace(tt.host, "ssh://me@box", "http://docker.example.com", 1); c.DaemonHost() != want {
				t.Errorf("the client's address: got %q, want %q", c.DaemonHost(), want)
			}
		})
	}
}

func TestUnusable(t *testing.T) {
	settings(t, `{}`)
	answering := func(api, system string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Api-Version", api)
			w.Header().Set("Ostype", system)
			if strings.HasSuffix(r.URL.Path, "/version") {
				_ = json.NewEncoder(w).Encode(map[string]any{"ApiVersion": api})
				return
			}
			if strings.HasSuffix(r.URL.Path, "/info") { // stops answering half-way
				conn, _, err := w.(http.Hijacker).Hijack()
				if err == nil {
					_ = conn.Close()
				}
			}
		}))
		t.Cleanup(s.Close)
		return strings.Replace(s.URL, "http", "tcp", 1)
	}
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close() // so that nothing listens there
	tests := []struct{ name, host, want string }{
		{"no socket", "unix://" + t.TempDir() + "/d.sock", "no Docker Engine answers at unix://"},
		{"nothing listens", "tcp://" + closed.Addr().String(), "no Docker Engine answers at tcp://127.0.0.1"},
		{"too old", answering("1.40", "linux"), "speaks API 1.40, but netlab needs 1.41"},
		{"Windows containers", answering("1.47", "windows"), "runs windows containers"},
		{"dies half-way", answering("1.47", "linux"), "no Docker Engine answers at tcp://127.0.0.1"},
		{"TLS at the other end", strings.Replace(secure.URL, "https", "tcp", 1), "do not agree on TLS"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Connect(context.Background(), Options{Host: tt.host})
			var u *Unusable
			if !errors.As(err, &u) {
				t.Fatalf("got %v, want an Unusable", err)
			}
			if !strings.Contains(u.Error(), tt.want) || strings.Contains(u.Error(), "\n") {
				t.Errorf("got %q, want one line with %q", u.Error(), tt.want)
			}
			if u.Hint == "" {
				t.Error("got no hint")
			}
		})
	}
	t.Run("hangs", func(t *testing.T) {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if w.Header().Set("Api-Version", "1.47"); r.URL.Path != "/_ping" {
				<-r.Context().Done()
			}
		}))
		t.Cleanup(s.Close)
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		t.Cleanup(stop)
		_, err := Connect(ctx, Options{Host: strings.Replace(s.URL, "http", "tcp", 1)})
		var u *Unusable
		if !errors.As(err, &u) || !strings.Contains(u.What, "answers a ping, but") || !strings.Contains(u.Hint, "restart") {
			t.Errorf("got %v, want that it only answers pings, and what to do", err)
		}
	})
	t.Run("no permission", func(t *testing.T) {
		// This is how connect(2) answers for another user's socket. The tests may run as root, who is never refused.
		err := unusable("unix:///var/run/docker.sock", "", &net.OpError{Op: "dial", Err: os.ErrPermission})
		if !strings.Contains(err.What, "no permission") || !strings.Contains(err.Hint, "usermod -aG docker") {
			t.Errorf("got %q, hint %q", err.What, err.Hint)
		}
	})
}

func TestEngineThatDies(t *testing.T) {
	settings(t, `{}`)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Api-Version", "1.47")
		_, _ = w.Write([]byte(`{"Arch":"amd64"}`))
	}))
	t.Cleanup(s.Close)
	ctx := context.Background()
	e, err := Connect(ctx, Options{Host: strings.Replace(s.URL, "http", "tcp", 1)})
	if err != nil {
		t.Fatal(err)
	}
	session, err := e.NewSession(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	calls := map[string]func() error{
		"network": func() error { _, err := e.Network(ctx, "bridge"); return err },
		"create": func() error {
			_, err := session.Create(ctx, ContainerSpec{Peer: "alice", Attachments: []Attachment{{Network: "none"}}})
			return err
		},
		"start":  func() error { _, err := (&Container{session: session, id: "c1"}).Start(ctx); return err },
		"remove": func() error { _, err := session.Remove(ctx); return err },
		"sweep":  func() error { _, _, err := e.Sweep(ctx, false, true); return err },
		"ping":   func() error { return e.Ping(ctx) },
	}
	for _, name := range []string{"network", "create", "start", "remove", "sweep", "ping"} {
		var u *Unusable
		if err := calls[name](); !errors.As(err, &u) || !strings.Contains(err.Error(), "no Docker Engine answers") {
			t.Errorf("%s: got %v, want that the engine does not answer", name, err)
		}
	}
}
