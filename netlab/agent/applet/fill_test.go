//go:build linux

package applet_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netlab/netlab/agent/applet"
	"netlab/netlab/probe"
)

func TestFill(t *testing.T) {
	dir := t.TempDir()
	for size, want := range map[string]int64{"0": 0, "7": 7, "20K": 20_000, "3M": 3_000_000} {
		name := filepath.Join(dir, "of", size)
		code, out, errs := call(t, "fill "+name+" "+size, "", answering(probe.Outcome{}, nil, nil))
		if code != applet.Yes || out+errs != "" {
			t.Errorf("%s: got %d, %q and %q, want 0 and nothing said", size, code, out, errs)
		}
		if info, err := os.Stat(name); err != nil || info.Size() != want {
			t.Errorf("%s: got %v, %v, want %d bytes", size, info, err, want)
		}
	}
	for _, size := range []string{"", "M", "-1", "+1", "1.5M", "8G", "501M", "99999999999999999999", "K8"} {
		code, _, errs := call(t, "fill "+filepath.Join(dir, "no")+" "+size, "", answering(probe.Outcome{}, nil, nil))
		if code != applet.Usage || !strings.Contains(errs, "fill FILE SIZE") {
			t.Errorf("%q: got %d and %q, want how it is called", size, code, errs)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "no")); err == nil {
		t.Error("a wrong call wrote a file")
	}
	code, _, errs := call(t, "fill "+dir+" 1K", "", answering(probe.Outcome{}, nil, nil))
	if code != applet.No || !strings.Contains(errs, "is a directory") {
		t.Errorf("a folder: got %d and %q", code, errs)
	}
}
