package scenarios

import (
	"embed"
	"slices"
)

//go:embed recorded/*.json
var recorded embed.FS

// Recording returns a saved result of the built-in scenario of that name, as `netlab demo NAME --all --save` wrote it.
func Recording(name string) ([]byte, bool) {
	text, err := recorded.ReadFile("recorded/" + name + ".json")
	return text, err == nil
}

// Recordings lists the scenarios that have one, in teaching order; compare is the comparison of them, bench what the
// modes cost.
func Recordings() []string {
	return slices.DeleteFunc(append(Names(), "compare", "bench"), func(name string) bool {
		_, ok := Recording(name)
		return !ok
	})
}
