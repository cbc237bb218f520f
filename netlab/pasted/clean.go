package pasted

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText is how much of a text is read. A stack trace says what failed near its beginning or at its end.
const maxText = 16 << 10

// escapes are the sequences with which a terminal is told to change color or title, in a log that is copied raw, or in
// JSON.
var escapes = regexp.MustCompile(`(?:\x1b|\\u001[bB]|\\x1[bB]|\\033)` +
	`(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)`)

// inJSON are the characters that a log in JSON escapes.
var inJSON = strings.NewReplacer(`\"`, `"`, `\n`, " ", `\t`, " ", `\r`, " ", `\/`, "/")

// clean returns the text as one line without escape sequences, control characters and credentials.
func clean(text string) string {
	if len(text) > maxText { // words that the cut goes through may be half a password
		head, tail := text[:maxText/2], text[len(text)-maxText/2:]
		text = head[:1+strings.LastIndexFunc(head, unicode.IsSpace)] + " " + afterSpace(tail)
	}
	text = inJSON.Replace(escapes.ReplaceAllString(text, ""))
	text = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError || unicode.Is(unicode.Cf, r):
			return -1 // it is invisible, or was cut in two
		case r == '‘' || r == '’':
			return '\''
		case r == '“' || r == '”':
			return '"'
		case unicode.IsControl(r) || unicode.IsSpace(r):
			return ' '
		}
		return r
	}, text)
	words := strings.Fields(text)
	for i, w := range words {
		words[i] = withoutCredentials(w)
	}
	return strings.Join(words, " ")
}

// afterSpace returns what comes after the first word of text.
func afterSpace(text string) string {
	i := strings.IndexFunc(text, unicode.IsSpace)
	if i < 0 {
		return ""
	}
	return text[i:]
}

// withoutCredentials cuts off what comes before the last @ of a word: user:password@. If a URL seems to have its @ in
// the path, it cannot be told what is a port and what a password, so its host is left out.
func withoutCredentials(word string) string {
	at := strings.LastIndex(word, "@")
	if at < 0 {
		return word
	}
	before, rest, isURL := strings.Cut(word, "://")
	if !isURL || len(before) > at {
		return word[at+1:]
	}
	authority, path := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	before += "://"
	switch own := strings.LastIndex(authority, "@"); {
	case strings.Contains(path, "@") && strings.ContainsAny(authority, ":@"):
		return before
	case own >= 0:
		return before + authority[own+1:] + path
	}
	return before + authority
}
