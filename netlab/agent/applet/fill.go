//go:build linux

package applet

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// maxFill limits the size of a file, in bytes. The file plays a compiler, not a disk.
const maxFill = 500_000_000

// fill writes a file of a given size, such as 8M, and creates its folder. In a Dockerfile it plays anything large: a
// package manager's download, a compiler.
func (a applets) fill(_ context.Context, args []string) int {
	if len(args) != 2 {
		return Usage
	}
	name, size := args[0], args[1]
	left, ok := bytesOf(size)
	if !ok {
		return Usage
	}
	err := os.MkdirAll(filepath.Dir(name), 0o755)
	if err == nil {
		err = writeBytes(name, left)
	}
	if err != nil {
		fmt.Fprintf(a.Err, "fill: %s\n", clean(err.Error()))
		return No
	}
	return Yes
}

func writeBytes(name string, left int) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer file.Close()
	block := make([]byte, 1<<20)
	state := uint32(1)
	for i := range block { // Marsaglia's xorshift, so that no file system takes the bytes for a hole
		state ^= state << 13
		state ^= state >> 17
		state ^= state << 5
		block[i] = byte(state)
	}
	for left > 0 {
		n, err := file.Write(block[:min(left, len(block))])
		if err != nil {
			return err
		}
		left -= n
	}
	return file.Close()
}

// bytesOf parses 500, 20K or 8M, in units of 1000, as docker counts.
func bytesOf(size string) (int, bool) {
	unit := 1
	switch digits, letter := size[:max(0, len(size)-1)], size[max(0, len(size)-1):]; letter {
	case "K":
		size, unit = digits, 1000
	case "M":
		size, unit = digits, 1_000_000
	}
	n, err := strconv.Atoi(size)
	return n * unit, err == nil && n >= 0 && n <= maxFill/unit && !strings.HasPrefix(size, "+")
}
