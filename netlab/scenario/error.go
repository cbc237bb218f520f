package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/clipperhouse/displaywidth"

	"netlab/netlab/near"
)

// An Error is one mistake in a file.
type Error struct {
	File   string
	Line   int    // from 1
	Column int    // from 1, in characters
	Source string // the line as written in the file; "" if the file was not read
	Text   string
}

// Errors lists all mistakes in a file, in the order of the file.
type Errors []Error

// maxShown bounds what Errors prints: a file that is not a scenario at all would fill the screen many times.
const maxShown = 50

// Error renders all errors, each as file:line:column with its source line and a caret below it.
func (es Errors) Error() string {
	var b strings.Builder
	for i, e := range es {
		if i == maxShown {
			fmt.Fprintf(&b, "\nand %d more", len(es)-i)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(e.Error())
	}
	return b.String()
}

// Error renders e as file:line:column with its source line and a caret below it.
func (e Error) Error() string {
	head := fmt.Sprintf("%s:%d:%d: %s", printable(e.File), e.Line, e.Column, e.Text)
	if strings.TrimSpace(e.Source) == "" {
		return head
	}
	before, after := clip(e.Source, e.Column-1)
	return fmt.Sprintf("%s\n    %s%s\n    %s^", head, before, after, strings.Repeat(" ", displaywidth.String(before)))
}

// How much of a long line is shown, in characters.
const (
	shownBefore = 60
	shown       = 100 // in total
)

// clip splits a line at character n, makes it printable and cuts it to what fits on a screen.
func clip(line string, n int) (before, after string) {
	// Not by []rune, which would lose track of bytes that are not UTF-8.
	var starts []int
	for i := range line {
		starts = append(starts, i)
	}
	starts = append(starts, len(line))
	last := len(starts) - 1
	n = max(0, min(n, last))
	from, to := max(0, n-shownBefore), min(last, n+shown-min(n, shownBefore))
	before, after = printable(line[starts[from]:starts[n]]), printable(line[starts[n]:starts[to]])
	if from > 0 {
		before = "…" + before
	}
	if to < last {
		after += "…"
	}
	return before, after
}

// printable escapes characters that would move a terminal's cursor or hide text. A tab becomes one space, so that the
// caret is in the right place.
func printable(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '\t':
			b.WriteByte(' ')
		case r == unicode.ReplacementChar && s[i] != "\uFFFD"[0]:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// quote returns words from the file as a message shows them.
func quote(s string) string {
	if r := []rune(s); len(r) > 40 {
		s = string(r[:40]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

// sorted returns the errors by position, without duplicates.
func sorted(es Errors) Errors {
	slices.SortStableFunc(es, func(a, b Error) int {
		return cmp.Or(a.Line-b.Line, a.Column-b.Column)
	})
	return slices.Compact(es)
}

// suggest returns the name of the list that was probably meant, or all of them, as words to append to a message.
func suggest(word string, names []string) string { return cmp.Or(closest(word, names), mustBe(names)) }

func mustBe(names []string) string { return ", must be one of " + strings.Join(names, ", ") }

// closest returns the name of the list that was probably meant, as words to append to a message, or "" if none is
// close.
func closest(word string, names []string) string {
	best, distance := "", 3
	if len(word) < 4 {
		distance = 2 // with two typos a short word can become any other
	}
	for _, n := range names {
		if len(word) > 64 || len(n) > 64 { // no typo, and comparing long words takes time
			continue
		}
		if d := near.Distance(word, n); d < distance && d < len(n) {
			best, distance = n, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", best)
}
