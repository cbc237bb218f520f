//go:build linux

package main

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"netlab/netlab/agent"
)

// asProgram makes the test binary act as the program, under the name it is called by.
const asProgram = "NETLAB_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(run(os.Args, os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// command returns the program, called by that name.
func command(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Args = args
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

func TestNameChoosesTheApplet(t *testing.T) {
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"/bin/help"}, 0, "help"},
		{[]string{"/bin/sh", "-c", "ip addr"}, 0, "127.0.0.1/8"},
		{[]string{"get", "127.0.0.1:1"}, 1, "NO   refused  RST from 127.0.0.1"},
		{[]string{"ping"}, 2, "usage: ping [-c COUNT]"},
		{[]string{"/agent"}, 0, `{"hello":{"protocol":1}}`},
	} {
		cmd := command(test.args...)
		out, _ := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != test.code || !strings.Contains(string(out), test.want) {
			t.Errorf("%v: exit code %d, said %q, want %d and %q", test.args, got, out, test.code, test.want)
		}
	}
}

func TestAgentEndsOnSIGTERM(t *testing.T) {
	cmd := command("agent")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	bufio.NewScanner(out).Scan() // the hello: its signals are set up by then
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("got %v, want a clean end", err)
	}
}

// A task of a swarm service that is removed ends well, or swarm counts it as failed.
func TestServePortsEndsOnSIGTERM(t *testing.T) {
	held, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := held.Addr().String()
	held.Close()
	cmd := command("agent", agent.ServePorts, at[strings.LastIndex(at, ":")+1:]+"/tcp")
	cmd.Env = append(cmd.Env, "NETLAB_TOKEN=secret")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < 1000; i++ { // until it listens
		if c, err := net.Dial("tcp", at); err == nil {
			c.Close()
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("got %v, want a clean end", err)
	}
}

func TestAgentSurvivesAnOutputNobodyReads(t *testing.T) {
	cmd := command("agent")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	bufio.NewScanner(out).Scan()
	out.Close()
	for range 3 {
		if _, err := in.Write([]byte(`{"id":1,"ask":{}}` + "\n")); err != nil {
			t.Fatalf("the agent is gone: %v", err)
		}
	}
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Errorf("got %v, want a clean end", err)
	}
}

// The agent and the witness are part of netlab, once per architecture, and are uploaded to engines: at most 4 MiB each.
func TestSize(t *testing.T) {
	const limit = 4 << 20
	for _, program := range []string{"agent", "witness"} {
		for _, arch := range []string{"amd64", "arm64"} {
			file := filepath.Join(t.TempDir(), program)
			cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-gcflags=all=-l", "-o", file,
				"../netlab-"+program)
			cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("building for %s: %v\n%s", arch, err, out)
			}
			info, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s: %d bytes", arch, info.Size())
			if info.Size() > limit {
				t.Errorf("the %s for %s has %d bytes, more than %d", program, arch, info.Size(), limit)
			}
		}
	}
}
