package render

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// Plain makes text from outside safe to write: one line, with control characters, escape sequences, bidirectional
// overrides, invisible characters and invalid UTF-8 escaped as in Go source ("\x1b", "\u202e").
func Plain(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
		s = s[size:]
	}
	return b.String()
}

// columns is the width of plain text on a terminal.
func columns(s string) int { return displaywidth.String(s) }

// cut shortens plain text to a width and marks a cut with "…".
func cut(s string, width int) string {
	if width <= 0 {
		return ""
	}
	return displaywidth.TruncateString(s, width, "…")
}

// pad cuts or fills plain text to exactly that width.
func pad(s string, width int) string {
	s = cut(s, width)
	return s + strings.Repeat(" ", max(0, width-columns(s)))
}

// flat turns white space into single spaces, then applies Plain.
func flat(s string) string { return Plain(strings.Join(strings.Fields(s), " ")) }

// wrap breaks text into lines, the first and the others with their own widths. A word that is too long is broken.
func wrap(text string, first, others int) []string {
	var lines []string
	line, room := "", max(first, 1)
	next := func() {
		lines = append(lines, line)
		line, room = "", max(others, 1)
	}
	for word := range strings.FieldsSeq(flat(text)) {
		wide := columns(word)
		if line != "" && columns(line)+1+wide > room {
			next()
		}
		if line != "" {
			line += " "
		}
		for columns(line)+wide > room {
			head := displaywidth.TruncateString(word, room-columns(line), "")
			if head == "" { // a wide character does not fit into a narrow column
				word = "…"
				break
			}
			line += head
			word = word[len(head):]
			wide -= columns(head) // measuring the whole rest each time would take quadratic time
			next()
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// fill puts words on lines of at most width columns, with sep between two, and indent before each line but the first.
func fill(words []string, sep, indent string, width int) []string {
	var lines []string
	for _, word := range words {
		switch last := len(lines) - 1; {
		case last < 0:
			lines = append(lines, word)
		case columns(lines[last]+sep+word) > width:
			lines = append(lines, indent+word)
		default:
			lines[last] += sep + word
		}
	}
	return lines
}

// Count is "1 network", "2 networks".
func Count(n int, one string) string { return plural(n, one) }

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + one + "s"
}

// size is a number of bytes in a suitable unit: 15 bytes, 7.4 MB. Anything but a number stays as it is.
func size(bytes string) string {
	n, err := strconv.ParseUint(bytes, 10, 64)
	if err != nil {
		return bytes
	}
	if n < 1000 {
		return plural(int(n), "byte")
	}
	units := []string{"kB", "MB", "GB", "TB"}
	value := float64(n) / 1000
	for value >= 999.5 && len(units) > 1 {
		value, units = value/1000, units[1:]
	}
	digits := 0
	if value < 9.95 {
		digits = 1
	}
	return strconv.FormatFloat(value, 'f', digits, 64) + " " + units[0]
}

// millis is microseconds as milliseconds without the unit, with about two digits: 0.008, 0.34, 3.1, 250.
func millis(us int64) string {
	switch ms := float64(us) / 1000; {
	case ms > 0 && ms < 0.1:
		return strconv.FormatFloat(ms, 'f', 3, 64)
	case ms < 1:
		return strconv.FormatFloat(ms, 'f', 2, 64)
	case ms < 10:
		return strconv.FormatFloat(ms, 'f', 1, 64)
	default:
		return strconv.FormatFloat(ms, 'f', 0, 64)
	}
}

// duration is microseconds in a suitable unit: 0.098 ms, 250 ms, 3.1 s.
func duration(us int64) string {
	if us < 1_000_000 {
		return millis(us) + " ms"
	}
	return strconv.FormatFloat(float64(us)/1e6, 'f', 1, 64) + " s"
}

// seconds is microseconds in seconds, for whatever takes about that long: 0.8 s.
func seconds(us int64) string { return strconv.FormatFloat(float64(us)/1e6, 'f', 1, 64) + " s" }
