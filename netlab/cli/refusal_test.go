package cli_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

// refusing returns the address of a proxy to the engine that refuses one call with a message, as an authorization
// plugin does.
func refusing(t *testing.T, call, message string) string {
	t.Helper()
	socket := strings.TrimPrefix(newDocker(t).api.DaemonHost(), "unix://")
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "docker"})
	proxy.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
	listener, err := net.Listen("unix", filepath.Join(t.TempDir(), "docker.sock"))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, call) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusForbidden)
			_ = json.NewEncoder(w).Encode(map[string]string{"message": message})
			return
		}
		proxy.ServeHTTP(w, r)
	})}
	t.Cleanup(func() { server.Close() })
	go func() { _ = server.Serve(listener) }()
	return "unix://" + listener.Addr().String()
}

// TestIntegrationVolumeRefused: if the engine does not permit a lesson, it is skipped with the engine's message, and
// nothing is left.
func TestIntegrationVolumeRefused(t *testing.T) {
	host := refusing(t, "/volumes/create", "volumes are not allowed\x1b[2J here")
	code, out, words := netlab(t, "demo", "image-and-container", "-H", host)
	if code != 4 || !strings.Contains(out, `Skipped: the engine does not allow a volume: volumes are not`) {
		t.Errorf("exit code %d, want 4 and the engine's words:\n%s%s", code, out, words)
	}
	if strings.Contains(out, "\x1b") || !strings.Contains(out, "Left on the engine: 0.") {
		t.Errorf("got %q", out)
	}
}
