//go:build linux

// Package enginetest starts separate Docker Engines for tests: each in its own network namespace, in the versions
// that netlab supports, and with settings that change how the network modes behave.
//
// It is a thin wrapper around the script .ci/engine, which people use as well. It is for tests only, and must not
// know Docker's API: the test that started an engine deals with its answers.
package enginetest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The versions that can be started, oldest first. They are those of Debian bookworm, trixie and sid.
const (
	V20 = "20.10"
	V26 = "26.1"
	V28 = "28.5"
)

// Versions returns all versions that can be started, oldest first.
func Versions() []string { return []string{V20, V26, V28} }

// Options select the engine to start.
type Options struct {
	Version string   // V20, V26 or V28; "" for the engine that is installed here
	Flags   []string // additional dockerd flags, "--icc=false"
	Prepare string   // shell commands that run in the network namespace before the engine starts
}

// An Engine is a running Docker Engine that ends with the test.
type Engine struct {
	Host      string // for DOCKER_HOST, "unix:///…"
	Namespace string // the name of its network namespace, which is at /run/netns
}

// Start starts an engine. It is removed when the test ends, with its processes, mounts, folders and network
// namespace, no matter how the test ends: the script that runs the engine removes it when the script's input ends. A
// test that cannot have its engine fails.
//
// The first use of a version that is not installed installs it with debootstrap, which takes about a minute.
func Start(t testing.TB, o Options) *Engine {
	t.Helper()
	script, err := findScript()
	if err != nil {
		t.Fatalf("starting an engine: %v", err)
	}
	args := []string{"-v", o.Version, "-p", o.Prepare}
	args = append(args, o.Flags...)
	args = append(args, "--", "sh", "-c", `echo "$DOCKER_HOST $NETLAB_ENGINE_NETNS" && exec cat`)

	var words strings.Builder
	// Not t.Context(), which ends before the clean-up and would kill the script before it can clean up.
	cmd := exec.CommandContext(context.Background(), script, args...)
	cmd.Stderr = &words
	// Its own process group: Ctrl-C ends the test, and the end of the test ends the engine, in that order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatalf("starting an engine: %v", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatalf("starting an engine: %v", err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting an engine: %v", err)
	}
	line, readErr := bufio.NewReader(out).ReadString('\n')
	if readErr != nil {
		_ = in.Close()
		err := cmd.Wait()
		t.Fatalf("starting engine %q with %q: %v\n%s", o.Version, o.Flags, err, words.String())
	}
	t.Cleanup(func() {
		if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
			t.Errorf("taking engine %q down: %v\n%s", o.Version, err, words.String())
		}
	})
	host, namespace, _ := strings.Cut(strings.TrimSpace(line), " ")
	return &Engine{Host: host, Namespace: namespace}
}

// The addresses of the two ends that Join connects: from TEST-NET-3 (RFC 5737), which nothing else uses.
const (
	joinLink = "join0"
	joinBits = "/24"
)

// Join connects the namespaces of two engines with a veth pair, and returns the address of each engine's end: two
// hosts on one LAN. The pair disappears with the engines. (It must be a pair, without a Linux bridge in between: if
// the test's own host filters bridged frames, it would drop the engines' VXLAN packets.)
func Join(t testing.TB, first, second *Engine) (at [2]string) {
	t.Helper()
	at = [2]string{"203.0.113.1", "203.0.113.2"}
	run := func(args ...string) {
		if out, err := exec.CommandContext(context.Background(), "ip", args...).CombinedOutput(); err != nil {
			t.Fatalf("joining two engines: ip %s: %v: %s", strings.Join(args, " "), err, out)
		}
	}
	run("link", "add", joinLink, "netns", first.Namespace, "type", "veth",
		"peer", "name", joinLink, "netns", second.Namespace)
	for i, e := range []*Engine{first, second} {
		run("-n", e.Namespace, "addr", "add", at[i]+joinBits, "dev", joinLink)
		run("-n", e.Namespace, "link", "set", joinLink, "up")
	}
	return at
}

// findScript looks for .ci/engine from the working folder upwards, because a test runs in the folder of its package.
func findScript() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		script := filepath.Join(dir, ".ci", "engine")
		if _, err := os.Stat(script); err == nil {
			return script, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no .ci/engine in %s or above it", start)
		}
	}
}
