package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netlab/netlab/result"
)

// TestIntegrationResultKept makes the engine die after everything is measured, while the lab is being removed. The
// result is saved and says that it is unknown what is left.
func TestIntegrationResultKept(t *testing.T) {
	d, netlab := newDocker(t), program(t)
	p := newProxy(t, strings.TrimPrefix(d.api.DaemonHost(), "unix://"))
	h := handled(t, p.listener.Addr().String(), func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		if r.Method == http.MethodDelete && strings.Contains(r.URL.Path, "/containers/") {
			p.die()
		}
		pass.ServeHTTP(w, r)
	})
	saved := filepath.Join(t.TempDir(), "result.json")
	c := start(t, d, netlab, "demo", "none", "--only", "loopback", "-o", "json", "--save", saved, "-H", h)
	if code := c.end(t); code != 3 || !strings.Contains(c.err.String(), "no Docker Engine answers at "+h) ||
		!strings.HasSuffix(c.err.String(), "To remove them: netlab -H "+h+" clean\n") {
		t.Errorf("exit code %d, and it says %q", code, &c.err)
	}
	text, err := os.ReadFile(saved)
	if err != nil {
		t.Fatalf("--save: %v; it says %q", err, &c.err)
	}
	for name, text := range map[string][]byte{"--save": text, "-o json": c.out.Bytes()} {
		var r result.Record
		if err := json.Unmarshal(text, &r); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if r.Audited || r.Summary.AsExpected == 0 {
			t.Errorf("%s has %+v, audited %t; want the answers, and that nobody knows what is left", name, r.Summary, r.Audited)
		}
	}
	if out, err := exec.CommandContext(t.Context(), netlab, "clean").CombinedOutput(); err != nil {
		t.Errorf("netlab clean: %v: %s", err, out)
	}
}

// TestIntegrationCleanFails: clean lists what it could not remove, with exit code 1.
func TestIntegrationCleanFails(t *testing.T) {
	d, netlab := newDocker(t), program(t)
	killed := start(t, d, netlab, "demo", "custom-bridge", "--only", "peer-by-name", "--stay")
	for end := time.Now().Add(time.Minute); len(d.running(killed.Process.Pid)) < 4; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no lab is up: %s", &killed.err)
		}
	}
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	killed.end(t)
	socket := strings.TrimPrefix(d.api.DaemonHost(), "unix://")
	h := handled(t, socket, func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		if r.Method == http.MethodDelete && strings.Contains(r.URL.Path, "/networks/") {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"message": "error while removing network: it has active endpoints"}`)
			return
		}
		pass.ServeHTTP(w, r)
	})
	c := start(t, d, netlab, "clean", "-H", h)
	if code := c.end(t); code != 1 || !strings.Contains(c.out.String(), "active endpoints") {
		t.Errorf("exit code %d, want 1 and why: %s%s", code, &c.out, &c.err)
	}
	c = start(t, d, netlab, "clean")
	if code := c.end(t); code != 0 || len(d.madeBy(killed.Process.Pid)) > 0 {
		t.Errorf("then: exit code %d, and there is %v: %s%s", code, d.madeBy(killed.Process.Pid), &c.out, &c.err)
	}
}

// TestIntegrationFullDisk: if the disk is full, netlab says so in one sentence and leaves older files unchanged.
func TestIntegrationFullDisk(t *testing.T) {
	d, netlab := newDocker(t), program(t)
	disk := t.TempDir()
	if err := unix.Mount("tmpfs", disk, "tmpfs", 0, "size=16k"); err != nil {
		t.Skipf("only root can mount a small disk: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(disk, unix.MNT_DETACH) })
	saved := filepath.Join(disk, "saved.json")
	const older = "an older result"
	if err := os.WriteFile(saved, []byte(older), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--save", saved, "-o", "json"}, {"--pcap", disk}} {
		c := start(t, d, netlab, append([]string{"demo", "bridge", "--all"}, args...)...)
		code := c.end(t)
		said := withoutSweep(c.err.String())
		if code != 2 || len(said) != 1 || !strings.HasPrefix(said[0], "netlab: writing ") ||
			!strings.HasSuffix(said[0], ": "+syscall.ENOSPC.Error()+"\n") {
			t.Errorf("%v: exit code %d, and it says %q", args, code, said)
		}
		if text, err := os.ReadFile(saved); err != nil || string(text) != older {
			t.Errorf("%v: the older result became %q (%v)", args, text, err)
		}
		if args[0] == "--save" && !json.Valid(bytes.TrimSpace(c.out.Bytes())) {
			t.Errorf("%v: the result is not drawn either: %.200s", args, &c.out)
		}
		if left := d.madeBy(c.Process.Pid); len(left) > 0 {
			t.Errorf("%v: left on the engine: %v", args, left)
		}
	}
}
