package byhand_test

import (
	"os/exec"
	"strings"
	"testing"

	"netlab/netlab/byhand"
)

// inShell runs commands in a shell that has one of the functions at the head of a script. It returns what they print.
func inShell(t *testing.T, function, before, commands string) string {
	t.Helper()
	script := byhand.Docker(load(t, "testdata/world.yaml"))
	line, _, _ := strings.Cut(script[strings.Index(script, "\n"+function+"() {")+1:], "\n")
	cmd := exec.Command("sh", "-c", before+"\n"+line+"\n"+commands)
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v: %s", commands, err, out)
	}
	return strings.TrimSpace(string(out))
}

// hostport picks the port for one address from the output of docker port, even if the output has no address.
func TestHostport(t *testing.T) {
	docker := "docker() { printf '%s\\n' 10.212.0.1:49153 127.0.0.1:49154 0.0.0.0:49155 '[::]:49155'" +
		" '[fd00:212:3::1]:49156'; }"
	for at, want := range map[string]string{
		"10.212.0.1": "49153", "127.0.0.1": "49154", "fd00:212:3::1": "49156", "": "49153",
	} {
		if got := inShell(t, "hostport", docker, "hostport bob 8080/tcp "+at); got != want {
			t.Errorf("at %q: got %q, want %s", at, got, want)
		}
	}
}

// seen looks again if the server has not said yet who called.
func TestSeen(t *testing.T) {
	docker := `docker() { echo look >>looks; [ "$(wc -l <looks)" -eq 2 ] && echo "Connection received on 10.0.0.2"; }`
	if got := inShell(t, "seen", docker, "seen bob"); got != "Connection received on 10.0.0.2" {
		t.Errorf("got %q, want the second look's answer, once", got)
	}
}

// listening looks until the port is there, and does not take 50000 for 5000.
func TestListening(t *testing.T) {
	ss := `ss() { echo look >>looks; echo 'tcp LISTEN 0 1 0.0.0.0:50000 0.0.0.0:*'` + "\n" +
		`[ "$(wc -l <looks)" -lt 3 ] || echo 'tcp LISTEN 0 1 [::]:5000 [::]:*'; }`
	if got := inShell(t, "listening", ss, "listening 5000 ss -lntu; wc -l <looks"); got != "3" {
		t.Errorf("got %s looks, want 3", got)
	}
	if got := inShell(t, "listening", "", "listening 5000 false; echo after"); got != "after" {
		t.Errorf("if nothing listens: got %q, want that it goes on", got)
	}
}
