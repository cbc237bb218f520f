package render

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// stages draws the stages of an answer in columns below it: an instruction and how long its build took or that it came
// from the cache, a layer with its size, or a change with its time. A lesson shows only the stages of a build.
func (p *page) stages(st *result.Step, all bool, indent int) {
	o := st.Observed
	if o == nil || len(o.Stages) == 0 || !all && !builtAny(st) {
		return
	}
	var states, amounts int // widths of the columns
	for _, s := range o.Stages {
		states, amounts = max(states, columns(flat(s.State))), max(amounts, columns(amount(s)))
	}
	for _, s := range o.Stages {
		first := strings.Repeat(" ", indent)
		if states > 0 {
			first += pad(flat(s.State), states) + "  "
		}
		number := amount(s)
		first += strings.Repeat(" ", amounts-columns(number)) + number + "  "
		p.para(first, columns(first), s.What)
	}
}

// builtAny reports whether a step built an image and did not take everything from the cache.
func builtAny(st *result.Step) bool {
	_, builds := st.Asks.Question.(ask.Build)
	return builds && slices.ContainsFunc(st.Observed.Stages, func(s probe.Stage) bool {
		return s.State != ask.Cached
	})
}

// amount is a stage's size if it is a layer, otherwise its time. The engine reports builds over a stream, so times
// under a millisecond say nothing about it.
func amount(s probe.Stage) string {
	switch {
	case s.Bytes > 0:
		return size(strconv.FormatInt(s.Bytes, 10))
	case s.TookUS < 1000 && s.What != "":
		return "<1 ms"
	case s.TookUS == 0:
		return "at first"
	}
	return duration(s.TookUS)
}

// waited is "was starting for 595 ms": how long it took until the awaited change.
func waited(o *result.Observed) string {
	if len(o.Stages) < 2 {
		return ""
	}
	return "was " + flat(o.Stages[len(o.Stages)-2].State) + " for " + duration(o.TookUS)
}

// stagesInWords is all stages on one line, for a cell of a table.
func stagesInWords(stages []Stage) string {
	words := make([]string, 0, len(stages))
	for _, s := range stages {
		word := strings.TrimSpace(s.State + " " + s.Amount)
		if s.What != "" {
			word = s.What + ": " + word
		}
		words = append(words, word)
	}
	return strings.Join(words, "; ")
}

// builtOf says how much of a build came from the cache: "all built", "all cached", "2 cached, 1 built".
func builtOf(value string) string {
	words := strings.Fields(value)
	cached := 0
	for _, w := range words {
		if w == "cached" {
			cached++
		}
	}
	switch cached {
	case 0:
		return "all built"
	case len(words):
		return "all cached"
	}
	return fmt.Sprintf("%d cached, %d built", cached, len(words)-cached)
}
