//go:build linux

package applet_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"netlab/netlab/agent"
	"netlab/netlab/agent/applet"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

func TestFiles(t *testing.T) {
	note := filepath.Join(t.TempDir(), "note")
	for _, step := range []struct {
		typed string
		code  int
		want  string
	}{
		{"cat " + note, applet.No, "NO   no such file"},
		{"write " + note + " by alice", applet.Yes, "yes  written"},
		{"cat " + note, applet.Yes, "by alice\n"},
		{"echo 'by bob' > " + note, applet.Yes, "yes  written"},
		{"cat " + note + " " + note, applet.Yes, "by bob\nby bob\n"},
		{"ls " + filepath.Dir(note), applet.Yes, "note\n"},
		{"ls " + note + "/x", applet.No, ""},
		{"echo by nobody", applet.Yes, "by nobody\n"},
		{"write " + note + "/x y", applet.No, "NO   no such file"},
	} {
		code, out, _ := call(t, step.typed, "", applet.Here)
		if code != step.code || !strings.HasPrefix(out, step.want) {
			t.Errorf("%s: exit code %d, %q; want %d, %q", step.typed, code, out, step.code, step.want)
		}
	}
	code, _, errs := call(t, "write "+note, "", applet.Here)
	if code != applet.Usage || !strings.Contains(errs, "write FILE") {
		t.Errorf("a write of nothing: exit code %d, %q", code, errs)
	}
}

func TestProc(t *testing.T) {
	ask := func(context.Context, probe.Question) agent.Reply {
		return agent.Reply{Outcome: &probe.Outcome{Reason: probe.OK}, Process: &fact.Process{
			Kernel: "6.1\x1b[2J", BootID: "b00t", PID: 1, Processes: []int{1, 7},
			Namespaces: []fact.Label{{Name: "pid", Value: "pid:[4]"}},
		}}
	}
	want := "kernel         6.1\\x1b[2J\nboot ID        b00t\nprocesses      [1 7]\npid namespace  pid:[4]\n"
	if code, out, _ := call(t, "proc", "", ask); code != applet.Yes || out != want {
		t.Errorf("exit code %d, got %q, want %q", code, out, want)
	}
}
