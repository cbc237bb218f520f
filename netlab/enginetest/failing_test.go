//go:build linux && engines

package enginetest

import (
	"fmt"
	"runtime"
	"testing"
)

// A failing is a test that is expected to fail.
type failing struct {
	testing.TB
	words string
}

func (f *failing) Fatalf(format string, args ...any) {
	f.words = fmt.Sprintf(format, args...)
	runtime.Goexit()
}
