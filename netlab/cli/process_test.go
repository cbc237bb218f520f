package cli_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"netlab/netlab/cli"
)

var program = cli.Program

// TestSize: thirty students download netlab over one classroom network.
func TestSize(t *testing.T) {
	info, err := os.Stat(program(t))
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > 26<<20 {
		t.Errorf("netlab has %d bytes, more than 26 MiB", info.Size())
	}
}

// A child is a netlab that runs in its own process.
type child struct {
	*exec.Cmd
	out, err bytes.Buffer
}

func start(t *testing.T, d docker, program string, args ...string) *child {
	t.Helper()
	c := &child{Cmd: exec.Command(program, args...)}
	c.Stdout, c.Stderr = &c.out, &c.err
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		d.remove(c.Process.Pid)
	})
	return c
}

// end waits for the child and returns its exit code as a shell would.
func (c *child) end(t *testing.T) int {
	t.Helper()
	var exit *exec.ExitError
	if err := c.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if status, ok := c.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return c.ProcessState.ExitCode()
}

// moments are the delays after which a child is interrupted: before its first call, and while it creates, starts, asks
// and removes. The machine decides which of these a delay hits, but the requirements are the same for all.
func moments() []time.Duration {
	var delays []time.Duration
	for _, ms := range []int{0, 30, 80, 150, 250, 400, 600, 900, 1300, 1800} {
		delays = append(delays, time.Duration(ms)*time.Millisecond)
	}
	return delays
}

// becameOf matches what an interrupted netlab says after its cause if nothing is left. It is empty if the lab had not
// begun.
var becameOf = regexp.MustCompile(
	`^(?: Removed (?:([0-9]+) containers?)?(?:, )?(?:[0-9]+ networks?)?(?:, )?(?:[0-9]+ links?)?\.)?` +
		`(?: Nothing is left\.)?\n$`)

func TestIntegrationInterrupted(t *testing.T) {
	d, netlab := newDocker(t), program(t)
	for _, s := range []struct {
		signal syscall.Signal
		code   int
		says   string
		with   []string
	}{
		{syscall.SIGINT, 130, "Interrupted.", nil},
		{syscall.SIGTERM, 143, "Interrupted by SIGTERM.", []string{"--packets"}}, // has an additional helper
		{syscall.SIGHUP, 129, "Interrupted by SIGHUP.", nil},
	} {
		for _, after := range moments() {
			if s.signal == syscall.SIGHUP && after != 400*time.Millisecond {
				continue // works like the others, so once is enough
			}
			c := start(t, d, netlab, append([]string{"demo", "bridge", "--all"}, s.with...)...)
			time.Sleep(after)
			if err := c.Process.Signal(s.signal); err != nil {
				t.Fatal(err)
			}
			code := c.end(t)
			where := fmt.Sprintf("%v after %v", s.signal, after)
			said := strings.Join(withoutSweep(c.err.String()), "")
			switch {
			case code == 0 && strings.Contains(c.out.String(), "Left on the engine: 0."):
				// It had finished already.
			case code != s.code:
				t.Errorf("%s: got exit code %d, want %d; it said:\n%s", where, code, s.code, said)
			case said == "" && c.out.Len() == 0: // so early that the Go runtime was not up
			default:
				fewest, most := d.removed(c.Process.Pid)
				became, ok := strings.CutPrefix(said, s.says)
				words := becameOf.FindStringSubmatch(became)
				if !ok || words == nil {
					t.Errorf("%s: stderr: got %q, want %q and what became of the lab", where, said, s.says)
					break
				}
				if n, _ := strconv.Atoi(words[1]); n < fewest || n > most {
					t.Errorf("%s: it says %q, and the engine removed %d to %d containers of the lab", where, said, fewest, most)
				}
			}
			if left := d.madeBy(c.Process.Pid); len(left) > 0 {
				t.Errorf("%s: left on the engine: %s", where, strings.Join(left, ", "))
			}
		}
	}
}

// withoutSweep drops messages about the labs of other tests, which are killed at the same time.
func withoutSweep(stderr string) []string {
	var lines []string
	for line := range strings.Lines(stderr) {
		if !strings.HasPrefix(line, "Removed what an earlier netlab left behind: ") {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestIntegrationKilled(t *testing.T) {
	d, netlab := newDocker(t), program(t)
	var pids []int
	for _, after := range moments()[1:] {
		c := start(t, d, netlab, "demo", "bridge", "--all")
		time.Sleep(after)
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		c.end(t)
		pids = append(pids, c.Process.Pid)
		gone := time.Now().Add(3 * time.Second)
		for running := d.running(c.Process.Pid); len(running) > 0; running = d.running(c.Process.Pid) {
			if time.Now().After(gone) {
				t.Errorf("killed after %v: 3 s later there run %s", after, strings.Join(running, ", "))
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	clean := start(t, d, netlab, "clean")
	if code := clean.end(t); code != 0 {
		t.Errorf("netlab clean: exit code %d: %s", code, &clean.err)
	}
	if left := d.madeBy(pids...); len(left) > 0 {
		t.Errorf("after netlab clean there is still: %s", strings.Join(left, ", "))
	}
}

// running lists the running containers of a process.
func (d docker) running(pid int) []string {
	d.t.Helper()
	var names []string
	for _, o := range d.objects() {
		if o.pid == pid && o.running {
			names = append(names, o.name)
		}
	}
	return names
}

func TestIntegrationStay(t *testing.T) {
	d, netlab := newDocker(t), program(t)
	c := &child{Cmd: exec.Command(netlab, "demo", "none", "--only", "loopback", "--stay")}
	c.Stdout = &c.out
	keyboard, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	words, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		d.remove(c.Process.Pid)
	})
	said := bufio.NewScanner(words)
	for said.Scan() && said.Text() != "Enter removes it ..." {
	}
	if running := d.running(c.Process.Pid); len(running) == 0 {
		t.Error("while it waits for Enter no lab is up")
	}
	if _, err := io.WriteString(keyboard, "\n"); err != nil {
		t.Fatal(err)
	}
	if code := c.end(t); code != 0 {
		t.Errorf("got exit code %d, want 0:\n%s", code, &c.out)
	}
	if left := d.madeBy(c.Process.Pid); len(left) > 0 {
		t.Errorf("left on the engine: %s", strings.Join(left, ", "))
	}
	if !strings.Contains(c.out.String(), "Left on the engine: 0.") {
		t.Errorf("the audit is not told:\n%s", &c.out)
	}
}

// TestIntegrationThirty is a class: thirty students start at the same moment on one engine.
func TestIntegrationThirty(t *testing.T) {
	const students = 30
	d, netlab := newDocker(t), program(t)
	class := make([]*child, students)
	for i := range class {
		class[i] = start(t, d, netlab, "demo", "custom-bridge", "--only", "peer-by-name,other-network,second-network")
	}
	var pids []int
	for i, c := range class {
		if code := c.end(t); code != 0 {
			t.Errorf("student %d: exit code %d\n%s%s", i, code, &c.out, &c.err)
		}
		pids = append(pids, c.Process.Pid)
	}
	if left := d.madeBy(pids...); len(left) > 0 {
		t.Errorf("left on the engine: %s", strings.Join(left, ", "))
	}
}

// TestNoPermission uses a socket that exists but belongs to another user.
func TestNoPermission(t *testing.T) {
	netlab, socket := program(t), filepath.Join(t.TempDir(), "docker.sock")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	if err := os.Chmod(socket, 0); err != nil {
		t.Fatal(err)
	}
	c := &child{Cmd: exec.Command(netlab, "demo", "bridge", "-H", "unix://"+socket)}
	c.Stderr = &c.err
	if os.Getuid() == 0 { // root has permission, and an unprivileged user does not
		for dir := filepath.Dir(netlab); dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
			if err := os.Chmod(dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		c.Dir, c.Env = "/", []string{"HOME=/"}
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() })
	if code := c.end(t); code != 3 {
		t.Errorf("got exit code %d, want 3", code)
	}
	lines := strings.Split(strings.TrimSpace(c.err.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "no permission to use the Docker Engine at unix://"+socket) {
		t.Errorf("got %q, want one sentence and what to do", lines)
	}
}
