package cli

// The file for a result: --save, and --report of a class.

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// A resultFile is where a result goes. It is tested before anything is built, so a path that cannot be written costs
// nothing. The result goes to a new file in the same folder, which replaces the old file once it is complete, so an
// older result is not lost before that.
type resultFile struct {
	name   string      // with links resolved; "" for no file
	mode   fs.FileMode // of the existing file; 0 for none
	direct *os.File    // a device, a pipe, or a file in a folder where no other can be created; else nil
}

// openResult opens the file for flag, or none if name is "". The caller must close it.
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
	case f.direct != nil: // the file is writable but its folder is not
		return f, nil
	}
	return nil, err
}

// followed resolves the symbolic links of name, even if the target does not exist.
func followed(name string) string {
	for range 40 { // the kernel's own limit
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

// beside creates a new file in the same folder.
func (f *resultFile) beside() (*os.File, error) {
	folder, base := filepath.Split(f.name)
	if base == "" || base == "." || base == ".." {
		return nil, &fs.PathError{Op: "open", Path: f.name, Err: errors.New("is a directory")}
	}
	for range 100 {
		name := filepath.Join(folder, fmt.Sprintf(".netlab-%08x", rand.Uint32()))
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, cmp.Or(f.mode, 0o666))
		switch {
		case errors.Is(err, fs.ErrExist):
			continue
		case err != nil: // name the user's file, not the temporary one
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

// write replaces the file's content with what draw writes. Without a file it does nothing.
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
		if errors.As(err, &path) { // leave out the temporary file's name
			err = path.Err
		}
		return outputError{fmt.Errorf("writing %s: %w", f.name, err)}
	}
	return nil
}

func (f *resultFile) overwrite(draw func(io.Writer) error) error {
	_ = f.direct.Truncate(0) // fails for a pipe or a device, which does not need it
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
	keepOwner(file, f.name)
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

// close releases what openResult opened.
func (f *resultFile) close() {
	if f.direct != nil {
		_ = f.direct.Close() // write already reported any error
	}
}
