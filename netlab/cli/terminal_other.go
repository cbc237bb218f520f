//go:build !(linux || darwin || dragonfly || freebsd || netbsd || openbsd)

package cli

import "time"

// Readable always returns false: this system cannot tell. Keys pressed before the wait count, and Escape is an escape
// byte that arrives alone.
func (device) Readable(time.Duration) bool { return false }

// Quiet does nothing on this system.
func (device) Quiet() (restore func()) { return func() {} }

// Drain does nothing on this system.
func (device) Drain() []byte { return nil }
