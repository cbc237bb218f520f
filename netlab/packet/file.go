package packet

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"netlab/netlab/probe"
)

// Files writes pcapng files into a folder, one a place: Ethernet frames with nanoseconds, each with the question that
// it belongs to as its comment. Close it.
type Files struct {
	dir     string
	made    bool // the folder was not there before
	version string
	open    map[string]*file // by path; nil after Close
}

type file struct {
	file *os.File
	out  *bufio.Writer
}

// NewFiles makes the folder, where it is not there. The version is that of the program that writes.
func NewFiles(dir, version string) (*Files, error) {
	_, missing := os.Stat(dir)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("making the folder for packets: %w", err)
	}
	return &Files{dir: dir, made: missing != nil, version: version, open: map[string]*file{}}, nil
}

// Place makes sure that there is a file of a place, be it empty. The folder below may be "".
func (f *Files) Place(folder, place, link string) error {
	_, err := f.of(folder, place, link)
	return err
}

// Write appends a frame to its place's file. Comment may be "".
func (f *Files) Write(folder, place, comment string, frame probe.Frame) error {
	to, err := f.of(folder, place, frame.Link)
	if err != nil {
		return err
	}
	if _, err := to.out.Write(enhancedPacket(frame, comment)); err != nil {
		return fmt.Errorf("writing packets of %s: %w", place, err)
	}
	return nil
}

// of returns the file of a place, begun.
func (f *Files) of(folder, place, link string) (*file, error) {
	base := strings.ReplaceAll(place, " ", "-") + ".pcapng"
	if !filepath.IsLocal(filepath.Join(folder, base)) || filepath.Base(base) != base || strings.ContainsRune(base, 0) {
		return nil, fmt.Errorf("writing packets: %q cannot name a file", place) // an agent chooses part of it
	}
	name := filepath.Join(f.dir, folder, base)
	if known := f.open[name]; known != nil {
		return known, nil
	}
	if f.open == nil { // to begin the file anew would empty it
		return nil, fmt.Errorf("writing packets of %s: %w", place, os.ErrClosed)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return nil, fmt.Errorf("making the folder for packets: %w", err)
	}
	made, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("writing packets: %w", err)
	}
	to := &file{file: made, out: bufio.NewWriter(made)}
	f.open[name] = to
	if _, err := to.out.Write(append(sectionHeader("netlab "+f.version), interfaceOf(link, place)...)); err != nil {
		return nil, fmt.Errorf("writing packets of %s: %w", place, err)
	}
	return to, nil
}

// Close ends the files, and says how many there are. A folder that it made for none is removed.
func (f *Files) Close() (int, error) {
	var all []error
	for name, to := range f.open {
		if err := errors.Join(to.out.Flush(), to.file.Close()); err != nil {
			all = append(all, fmt.Errorf("writing %s: %w", name, err))
		}
	}
	n := len(f.open)
	if n == 0 && f.made {
		all = append(all, os.Remove(f.dir))
	}
	f.open = nil
	return n, errors.Join(all...)
}
