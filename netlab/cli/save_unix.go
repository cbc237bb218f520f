//go:build unix

package cli

import (
	"os"
	"syscall"
)

// keepOwner gives a file the owner of the file that it will replace. Only root can do so if they differ.
func keepOwner(file *os.File, replaced string) {
	info, err := os.Stat(replaced)
	if err != nil {
		return
	}
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		_ = file.Chown(int(s.Uid), int(s.Gid))
	}
}
