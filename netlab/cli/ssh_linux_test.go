package cli_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// TestIntegrationSSHDies ends the far sshd while a lab or a helper is created, and while it is removed: netlab says
// what ssh said, what may be left there, and how to remove it, and the command that it names removes it. It shows no
// result that lacks parts.
func TestIntegrationSSHDies(t *testing.T) {
	d, netlab := newDocker(t), program(t)
	socket := strings.TrimPrefix(d.api.DaemonHost(), "unix://")
	bin := t.TempDir()
	standIn, err := exec.LookPath("ssh-stand-in")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(standIn, filepath.Join(bin, "ssh-stand-in")); err != nil {
		t.Fatal(err)
	}
	script := []byte("#!/bin/sh\nexec " + bin + "/ssh-stand-in\n")
	if err := os.WriteFile(filepath.Join(bin, "ssh"), script, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	// While packets are captured, no container goes before the last answer is there.
	demo := []string{"demo", "bridge", "--packets"}
	why, scan := []string{"why", "host", "localhost:47899"}, []string{"scan"}
	for _, moment := range []struct {
		kind string
		nth  int64 // of its kind
		args []string
	}{
		{"POST /containers/create", 3, demo},
		{"POST /containers/ID/start", 3, demo},
		{"DELETE /containers/ID", 1, demo},
		{"POST /containers/create", 2, why},
		{"POST /containers/ID/start", 2, why},
		{"DELETE /containers/ID", 1, why},
		{"POST /containers/ID/start", 1, scan},
		{"DELETE /containers/ID", 1, scan},
	} {
		t.Run(moment.args[0]+" "+moment.kind, func(t *testing.T) {
			var p atomic.Pointer[proxy]
			var asked atomic.Int64
			front := handled(t, socket, func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
				if kindOf(r) == moment.kind && asked.Add(1) == moment.nth {
					p.Load().die()
				}
				pass.ServeHTTP(w, r)
			})
			p.Store(newProxy(t, strings.TrimPrefix(front, "unix://")))
			t.Setenv(farSocket, p.Load().listener.Addr().String())
			c := start(t, d, netlab, append(moment.args, "-H", "ssh://far")...)
			if code := c.end(t); code != 3 {
				t.Errorf("exit code %d, want 3", code)
			}
			lines := withoutSweep(c.err.String())
			want := []string{
				"netlab: netlab cannot reach the Docker Engine at ssh://far: ",
				"check that `docker -H ssh://far version` works\n",
				"netlab could not ask the engine at ssh://far what is left. There may be containers and networks with netlab in " +
					"their names. To remove them: netlab -H ssh://far clean\n",
			}
			for i, line := range want {
				if i >= len(lines) || !strings.HasPrefix(lines[i], line) {
					t.Fatalf("it says %q, want %q", lines, want)
				}
			}
			said := strings.TrimSpace(strings.TrimPrefix(lines[0], want[0]))
			if said != "Connection to far closed by remote host" &&
				said != "ssh: connect to host far port 22: Connection refused" {
				t.Errorf("of ssh it says %q, want what ssh said", said)
			}
			// A helper ends by itself, without its input, and is removed. A lab's networks stay.
			if moment.args[0] == "demo" && len(d.madeBy(c.Process.Pid)) == 0 {
				t.Error("the engine has nothing left, so this tests nothing")
			}
			measured := map[string]string{"demo": "as expected", "why": "NO  the host", "scan": " networks, "}[moment.args[0]]
			if shown := strings.Contains(c.out.String(), measured); shown != (moment.kind == "DELETE /containers/ID") {
				t.Errorf("it shows %q", &c.out)
			}
			t.Setenv(farSocket, socket)
			clean := start(t, d, netlab, "-H", "ssh://far", "clean")
			if code := clean.end(t); code != 0 || len(d.madeBy(c.Process.Pid)) > 0 {
				t.Errorf("clean: exit code %d, and there is still %v: %s", code, d.madeBy(c.Process.Pid), &clean.err)
			}
		})
	}
}
