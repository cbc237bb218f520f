package cli

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func draws(text string, err error) func(io.Writer) error {
	return func(w io.Writer) error {
		_, _ = io.WriteString(w, text)
		return err
	}
}

// content returns the text of the only file in a folder.
func content(t *testing.T, folder string) string {
	t.Helper()
	found, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 {
		t.Fatalf("the folder has %v, want the result alone", found)
	}
	text, err := os.ReadFile(filepath.Join(folder, found[0].Name()))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// If the disk is full or a command fails, the older result survives.
func TestResultFile(t *testing.T) {
	for _, tt := range []struct {
		name    string
		ends    error // error of the drawing
		ignored bool  // nothing is written at all
		want    string
	}{
		{name: "written", want: "new"},
		{name: "disk full", ends: syscall.ENOSPC, want: "an older, longer result"},
		{name: "command failed", ignored: true, want: "an older, longer result"},
	} {
		folder := t.TempDir()
		name := filepath.Join(folder, "result.json")
		if err := os.WriteFile(name, []byte("an older, longer result"), 0o640); err != nil {
			t.Fatal(err)
		}
		f, err := openResult("--save", name)
		if err != nil {
			t.Fatal(err)
		}
		if !tt.ignored {
			err = f.write(draws("new", tt.ends))
		}
		f.close()
		var output outputError
		if !errors.Is(err, tt.ends) || tt.ends != nil && !errors.As(err, &output) {
			t.Errorf("%s: got the error %v, want %v as one of the output", tt.name, err, tt.ends)
		}
		if got := content(t, folder); got != tt.want {
			t.Errorf("%s: the file has %q, want %q", tt.name, got, tt.want)
		}
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o640 {
			t.Errorf("%s: the file's mode became %v (%v)", tt.name, info.Mode(), err)
		}
	}
}

func TestResultFileNew(t *testing.T) {
	folder := t.TempDir()
	name := filepath.Join(folder, "result.json")
	f, err := openResult("--save", name)
	if err != nil {
		t.Fatal(err)
	}
	f.close()
	if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before there is a result, there is a file: %v", err)
	}
	want := "writing " + name + ": no space left on device"
	if err := f.write(draws("half", syscall.ENOSPC)); err == nil || err.Error() != want {
		t.Errorf("disk full: got %v", err)
	}
	if found, _ := os.ReadDir(folder); len(found) > 0 {
		t.Errorf("a full disk has %v", found)
	}
	if err := f.write(draws("new", nil)); err != nil || content(t, folder) != "new" {
		t.Errorf("got %v", err)
	}
}

// A symbolic link keeps pointing to the result, whether the target exists or not. Devices are written to directly.
func TestResultFileLinks(t *testing.T) {
	folder, other := t.TempDir(), t.TempDir()
	link := filepath.Join(folder, "link.json")
	if err := os.Symlink(filepath.Join(other, "result.json"), link); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"first", "second"} {
		f, err := openResult("--save", link)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.write(draws(text, nil)); err != nil {
			t.Fatal(err)
		}
		f.close()
		if got := content(t, other); got != text {
			t.Errorf("the link leads to %q, want %q", got, text)
		}
		if to, err := os.Readlink(link); err != nil || to != filepath.Join(other, "result.json") {
			t.Errorf("the link became %q (%v)", to, err)
		}
	}
	f, err := openResult("--save", "/dev/full")
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	err = f.write(func(w io.Writer) error {
		_, err := io.WriteString(w, "x")
		return err
	})
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a full device: got %v", err)
	}
	if info, err := os.Stat("/dev/full"); err != nil || info.Mode()&fs.ModeCharDevice == 0 {
		t.Errorf("/dev/full became %v (%v)", info.Mode(), err)
	}
}

func TestResultFileRefused(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{folder, filepath.Join(folder, "none", "result.json"), folder + "/"} {
		f, err := openResult("--save", name)
		var usage usageError
		if !errors.As(err, &usage) {
			t.Errorf("%s: got %v and %v, want a usage error", name, f, err)
		}
	}
}
