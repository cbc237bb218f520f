package render

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// A Program is how the user calls netlab. The zero value is "netlab".
type Program struct {
	Name   string // "docker netlab"
	Engine string // the same with the flags that chose the engine: "docker --context far netlab"
}

// named matches a command in a sentence. A flag before the command is there because the command is for another engine.
var named = regexp.MustCompile(`(docker )?\bnetlab( (?:-H|--context) \S+)? ` +
	`(bench|class|clean|compare|demo|diff|doctor|down|explain|hook|list|matrix|replay|` +
	`run|scan|schema|show|validate|why|worksheet)\b`)

// offline are the commands that need no engine.
var offline = []string{"diff", "explain", "hook", "list", "replay", "schema", "show", "validate", "worksheet"}

// In returns text with every netlab command in it as the user has to type it.
func (p Program) In(text string) string {
	if p == (Program{}) {
		return text
	}
	return named.ReplaceAllStringFunc(text, func(called string) string {
		part := named.FindStringSubmatch(called)
		name := cmp.Or(p.Name, "netlab")
		if part[2] == "" && !slices.Contains(offline, part[3]) {
			name = cmp.Or(p.Engine, name)
		}
		return name + part[2] + " " + part[3]
	})
}

// Fold wraps the lines of a message that are wider than width. It leaves indented lines, which quote a file, and does
// not break words, which may be addresses to copy.
func Fold(text string, width int) string {
	var folded []string
	for line := range strings.SplitSeq(text, "\n") {
		if columns(line) <= width || strings.HasPrefix(line, " ") {
			folded = append(folded, line)
			continue
		}
		folded = append(folded, fill(strings.Fields(line), " ", "  ", width)...)
	}
	return strings.Join(folded, "\n")
}
