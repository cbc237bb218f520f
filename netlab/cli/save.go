package cli

// The file that a result is kept in, of --save and of a class's --report.

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// A resultFile is where a result goes. What it may be written to is tried before anything is built, so that a path that
// cannot be written costs nothing. A result goes to a new file beside it, which takes its place when it is complete: an
// older result is not lost before that.
type resultFile struct {
	name   string      // where links lead; "" where none is wanted
	mode   fs.FileMode // of the file that is there; 0 for none
	direct *os.File    // a device or a pipe, or a file in a folder that takes no other; else nil
}

// openResult prepares writing to a file, or to none for "". Flag is the option that the name came from. The caller must
// close it.
func openResult(flag, name string) (*resultFile, error) {
	if name == "" {
		return &resultFile{}, nil
	}
	f, err := prepareResult(name)
	if err != nil {
		return nil, usagef("%s: %w", flag, err)
	}
	return f, nil
}

func prepareResult(name string) (*resultFile, error) {
	info, err := os.Stat(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	f := &resultFile{name: followed(name)}
	if err == nil {
		if f.direct, err = os.OpenFile(name, os.O_WRONLY, 0); err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			return f, nil
		}
		f.mode = info.Mode().Perm()
	}
	beside, err := f.beside()
	switch {
	case err == nil:
		f.close()
		f.direct = nil
		_ = beside.Close()
		return f, os.Remove(beside.Name())
	case f.direct != nil: // the file can be written, and its folder cannot
		return f, nil
	}
	return nil, err
}

// followed is where the links lead that name is one of, be it to a file that is not there.
func followed(name string) string {
	for range 40 { // as many as the kernel follows
		to, err := os.Readlink(name)
		if err != nil {
			return name
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(name), to)
		}
		name = to
	}
	return name
}

// beside makes a new file in the same folder.
func (f *resultFile) beside() (*os.File, error) {
	folder, base := filepath.Split(f.name)
	if base == "" || base == "." || base == ".." {
		return nil, &fs.PathError{Op: "open", Path: f.name, Err: errors.New("is a directory")}
	}
	for range 100 {
		name := filepath.Join(folder, fmt.Sprintf(".netlab-%08x", rand.Uint32()))
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		switch {
		case errors.Is(err, fs.ErrExist):
			continue
		case err != nil: // about the file that was named, not one that nobody knows
			var path *fs.PathError
			if errors.As(err, &path) {
				err = &fs.PathError{Op: path.Op, Path: f.name, Err: path.Err}
			}
			return nil, err
		}
		return file, nil
	}
	return nil, &fs.PathError{Op: "open", Path: f.name, Err: fs.ErrExist}
}

// write makes what is drawn the file's content. Where there is no file it does nothing.
func (f *resultFile) write(draw func(io.Writer) error) error {
	if f.name == "" {
		return nil
	}
	write := f.replace
	if f.direct != nil {
		write = f.overwrite
	}
	if err := write(draw); err != nil {
		var path *fs.PathError
		if errors.As(err, &path) { // without the name of the file beside it
			err = path.Err
		}
		return outputError{fmt.Errorf("writing %s: %w", f.name, err)}
	}
	return nil
}

func (f *resultFile) overwrite(draw func(io.Writer) error) error {
	_ = f.direct.Truncate(0) // a pipe or a device cannot be, and need not
	if err := draw(f.direct); err != nil {
		return err
	}
	return f.direct.Close()
}

func (f *resultFile) replace(draw func(io.Writer) error) error {
	file, err := f.beside()
	if err != nil {
		return err
	}
	err = draw(file)
	if f.mode != 0 {
		err = errors.Join(err, file.Chmod(f.mode))
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), f.name)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}

// close ends what openResult began.
func (f *resultFile) close() {
	if f.direct != nil {
		_ = f.direct.Close() // write has told what there was to tell
	}
}
