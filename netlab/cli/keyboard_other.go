//go:build !unix

package cli

import (
	"os"
	"time"
)

// readable cannot be asked here: keys that were pressed before the wait count, and Escape is what comes alone.
func readable(*os.File, time.Duration) bool { return false }
