package cli

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"netlab/netlab/scenario"
)

// A person is a terminal and who sits in front of it: each wait for a key gets the next one, and after the last the
// terminal is gone.
type person struct {
	bytes.Buffer // what the screen shows
	keys         []string
}

func (p *person) Read(b []byte) (int, error) {
	if len(p.keys) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.keys[0])
	p.keys = p.keys[1:]
	return n, nil
}

func (*person) Size() (width, height int)        { return 80, 24 }
func (*person) Raw() (restore func(), err error) { return func() {}, nil }
func (*person) Quiet() (restore func())          { return func() {} }
func (*person) Readable(time.Duration) bool      { return false }
func (*person) Drain() []byte                    { return nil }

// Between sections, keys say where the class goes. The note is for the teacher: it takes a key to show it.
func TestClassKeys(t *testing.T) {
	for _, tt := range []struct {
		keys []string
		want move
		says string // on the screen
	}{
		{[]string{"\r"}, moveOn, ""},
		{[]string{" "}, moveOn, ""},
		{[]string{"\x1b[C"}, moveOn, ""},
		{[]string{"b"}, moveBack, ""},
		{[]string{"\x1b[D"}, moveBack, ""},
		{[]string{"s"}, moveSkip, ""},
		{[]string{"r"}, moveAgain, ""},
		{[]string{"q"}, moveEnd, ""},
		{[]string{"\x04"}, moveEnd, ""},
		{[]string{"n", "\r"}, moveOn, "Ask who has seen docker0."},
		{[]string{"?", "\r"}, moveOn, "r                     measure this section again"},
		{[]string{"z", "\r"}, moveOn, "That key does nothing here."},
		{[]string{"x", "\r"}, moveOn, "No lab is up."},
	} {
		p := &person{keys: tt.keys}
		s := &shared{printer: printer{streams: Streams{In: p, Out: p, Err: p, Env: func(string) string { return "" }}}}
		c := &class{console: s.console(), shared: s, options: s.page(), plan: &scenario.Plan{}}
		got, err := c.ask(t.Context(), "Enter continues", nil, "Ask who has seen docker0.")
		if err != nil || got != tt.want {
			t.Errorf("after %q: got %v and %v, want %v", tt.keys, got, err, tt.want)
		}
		if text := p.String(); !strings.Contains(text, tt.says) ||
			strings.Contains(text, "docker0") && !strings.Contains(tt.says, "docker0") {
			t.Errorf("after %q the screen shows:\n%s\nwant %q", tt.keys, text, tt.says)
		}
	}
}

// Ctrl-C at a question ends the command.
func TestClassInterrupted(t *testing.T) {
	p := &person{keys: []string{"\x03"}}
	ctx, end := context.WithCancel(t.Context())
	s := &shared{
		printer:   printer{streams: Streams{In: p, Out: p, Err: p, Env: func(string) string { return "" }}},
		interrupt: end,
	}
	c := &class{console: s.console(), shared: s, options: s.page(), plan: &scenario.Plan{}}
	if _, err := c.ask(ctx, "Enter continues", nil, ""); err == nil || ctx.Err() == nil {
		t.Errorf("got %v, and the command goes on: %v", err, ctx.Err() == nil)
	}
}
