//go:build linux

package server

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"netlab/netlab/probe"
)

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	if err := syscall.Mkfifo(in("fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	if o := writeFile(probe.Write{Path: in("note"), Text: "by alice"}); o.Reason != probe.OK {
		t.Errorf("writing a line: %+v", o)
	}
	if text, err := os.ReadFile(in("note")); string(text) != "by alice\n" || err != nil {
		t.Errorf("the file says %q, %v; want the line with its end", text, err)
	}
	if o := writeFile(probe.Write{Path: in("big"), Bytes: 5000}); o.Reason != probe.OK {
		t.Errorf("writing 5000 bytes: %+v", o)
	}
	if i, err := os.Stat(in("big")); err != nil || i.Size() != 5000 {
		t.Errorf("got %v, %v; want 5000 bytes", i, err)
	}
	if err := os.WriteFile(in("odd"), []byte("a\x1b[2J \n\xff\tb"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, fifo := range []string{"silent", "written"} {
		if err := syscall.Mkfifo(in(fifo), 0o600); err != nil {
			t.Fatal(err)
		}
		held, err := os.OpenFile(in(fifo), os.O_RDWR, 0) // a program that may write more
		if err != nil {
			t.Fatal(err)
		}
		defer held.Close()
		if fifo == "written" {
			if _, err := held.WriteString("by bob\n"); err != nil {
				t.Fatal(err)
			}
		}
	}
	tests := []struct {
		name   string
		got    probe.Outcome
		reason probe.Reason
		value  string
	}{
		{"a line", readFile(probe.Read{Path: in("note")}), probe.OK, "by alice"},
		{"odd bytes", readFile(probe.Read{Path: in("odd")}), probe.OK, "a\x1b[2J \uFFFD b"},
		{"no file", readFile(probe.Read{Path: in("none")}), probe.NotFound, ""},
		{"a file is no folder", readFile(probe.Read{Path: in("note/x")}), probe.NotFound, ""},
		{"a folder", readFile(probe.Read{Path: dir}), probe.Broken, ""},
		{"nobody writes the FIFO", readFile(probe.Read{Path: in("fifo")}), probe.OK, ""},
		{"a program has nothing to say", readFile(probe.Read{Path: in("silent")}), probe.OK, ""},
		{"a program may say more", readFile(probe.Read{Path: in("written")}), probe.OK, "by bob"},
		{"nobody reads the FIFO", writeFile(probe.Write{Path: in("fifo"), Text: "x"}), probe.Broken, ""},
		{"no folder", writeFile(probe.Write{Path: in("no/note"), Text: "x"}), probe.NotFound, ""},
		{"over a folder", writeFile(probe.Write{Path: dir, Text: "x"}), probe.Broken, ""},
	}
	for _, tt := range tests {
		if tt.got.Reason != tt.reason || tt.got.Value != tt.value {
			t.Errorf("%s: got %+v, want %s %q", tt.name, tt.got, tt.reason, tt.value)
		}
	}
	if o := readFile(probe.Read{Path: in("big")}); len(o.Value) > readMost || strings.Trim(o.Value, "\x00") != "" {
		t.Errorf("of a large file %d bytes were read", len(o.Value))
	}
}

func TestFileErrors(t *testing.T) {
	for errno, want := range map[syscall.Errno]probe.Reason{
		syscall.EROFS: probe.Denied, syscall.EACCES: probe.Denied, syscall.ENOENT: probe.NotFound,
		syscall.ENOSPC: probe.Broken,
	} {
		got := fileOutcome(&os.PathError{Op: "open", Path: "/note", Err: errno})
		if got.Reason != want || got.Detail == "" {
			t.Errorf("%v: got %+v, want %s and the words", errno, got, want)
		}
	}
}

func TestProcess(t *testing.T) {
	p, err := readProcess()
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.Readlink("/proc/self/ns/mnt")
	if err != nil {
		t.Fatal(err)
	}
	if p.Namespace("mnt") != own || p.PID != os.Getpid() || p.Kernel == "" || len(p.BootID) != 36 {
		t.Errorf("got %+v, want this process", p)
	}
}

func TestHypervisor(t *testing.T) {
	for cpuinfo, want := range map[string]string{
		"processor\t: 0\nflags\t\t: fpu hypervisor lahf_lm\nbugs\t: x\n": "yes",
		"processor\t: 0\nflags\t\t: fpu vmx\nvmx flags\t: hypervisor\n":  "no",
		"processor\t: 0\nFeatures\t: fp asimd\n":                         "",
		"":                                                               "",
	} {
		if got := hypervisor(cpuinfo); got != want {
			t.Errorf("%q: got %q, want %q", cpuinfo, got, want)
		}
	}
}
