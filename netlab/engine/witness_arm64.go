package engine

import "embed"

// witnesses has the witness for engines on netlab's own architecture. Those on another one do without: a witness is a
// megabyte, and such engines are rare.
//
//go:embed witnessbin/arm64
var witnesses embed.FS
