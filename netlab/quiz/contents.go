package quiz

import (
	"strconv"
	"strings"

	"netlab/netlab/render"
	"netlab/netlab/result"
)

const onlyOne = "its own alone"

// contents is a thing that is read of a container beside its network: of its processes, its memory, its files.
func contents(thing string, which bool) kind {
	if thing == "size" || thing == "memory" { // never a yes or a no
		return magnitudes()
	}
	if !which {
		return kind{}
	}
	switch thing {
	case "pid", "host-pid":
		return exactlyBy([]string{"1", "a larger one"}, func(_ *result.Record, pid string) string {
			if pid == "1" {
				return pid
			}
			return "a larger one"
		})
	case "processes":
		return exactlyBy([]string{onlyOne, "others' too"}, func(_ *result.Record, all string) string {
			if len(strings.Fields(all)) == 1 {
				return onlyOne
			}
			return "others' too"
		})
	case "changes":
		return exactlyBy([]string{none, "one path", "more"}, func(_ *result.Record, all string) string {
			switch paths := len(strings.Fields(all)) / 2; { // each has a letter before it
			case isNone(all):
				return none
			case paths == 1:
				return "one path"
			}
			return "more"
		})
	}
	return kind{}
}

// magnitudes is a number of bytes, by order.
func magnitudes() kind {
	values := []string{"less than 100 kB", "less than 10 MB", "less than 1 GB", "more"}
	return exactlyBy(values, func(_ *result.Record, bytes string) string {
		n, err := strconv.ParseUint(render.Flat(bytes), 10, 64)
		for i, limit := range []uint64{100_000, 10_000_000, 1_000_000_000} {
			if err == nil && n < limit {
				return values[i]
			}
		}
		return values[3]
	})
}
