//go:build linux

package applet

import (
	"strconv"
	"strings"
)

// clean makes text from outside (a name, a DNS answer, a server's message) safe for a terminal. It replaces
// everything that is not printable, including escape sequences and bytes that are not UTF-8, with a Go escape.
func clean(text string) string {
	var b strings.Builder
	for _, r := range text {
		if strconv.IsPrint(r) && r != '\uFFFD' {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
	}
	return b.String()
}

// milliseconds formats microseconds as milliseconds with two decimals, "0.10".
func milliseconds(us int64) string { return strconv.FormatFloat(float64(us)/1000, 'f', 2, 64) }
