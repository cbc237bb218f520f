//go:build !(linux || darwin || dragonfly || freebsd || netbsd || openbsd)

package cli

import (
	"os"
	"time"
)

// readable cannot be asked here: keys that were pressed before the wait count, and Escape is what comes alone.
func readable(*os.File, time.Duration) bool { return false }

// noEcho cannot be had here.
func noEcho(*os.File) (restore func()) { return func() {} }

// drain reads nothing here.
func drain(*os.File) []byte { return nil }
