package cli

// The file that a result is kept in, of --save and of a class's --report.

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// A resultFile is where a result goes. It is opened before anything is built, so that a path that cannot be written
// costs nothing; but an older result in it is not lost before there is a new one.
type resultFile struct {
	file    *os.File // nil where none is wanted
	made    bool     // was not there before
	written bool
}

// openResult opens the file, or none for "". The flag is the one that named it. Close it.
func openResult(flag, name string) (*resultFile, error) {
	if name == "" {
		return &resultFile{}, nil
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	made := err == nil
	if errors.Is(err, fs.ErrExist) { // O_CREATE all the same, for a link to a file that is not there
		file, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o666)
	}
	if err != nil {
		return nil, usagef("%s: %w", flag, err)
	}
	return &resultFile{file: file, made: made}, nil
}

// write makes what is drawn the file's content. Where there is no file it does nothing.
func (f *resultFile) write(draw func(io.Writer) error) error {
	if f.file == nil {
		return nil
	}
	f.written = true
	_ = f.file.Truncate(0) // a pipe or a device cannot be, and need not
	err := draw(f.file)
	if err == nil {
		err = f.file.Close()
	}
	if err != nil {
		return outputError{fmt.Errorf("writing %s: %w", f.file.Name(), err)}
	}
	return nil
}

// close leaves no empty file behind where there was none and nothing was written.
func (f *resultFile) close() {
	if f.file == nil {
		return
	}
	_ = f.file.Close() // write has told what there was to tell
	if f.made && !f.written {
		_ = os.Remove(f.file.Name())
	}
}
