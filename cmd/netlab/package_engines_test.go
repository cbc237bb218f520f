//go:build engines

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestEnginesPackage installs the Debian package into a clean Debian, and uses what it brings there.
func TestEnginesPackage(t *testing.T) {
	dist, err := filepath.Abs("../../.ci/dist")
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	build := exec.CommandContext(t.Context(), dist, "linux/amd64")
	build.Env = append(os.Environ(), "DIST="+out)
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the package: %v\n%s", err, text)
	}
	packages, err := filepath.Glob(filepath.Join(out, "*.deb"))
	if err != nil || len(packages) != 1 {
		t.Fatalf("got packages %q, %v; want one", packages, err)
	}

	root := filepath.Join(out, "root")
	debootstrap := exec.CommandContext(t.Context(), "debootstrap", "--variant=minbase",
		"--include=man-db,bash-completion,docker-cli", "trixie", root)
	if text, err := debootstrap.CombinedOutput(); err != nil {
		t.Fatalf("making a clean Debian: %v\n%s", err, text)
	}
	inside := func(command string) string {
		t.Helper()
		text, err := exec.CommandContext(t.Context(), "unshare", "--mount", "bash", "-c",
			`mount -t proc proc "$0/proc" && exec chroot "$0" bash -c "$1"`, root, command).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v", command, err)
		}
		return string(text)
	}
	if err := os.Rename(packages[0], filepath.Join(root, "netlab.deb")); err != nil {
		t.Fatal(err)
	}
	inside("dpkg -i /netlab.deb")
	version := strings.ReplaceAll(inside("dpkg-query -W -f '${Version}' netlab"), "~", "-")
	for _, c := range []struct{ command, want string }{
		{"netlab version", "netlab " + version},
		{"docker netlab version", "netlab " + version},
		{"man netlab | cat", "Explore Docker's network modes"},
		{"man netlab-demo | cat", "netlab demo bridge --predict"},
		{`source /usr/share/bash-completion/bash_completion; _comp_load netlab
		COMP_WORDS=(netlab demo cus) COMP_CWORD=2 COMP_LINE='netlab demo cus' COMP_POINT=15
		__start_netlab; echo "${COMPREPLY[@]}"`, "custom-bridge"},
	} {
		if got := inside(c.command); !strings.Contains(got, c.want) {
			t.Errorf("%s: got\n%s\nwant %q in it", c.command, got, c.want)
		}
	}
	inside("dpkg --purge netlab")
	if left := inside("find / -xdev -name '*netlab*' ! -name netlab.deb ! -path '/var/cache/man/*'"); left != "" {
		t.Errorf("purging the package leaves:\n%s", left)
	}
}
