//go:build !amd64 && !arm64

package engine

import "embed"

// witnesses is empty: the witness is not built for this architecture.
var witnesses embed.FS
