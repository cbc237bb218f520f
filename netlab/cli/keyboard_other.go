//go:build !(linux || darwin || dragonfly || freebsd || netbsd || openbsd)

package cli

import (
	"os"
	"time"
)

// readable always returns false: this system cannot tell. Keys pressed before the wait count, and Escape is an escape
// byte that arrives alone.
func readable(*os.File, time.Duration) bool { return false }

// noEcho does nothing on this system.
func noEcho(*os.File) (restore func()) { return func() {} }

// drain does nothing on this system.
func drain(*os.File) []byte { return nil }
