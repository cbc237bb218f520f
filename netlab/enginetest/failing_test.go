//go:build linux && engines

package enginetest

import (
	"fmt"
	"runtime"
	"testing"
)

// failing is a test whose failure is the result that is looked for.
type failing struct {
	testing.TB
	words string
}

func (f *failing) Fatalf(format string, args ...any) {
	f.words = fmt.Sprintf(format, args...)
	runtime.Goexit()
}
