package cli_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/rogpeppe/go-internal/testscript"

	"netlab/netlab/cli"
	"netlab/scenarios"
)

// owners names a file in the script's folder. Each netlab of the script adds its process ID, which tells its objects on
// the engine from those of others.
const owners = "OWNERS"

// TestMain lets the test binary also act as some of the commands that the scripts run.
func TestMain(m *testing.M) {
	testscript.Main(tests{m}, map[string]func(){"inside": inside, "ssh-stand-in": ssh})
}

// tests removes at the end what they share.
type tests struct{ *testing.M }

func (t tests) Run() int {
	defer cli.RemoveProgram()
	return t.M.Run()
}

// TestScript runs the scripts that need no engine: DOCKER_HOST names a socket that does not exist.
func TestScript(t *testing.T) {
	folder := filepath.Dir(cli.Program(t))
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"), Cmds: commands(), RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
			find(e, folder)
			return nil
		},
	})
}

// TestIntegrationScript runs the scripts that need an engine, each with its own lab. Nothing of it may be left at the
// end.
func TestIntegrationScript(t *testing.T) {
	newDocker(t)
	program := cli.Program(t)
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "engine"), Cmds: commands(), RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			name := strings.TrimPrefix(filepath.Base(e.WorkDir), "script-")
			e.Setenv("LAB", fmt.Sprintf("t%d-%s", os.Getpid(), name))
			e.Setenv("DOCKER_HOST", os.Getenv("DOCKER_HOST"))
			file, bin := filepath.Join(e.WorkDir, ".owners"), filepath.Join(e.WorkDir, ".bin")
			e.Setenv(owners, file)
			noting := "#!/bin/sh\necho $$ >>\"$" + owners + "\"\nexec " + program + " \"$@\"\n"
			if err := os.Mkdir(bin, 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(bin, "netlab"), []byte(noting), 0o755); err != nil {
				return err
			}
			find(e, bin)
			docker := newDocker(e.T().(testing.TB))
			e.Defer(func() {
				pids, err := readOwners(file)
				if err != nil {
					e.T().Fatal(err)
				}
				if left := docker.madeBy(pids...); len(left) > 0 {
					docker.remove(pids...)
					e.T().Fatal("left on the engine: ", strings.Join(left, ", "))
				}
			})
			return nil
		},
	})
}

// find makes a script find the programs in a folder before all others.
func find(e *testscript.Env, folder string) {
	e.Setenv("PATH", folder+string(os.PathListSeparator)+e.Getenv("PATH"))
}

func readOwners(file string) ([]int, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var pids []int
	for line := range strings.Lines(string(text)) {
		pid, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			return nil, err
		}
		pids = append(pids, pid)
	}
	return pids, nil
}

// commands are the scripts' own commands, which check what was printed.
func commands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"readable": readable, "plain": plain, "quiet": quiet, "schema": schema, "builtin": builtin,
		"docker-plugin": dockerPlugin,
	}
}

// readable fails unless each file ("stdout" and "stderr" are files too) is plain and has lines of at most 80 columns.
func readable(ts *testscript.TestScript, neg bool, files []string) {
	plain(ts, neg, files)
	for _, file := range files {
		for line := range strings.Lines(ts.ReadFile(file)) {
			if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 80 {
				ts.Fatalf("%s has a line of %d columns: %s", file, n, line)
			}
		}
	}
}

// plain fails if a file has characters that control a terminal, other than newlines.
func plain(ts *testscript.TestScript, neg bool, files []string) {
	if neg || len(files) == 0 {
		ts.Fatalf("usage: plain FILE... or readable FILE...")
	}
	for _, file := range files {
		for line := range strings.Lines(ts.ReadFile(file)) {
			line = strings.TrimSuffix(line, "\n")
			if i := strings.IndexFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
				ts.Fatalf("%s has a control character at byte %d of line %q", file, i, line)
			}
		}
	}
}

// quiet fails if stderr has anything besides messages about the labs of other tests, which are killed and removed at
// the same time.
func quiet(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: quiet")
	}
	for line := range strings.Lines(ts.ReadFile("stderr")) {
		if !strings.HasPrefix(line, "Removed what an earlier netlab left behind: ") {
			ts.Fatalf("on stderr: %s", line)
		}
	}
}

// schema fails unless the file follows the published schema.
func schema(ts *testscript.TestScript, neg bool, files []string) {
	if neg || len(files) != 1 {
		ts.Fatalf("usage: schema FILE")
	}
	published, err := os.ReadFile(filepath.Join("..", "..", "scenarios", "result.schema.json"))
	ts.Check(err)
	var s jsonschema.Schema
	ts.Check(json.Unmarshal(published, &s))
	resolved, err := s.Resolve(nil)
	ts.Check(err)
	var document any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(files[0])), &document))
	ts.Check(resolved.Validate(document))
}

// builtin fails unless the file is the source of a built-in scenario, byte for byte.
func builtin(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: builtin NAME FILE")
	}
	want, ok := scenarios.Source(args[0])
	if !ok {
		ts.Fatalf("there is no built-in scenario %s", args[0])
	}
	if got := ts.ReadFile(args[1]); got != string(want) {
		ts.Fatalf("%s is not the source of %s:\n%s", args[1], args[0], got)
	}
}

// dockerPlugin fails unless the file has what docker requires of a plugin (cli-plugins/metadata in docker/cli).
func dockerPlugin(ts *testscript.TestScript, neg bool, files []string) {
	if neg || len(files) != 1 {
		ts.Fatalf("usage: docker-plugin FILE")
	}
	var m struct{ SchemaVersion, Vendor, Version, ShortDescription string }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(files[0])), &m))
	if m.SchemaVersion != "0.1.0" || m.Vendor == "" || m.Version != "1.2.3" || m.ShortDescription == "" {
		ts.Fatalf("docker would not take this plugin: %+v", m)
	}
}

// farSocket is the environment variable that tells the stand-in for ssh about the far engine.
const farSocket = "NETLAB_TEST_FAR_SOCKET"

// ssh stands in for ssh: it connects to the far engine, and ends as ssh does when the far sshd ends.
func ssh() {
	far, err := net.Dial("unix", os.Getenv(farSocket))
	if err != nil {
		fmt.Fprintln(os.Stderr, "ssh: connect to host far port 22: Connection refused")
		os.Exit(255)
	}
	go func() { _, _ = io.Copy(far, os.Stdin) }()
	_, _ = io.Copy(os.Stdout, far)
	fmt.Fprintln(os.Stderr, "Connection to far closed by remote host.")
	os.Exit(255)
}
