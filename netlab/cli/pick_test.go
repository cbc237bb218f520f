package cli

import (
	"strings"
	"testing"
)

// A lesson is picked with arrow keys or its number. The list fits a screen of 24 lines.
func TestPick(t *testing.T) {
	lessons, err := builtInLessons()
	if err != nil {
		t.Fatal(err)
	}
	last := lessons[len(lessons)-1].Name
	for _, tt := range []struct {
		keys []string
		want string
	}{
		{[]string{"\r"}, "bridge"},
		{[]string{"\x1b[B", "\r"}, "custom-bridge"},
		{[]string{"\x1b[B", "\x1b[A", "\x1b[A", "\r"}, last},
		{[]string{"3", "\r"}, "host"},
		{[]string{"3\r"}, "host"}, // typed faster than drawn
		{[]string{"1", "1", "\r"}, lessons[10].Name},
		{[]string{"9", "9", "\r"}, lessons[8].Name}, // there is no 99
		{[]string{"0", "\r"}, "bridge"},
		{[]string{"3", "\x1b[B", "1", "\r"}, "bridge"},
		{[]string{"z", "\r"}, "bridge"},
		{[]string{"q"}, ""},
		{[]string{"\x1b"}, ""},
		{[]string{"\x04"}, ""},
	} {
		p := &person{keys: tt.keys}
		s := &shared{printer: printer{streams: Streams{In: p, Out: p, Err: p, Env: func(string) string { return "" }}}}
		got, err := s.console().pick(t.Context(), "Engine 28.5.2. Pick a lesson:", lessons, s.page())
		if err != nil || got != tt.want {
			t.Errorf("after %q: got %q and %v, want %q", tt.keys, got, err, tt.want)
		}
		menu, _, _ := strings.Cut(p.String(), pickHint)
		if lines := strings.Count(menu, "\n") + 1; lines > 24 {
			t.Errorf("the list has %d lines, want at most 24", lines)
		}
	}
}
