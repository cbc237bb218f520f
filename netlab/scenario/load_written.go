package scenario

import (
	"encoding/json"
	"path"
	"strconv"
	"strings"

	"netlab/netlab/ask"
)

// maxWritten bounds what all builds of a scenario together may write, in bytes, because it runs on a student's
// machine.
const maxWritten = 500_000_000

// build reads the image that a check builds.
func (a *asking) build(e entry) ask.Question {
	i := a.imageNamed(e.value)
	if i == nil {
		return ask.Build{}
	}
	i.built = true
	source := i.spec
	if of := a.s.Image(source.Of); of != nil {
		source = of
	}
	within := a.written <= maxWritten
	if a.written += source.written(); within && a.written > maxWritten {
		a.errorf(e.value, "with this build the lab could write %d MB, more than the limit of %d MB",
			a.written/1_000_000, maxWritten/1_000_000)
	}
	return ask.Build{Image: i.spec.Name}
}

// written is the most that a build of the image's Dockerfile writes, in bytes, if nothing is cached: what fill
// creates and what is copied from earlier stages. A copy counts as everything that its stage wrote.
func (i *Image) written() int {
	total, stage := 0, ""
	in := map[string]int{} // by stage
	for line := range strings.Lines(i.Dockerfile) {
		ws := strings.Fields(line)
		if len(ws) < 2 {
			continue
		}
		more := 0
		switch ws[0] {
		case "FROM":
			base := in[ws[1]]
			if stage = ""; len(ws) == 4 {
				stage = ws[3]
			}
			in[stage] = base
		case "RUN":
			more = filled(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "RUN")))
		case "COPY":
			for _, w := range ws[1:] {
				if from, is := strings.CutPrefix(w, "--from="); is {
					more += in[from]
				}
			}
		}
		in[stage] += more
		total += more
	}
	return total
}

// filled is how much a RUN instruction's fill writes, in bytes. Its command is a line, or a JSON list of words.
func filled(command string) int {
	var list []string
	if json.Unmarshal([]byte(command), &list) == nil {
		command = strings.Join(list, " ")
	}
	ws := strings.Fields(command)
	for i, w := range ws {
		if path.Base(w) == "fill" && i+2 < len(ws) {
			return bytesOf(ws[i+2])
		}
	}
	return 0
}

// bytesOf reads a size as fill does: 500, 20K or 8M, in thousands. It returns 0 for anything else, which fill
// refuses.
func bytesOf(size string) int {
	digits, unit := strings.TrimRight(size, "KM"), 1
	switch strings.TrimPrefix(size, digits) {
	case "K":
		unit = 1000
	case "M":
		unit = 1_000_000
	}
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil {
		return 0
	}
	return int(n) * unit
}
