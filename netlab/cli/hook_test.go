package cli

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netlab/netlab/fact"
	"netlab/netlab/pasted"
)

// TestUnstarted: the newest container that the engine could not start because of the network is found, and no other.
func TestUnstarted(t *testing.T) {
	const taken = "driver failed programming external connectivity on endpoint x (1f): Bind for 0.0.0.0:8080 failed: " +
		"port is already allocated"
	at := func(minute int) time.Time { return time.Date(2026, 1, 2, 3, minute, 0, 0, time.UTC) }
	containers := []fact.Container{
		{Name: "older", State: "created", Created: at(1), Error: taken, Folder: "/shop"},
		{Name: "newer", State: "exited", Created: at(2), Error: taken, Folder: "/shop"},
		{Name: "runs", State: "running", Created: at(3), Error: taken, Folder: "/shop"},
		{Name: "lab", State: "created", Created: at(3), Error: taken, Folder: "/shop", Lab: "demo"},
		{Name: "no-such-file", State: "created", Created: at(3), Error: `exec: "x": no such file`, Folder: "/shop"},
		{Name: "ended", State: "exited", Created: at(3), ExitCode: 1, Folder: "/shop"},
	}
	c, says := unstarted(containers, func(*fact.Container) bool { return true })
	if c == nil || c.Name != "newer" || says.Says != pasted.PortTaken || says.Port != 8080 {
		t.Errorf("got %+v, %+v, want newer and port 8080", c, says)
	}
	c, _ = unstarted(containers, func(c *fact.Container) bool { return c.Created.After(at(2)) })
	if c != nil {
		t.Errorf("got %s, want none", c.Name)
	}
}

// TestOfProjectHere: Compose finds its file in the current folder or one above it.
func TestOfProjectHere(t *testing.T) {
	shop, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	api := filepath.Join(shop, "api")
	if err := os.Mkdir(api, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		folder, here string
		want         bool
	}{
		{shop, shop, true}, {shop, api, true}, {api, shop, false}, {shop + "-2", shop, false}, {"", shop, false},
	} {
		t.Chdir(tt.here)
		if got := ofProjectHere(&fact.Container{Folder: tt.folder}); got != tt.want {
			t.Errorf("%s in %s: got %v, want %v", tt.folder, tt.here, got, tt.want)
		}
	}
}

// TestHookOfASilentEngine: docker goes on if the engine does not answer netlab.
func TestHookOfASilentEngine(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	t.Setenv("DOCKER_HOST", "tcp://"+l.Addr().String())
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	t.Setenv("DOCKER_TLS_VERIFY", "")
	var out strings.Builder
	streams := Streams{In: strings.NewReader(""), Out: &out, Err: io.Discard, Env: os.Getenv}
	request := `{"RootCmd":"compose up","CommandError":"exited with code 1"}`
	code := Main(t.Context(), streams, []string{"docker-netlab", "netlab", hookSubcommand, request}, "test")
	if want := `{"Type":0,"Template":""}` + "\n"; code != exitOK || out.String() != want {
		t.Errorf("exit code %d, %q, want %d, %q", code, out.String(), exitOK, want)
	}
}
