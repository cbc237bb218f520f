package cli_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestIntegrationBuildEnds interrupts or kills netlab in the middle of a build. After an interrupt nothing of the build
// is left. After a kill the next command removes it.
func TestIntegrationBuildEnds(t *testing.T) {
	d, netlab := newDocker(t), program(t)
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		c := start(t, d, netlab, "demo", "layers", "--only", "first")
		for end := time.Now().Add(time.Minute); !d.builds(c.Process.Pid); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("there is no image:\n%s%s", &c.out, &c.err)
			}
		}
		if err := c.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if code := c.end(t); code != 128+int(signal) {
			t.Errorf("%v: got exit code %d:\n%s%s", signal, code, &c.out, &c.err)
		}
		if signal == syscall.SIGKILL {
			if out, err := exec.CommandContext(t.Context(), netlab, "clean").CombinedOutput(); err != nil {
				t.Errorf("netlab clean: %v: %s", err, out)
			}
		}
		if left := d.madeBy(c.Process.Pid); len(left) > 0 {
			t.Errorf("%v: left on the engine: %s", signal, strings.Join(left, ", "))
		}
	}
}

// builds reports whether a process has begun to build, which shows in the base image of its lab's images.
func (d docker) builds(pid int) bool {
	return slices.ContainsFunc(d.objects(), func(o object) bool { return o.pid == pid && o.kind == "image" })
}

// An engine that cannot build for us gives no wrong lesson.
func TestIntegrationBuildRefused(t *testing.T) {
	d := newDocker(t)
	socket := strings.TrimPrefix(d.api.DaemonHost(), "unix://")
	engine := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = "http", "engine" },
		Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			return net.Dial("unix", socket)
		}},
	}
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/build") {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusNotImplemented)
			_, _ = w.Write([]byte(`{"message": "only BuildKit builds here"}`))
			return
		}
		engine.ServeHTTP(w, r)
	}))
	t.Cleanup(refusing.Close)
	c := start(t, d, program(t), "demo", "layers", "-H", "tcp://"+refusing.Listener.Addr().String())
	if code := c.end(t); code != 4 {
		t.Errorf("got exit code %d, want 4", code)
	}
	want := "Skipped: the engine does not allow a classic build: only BuildKit builds here\n"
	if !strings.Contains(c.out.String(), want) {
		t.Errorf("got %q, want among it %q; and stderr %q", &c.out, want, &c.err)
	}
	if left := d.madeBy(c.Process.Pid); len(left) > 0 {
		t.Errorf("left on the engine: %s", strings.Join(left, ", "))
	}
}
