package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// Program is netlab as students get it, version 1.2.3, in a folder with a link to it named docker-netlab. All tests
// share it.
func Program(t *testing.T) string {
	t.Helper()
	program, err := buildProgram()
	if err != nil {
		t.Fatal(err)
	}
	return program
}

var programFolder string

// RemoveProgram removes Program after all tests.
func RemoveProgram() { _ = os.RemoveAll(programFolder) }

var buildProgram = sync.OnceValues(func() (string, error) {
	var err error
	if programFolder, err = os.MkdirTemp("", "netlab-program"); err != nil {
		return "", err
	}
	program := filepath.Join(programFolder, "netlab")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w -X main.version=1.2.3", "-o", program,
		"netlab/cmd/netlab")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	// docker finds a plugin by this name.
	return program, os.Symlink(program, filepath.Join(programFolder, "docker-netlab"))
})
