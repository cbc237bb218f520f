package cli_test

import (
	"context"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A proxy is an engine that can die: it forwards connections to the real engine until then.
type proxy struct {
	listener net.Listener
	asked    atomic.Int64 // connections so far

	mu   sync.Mutex
	dead bool
	open []net.Conn
}

func newProxy(t *testing.T, socket string) *proxy {
	t.Helper()
	listener, err := net.Listen("unix", filepath.Join(t.TempDir(), "docker.sock"))
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: listener}
	t.Cleanup(p.die)
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("unix", socket)
			if err != nil || !p.add(from, to) {
				from.Close()
				continue
			}
			p.asked.Add(1)
			go pass(to, from)
			go pass(from, to)
		}
	}()
	return p
}

// pass copies one direction to its end and then closes only the other side's write end, because an attached stream can
// be half closed.
func pass(to, from net.Conn) {
	_, _ = io.Copy(to, from) // returns when the test or the engine closes it
	if half, ok := to.(*net.UnixConn); ok {
		_ = half.CloseWrite()
	}
}

func (p *proxy) add(both ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		for _, c := range both {
			c.Close()
		}
		return false
	}
	p.open = append(p.open, both...)
	return true
}

func (p *proxy) die() {
	p.listener.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dead = true
	for _, c := range p.open {
		c.Close()
	}
}

// TestIntegrationEngineDies makes the engine unreachable while a lab is built, used and removed.
func TestIntegrationEngineDies(t *testing.T) {
	d, netlab := newDocker(t), program(t)
	socket := strings.TrimPrefix(d.api.DaemonHost(), "unix://")
	var pids []int
	for _, after := range []time.Duration{50, 200, 400, 700, 1200} {
		after *= time.Millisecond
		p := newProxy(t, socket)
		c := start(t, d, netlab, "demo", "bridge", "--all", "-H", "unix://"+p.listener.Addr().String())
		pids = append(pids, c.Process.Pid)
		time.Sleep(after)
		p.die()
		// Far longer than it may take, and far shorter than any of netlab's own limits.
		hung := time.AfterFunc(20*time.Second, func() { _ = c.Process.Kill() })
		code := c.end(t)
		hung.Stop()
		lines := withoutSweep(c.err.String())
		if code == 0 && strings.Contains(c.out.String(), "Left on the engine: 0.") {
			continue // it had finished already
		}
		if code != 3 || len(lines) < 2 || !strings.HasPrefix(lines[0], "netlab: no Docker Engine answers at unix://") ||
			!strings.HasPrefix(lines[1], "Start Docker ") {
			t.Errorf("dead after %v: got exit code %d and %q, want 3, one sentence and a hint", after, code, lines)
		}
		// If it had built something, it says that too.
		at := "unix://" + p.listener.Addr().String()
		unknown := "netlab could not ask the engine at " + at + " what is left. There may be containers and networks with " +
			"netlab in their names. To remove them: netlab -H " + at + " clean\n"
		if left := d.madeBy(c.Process.Pid); len(left) > 0 || len(lines) > 2 {
			if len(lines) != 3 || lines[2] != unknown {
				t.Errorf("dead after %v, with %q left: got %q, want %q as its third line", after, left, lines, unknown)
			}
		}
		gone := time.Now().Add(3 * time.Second)
		for running := d.running(c.Process.Pid); len(running) > 0; running = d.running(c.Process.Pid) {
			if time.Now().After(gone) {
				t.Errorf("dead after %v: 3 s later there run %s", after, strings.Join(running, ", "))
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	clean := exec.CommandContext(context.Background(), netlab, "clean")
	if out, err := clean.CombinedOutput(); err != nil {
		t.Errorf("netlab clean: %v: %s", err, out)
	}
	if left := d.madeBy(pids...); len(left) > 0 {
		t.Errorf("after netlab clean there is still: %s", strings.Join(left, ", "))
	}
}
