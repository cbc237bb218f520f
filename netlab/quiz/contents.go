package quiz

import (
	"strconv"
	"strings"

	"netlab/netlab/render"
	"netlab/netlab/result"
)

const (
	shared  = "the same as another's"
	itsOwn  = "one of its own"
	onlyOne = "its own alone"
)

// contents is a thing that is read of a container beside its network: of its processes, its memory, its files.
func contents(thing string) kind {
	switch thing {
	case "kernel", "boot-id", "timens", "vm.swappiness", "pidns", "mntns", "ipcns":
		return exactlyOf([]string{shared, itsOwn}, sameOrOwn)
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
	case "size", "memory":
		return magnitudes()
	case "image.now":
		return exactlyOf([]string{"the same as before", "another"}, func(st *result.Step) string {
			if sameOrOwn(st) == shared {
				return "the same as before"
			}
			return "another"
		})
	}
	return kind{}
}

// sameOrOwn tells by the verdict on a comparison whether what was read is what another has too.
func sameOrOwn(st *result.Step) string {
	expected := ""
	if len(st.Expect) > 0 {
		expected = st.Expect[len(st.Expect)-1]
	}
	if strings.HasPrefix(expected, "equals ") == (st.Verdict == result.AsExpected) {
		return shared
	}
	return itsOwn
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

func exactlyOf(values []string, value func(*result.Step) string) kind {
	k := exactly(values...)
	k.value = func(_ *result.Record, _ *result.Scenario, st *result.Step) string { return value(st) }
	return k
}
