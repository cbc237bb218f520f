package quiz

import (
	"strconv"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/result"
)

const onlyOne = "only its own"

// contents is for things read from a container apart from its network: its processes, its memory, its files.
func contents(thing string, which bool) kind {
	if thing == ask.LayerSize || thing == ask.Memory { // never a yes or a no
		return magnitudes()
	}
	if !which {
		return kind{}
	}
	switch thing {
	case ask.PID, ask.HostPID:
		return exactlyBy([]string{"1", "a larger one"}, func(_ *result.Record, pid string) string {
			if pid == "1" {
				return pid
			}
			return "a larger one"
		})
	case ask.Processes:
		return exactlyBy([]string{onlyOne, "others' too"}, func(_ *result.Record, processes string) string {
			if len(strings.Fields(processes)) == 1 {
				return onlyOne
			}
			return "others' too"
		})
	case ask.Changes:
		return exactlyBy([]string{ask.None, "one path", "more"}, func(_ *result.Record, changes string) string {
			switch paths := len(strings.Fields(changes)) / 2; { // each path has a letter before it
			case isNone(changes):
				return ask.None
			case paths == 1:
				return "one path"
			}
			return "more"
		})
	}
	return kind{}
}

// magnitudes is for a number of bytes, by order of magnitude.
func magnitudes() kind {
	values := []string{"less than 100 kB", "less than 10 MB", "less than 1 GB", "more"}
	return exactlyBy(values, func(_ *result.Record, bytes string) string {
		n, err := strconv.ParseUint(strings.TrimSpace(bytes), 10, 64)
		for i, limit := range []uint64{100_000, 10_000_000, 1_000_000_000} {
			if err == nil && n < limit {
				return values[i]
			}
		}
		return values[3]
	})
}
