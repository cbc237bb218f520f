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

// Files writes pcapng files into a folder, one file per capture point. They hold Ethernet frames with nanosecond
// timestamps; a frame's comment is the question it belongs to. The caller must close it.
type Files struct {
	dir     string
	made    bool // NewFiles created the folder
	version string
	open    map[string]*file // by path; nil after Close
}

type file struct {
	file *os.File
	out  *bufio.Writer
}

// NewFiles creates the folder if it does not exist. version is that of the writing program.
func NewFiles(dir, version string) (*Files, error) {
	_, missing := os.Stat(dir)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("making the folder for packets: %w", err)
	}
	return &Files{dir: dir, made: missing != nil, version: version, open: map[string]*file{}}, nil
}

// Place makes sure that a capture point has a file, even an empty one. folder may be "".
func (f *Files) Place(folder, place, link string) error {
	_, err := f.of(folder, place, link)
	return err
}

// Write appends a frame to the file of its capture point. comment may be "".
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

// of returns the file of a capture point, and starts it if necessary.
func (f *Files) of(folder, place, link string) (*file, error) {
	base := strings.ReplaceAll(place, " ", "-") + ".pcapng"
	if !filepath.IsLocal(filepath.Join(folder, base)) || filepath.Base(base) != base || strings.ContainsRune(base, 0) {
		return nil, fmt.Errorf("writing packets: %q cannot name a file", place) // an agent chooses part of the name
	}
	name := filepath.Join(f.dir, folder, base)
	if known := f.open[name]; known != nil {
		return known, nil
	}
	if f.open == nil { // starting the file again would empty it
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

// Close closes the files and returns their number. If there are none, it removes a folder that NewFiles created.
func (f *Files) Close() (int, error) {
	var errs []error
	for name, to := range f.open {
		if err := errors.Join(to.out.Flush(), to.file.Close()); err != nil {
			errs = append(errs, fmt.Errorf("writing %s: %w", name, err))
		}
	}
	n := len(f.open)
	if n == 0 && f.made {
		errs = append(errs, os.Remove(f.dir))
	}
	f.open = nil
	return n, errors.Join(errs...)
}
