//go:build linux

package applet

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"golang.org/x/term"
)

// typed sends keys to the editor, and returns the lines it read and what it showed.
func typed(t *testing.T, keys string) (lines []string, shown string) {
	t.Helper()
	var out bytes.Buffer
	terminal := newTerminal(strings.NewReader(keys), &out, "alice> ")
	for {
		line, err := terminal.editor.ReadLine()
		if errors.Is(err, io.EOF) {
			return lines, out.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		terminal.remember(line)
		lines = append(lines, line)
	}
}

func TestKeys(t *testing.T) {
	const up, left = "\x1b[A", "\x1b[D"
	for _, test := range []struct {
		name, keys string
		want       []string
	}{
		{"the line before", "ping bob\r" + up + "\r", []string{"ping bob", "ping bob"}},
		{"a letter put in", "pig" + left + "n\r", []string{"ping"}},
		{"Ctrl-C empties the line and stays", "ping bo\x03ss\r", []string{"ss"}},
		{"Ctrl-C in the middle of a line", "ping" + left + left + "\x03ss\r", []string{"ss"}},
		{"Ctrl-D leaves", "ss\r\x04ip\r", []string{"ss"}},
		{"a command completed as far as it is certain", "tra\t\r", []string{"trace"}},
		{"the only one, with its space", "pi\tbob\r", []string{"ping bob"}},
		{"a name that was typed before", "ping carol\rdns ca\t\r", []string{"ping carol", "dns carol "}},
		{"a name of /etc/hosts", "ping localh\t\r", []string{"ping localhost"}},
		{"nothing to complete", "zz\t\r", []string{"zz"}},
	} {
		lines, shown := typed(t, test.keys)
		for i := range lines {
			lines[i] = strings.TrimRight(lines[i], " ")
		}
		for i := range test.want {
			test.want[i] = strings.TrimRight(test.want[i], " ")
		}
		if got, want := strings.Join(lines, "|"), strings.Join(test.want, "|"); got != want {
			t.Errorf("%s: got %q, want %q", test.name, got, want)
		}
		if !strings.HasPrefix(shown, "alice> ") {
			t.Errorf("%s: shows %q, without the prompt", test.name, shown)
		}
	}
}

func TestPasteIsNoError(t *testing.T) {
	terminal := newTerminal(strings.NewReader("\x1b[200~ping bob\r\x1b[201~"), io.Discard, "")
	line, err := terminal.editor.ReadLine()
	if line != "ping bob" || err != nil && !errors.Is(err, term.ErrPasteIndicator) {
		t.Errorf("got %q, %v", line, err)
	}
}
