package scenarios

import (
	"embed"
	"slices"
)

//go:embed recorded/*.json
var recorded embed.FS

// Recording returns a saved result of the built-in scenario of that name, as written by `netlab demo NAME --all
// --packets --save`.
func Recording(name string) ([]byte, bool) {
	text, err := recorded.ReadFile("recorded/" + name + ".json")
	return text, err == nil
}

// Recordings lists the scenarios that have a recording, in teaching order, plus compare for their comparison and
// bench for what the modes cost.
func Recordings() []string {
	return slices.DeleteFunc(append(Names(), "compare", "bench"), func(name string) bool {
		_, ok := Recording(name)
		return !ok
	})
}
