package report

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"netlab/netlab/glossary"
	"netlab/netlab/render"
)

// A piece is a part of a sentence: a word that the page explains, or the text between two of them.
type piece struct {
	Text string
	Term string // ID of the explanation on the page, or ""
}

// A run is a part of a text: a command's flag, which stays on one line, or the text between two of them.
type run struct {
	Text string
	Flag bool
}

var aFlag = regexp.MustCompile(`(?:^|[\s("])(--?[A-Za-z][a-z-]*)`)

// flags splits a text at the flags of commands, because a browser may break a line after each of their hyphens.
func flags(text string) []run {
	var runs []run
	done := 0
	for _, at := range aFlag.FindAllStringSubmatchIndex(text, -1) {
		runs = append(runs, run{Text: text[done:at[2]]}, run{Text: text[at[2]:at[3]], Flag: true})
		done = at[3]
	}
	return append(runs, run{Text: text[done:]})
}

// A term is an explanation on the page.
type term struct{ ID, Word, Text string }

// terms finds the words of the glossary in the page's sentences, and remembers which of them it found.
type terms struct {
	pattern *regexp.Regexp
	entries []glossary.Entry
	of      map[string]int // index of an entry by its words, in lower case
	found   map[int]bool
}

// plain lists words of the glossary that sentences use too often, or in other senses, to be marked.
var plain = strings.Split("accepted|attached|bridge|broken|cache|cached|closed|container|control|denied|direct|engine|"+
	"expected|filter|forwards|frame|host|image|in use|interface|internal|lab|layers|link|listen|listener|lo|nat|node|"+
	"none|ok|outside|packet|parent|pc|port|publish|raw|root|rule|service|shared|skipped|textbook|unknown|yes|-p|"+
	"ACCEPT|CMD|COPY|DROP|FROM|RUN|USER", "|")

func newTerms() *terms {
	t := &terms{entries: glossary.Entries(), of: map[string]int{}, found: map[int]bool{}}
	var words []string
	for i, e := range t.entries {
		for _, w := range slices.Concat([]string{e.Word}, e.Also) {
			if slices.Contains(plain, w) {
				continue
			}
			t.of[strings.ToLower(w)] = i
			words = append(words, w)
		}
	}
	slices.SortFunc(words, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	for i, w := range words {
		words[i] = regexp.QuoteMeta(w)
		if w == strings.ToLower(w) {
			words[i] = "(?i:" + words[i] + ")"
		}
	}
	t.pattern = regexp.MustCompile("(" + strings.Join(words, "|") + ")(?:e?s)?")
	return t
}

// mark splits a sentence at the words that the glossary explains, each at its first occurrence.
func (t *terms) mark(text string) []piece {
	var pieces []piece
	done, marked := 0, map[int]bool{}
	for _, at := range t.pattern.FindAllStringSubmatchIndex(text, -1) {
		i := t.of[strings.ToLower(text[at[2]:at[3]])]
		if marked[i] || joined(text, at[0], at[1]) {
			continue
		}
		marked[i] = true
		pieces = append(pieces, piece{Text: text[done:at[0]]}, t.piece(text[at[0]:at[1]], i))
		done = at[1]
	}
	return append(pieces, piece{Text: text[done:]})
}

// head marks the word that a line of a legend explains: "no host: ARP got no answer."
func (t *terms) head(m render.Meaning) []piece {
	e, _, isTerm := glossary.Find(m.Word)
	i := slices.IndexFunc(t.entries, func(other glossary.Entry) bool { return other.Word == e.Word })
	if !isTerm || i < 0 {
		return []piece{{Text: m.String()}}
	}
	return []piece{t.piece(m.Word, i), {Text: ": " + m.Text}}
}

func (t *terms) piece(text string, entry int) piece {
	t.found[entry] = true
	return piece{Text: text, Term: termID(entry)}
}

func termID(entry int) string { return fmt.Sprintf("term-%d", entry+1) }

// explained lists the terms that were found, in alphabetical order.
func (t *terms) explained() []term {
	var list []term
	for i, e := range t.entries {
		if t.found[i] {
			list = append(list, term{termID(i), e.Word, e.Text})
		}
	}
	slices.SortFunc(list, func(a, b term) int {
		return strings.Compare(strings.ToLower(a.Word), strings.ToLower(b.Word))
	})
	return list
}

// joined reports whether the text from start to end is part of a longer word, name or address.
func joined(text string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:start])
	after, size := utf8.DecodeRuneInString(text[end:])
	next, _ := utf8.DecodeRuneInString(text[end+size:])
	part := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-' || r == '/'
	}
	return part(before) || before == '.' || part(after) || after == '.' && part(next)
}
