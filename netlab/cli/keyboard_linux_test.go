package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func TestFirstKey(t *testing.T) {
	tests := []struct {
		sent string
		want []key
	}{
		{"", nil},
		{"1", []key{'1'}},
		{"?q", []key{'?', 'q'}},
		{" ", []key{' '}},
		{"é", []key{'é'}},
		{"\r", []key{keyEnter}},
		{"\n", []key{keyEnter}},
		{"\x03", []key{ctrlC}},
		{"\x04", []key{keyEnd}},
		{"\x1b", []key{keyEscape}},
		{"\x1b[A\x1b[B\x1b[C\x1b[D", []key{keyUp, keyDown, keyRight, keyLeft}},
		{"\x1bOA\x1bOD", []key{keyUp, keyLeft}},
		{"\x1b[1;5C2", []key{keyRight, '2'}}, // with Control
		{"\x1b[15~2", []key{0, '2'}},         // F5
		{"\x1bOP2", []key{0, '2'}},           // F1
		{"\x1b[1", []key{0}},                 // cut short
		{"\x1b[", []key{0}},
		{"\x1bO", []key{0}},
		{"\x1b\x1b[A", []key{keyEscape, keyUp}},
		{"\x1bq", []key{0}}, // Alt
		{"\x00\x7f\xff1", []key{0, 0, 0, '1'}},
		{"\xe2\x82", []key{0, 0}}, // cut short
	}
	for _, tt := range tests {
		var got []key
		for rest := []byte(tt.sent); len(rest) > 0; {
			k, size := firstKey(rest)
			if size < 1 {
				t.Fatalf("%q: a key of %d bytes", tt.sent, size)
			}
			got, rest = append(got, k), rest[size:]
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.sent, diff)
		}
	}
}

// A pty is a terminal and the person who uses it.
type pty struct {
	person, terminal *os.File
}

func newPTY(t *testing.T) pty {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { person.Close() })
	if err := unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	return pty{person, terminal}
}

func (p pty) press(t *testing.T, keys string) {
	t.Helper()
	if _, err := p.person.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

// raw reports whether the terminal passes on single keys.
func (p pty) raw(t *testing.T) bool {
	t.Helper()
	mode, err := unix.IoctlGetTermios(int(p.terminal.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return mode.Lflag&unix.ICANON == 0
}

// ahead types before netlab waits for a key, and returns when the terminal has received it.
func (p pty) ahead(t *testing.T) {
	t.Helper()
	p.press(t, "typed ahead\r")
	if !(device{p.terminal}).Readable(time.Minute) {
		t.Fatal("the terminal does not have what was typed")
	}
}

// waited presses the keys when netlab waits for one: the terminal is raw, a read blocks, and earlier input is gone.
func (p pty) waited(t *testing.T, keys string) {
	t.Helper()
	for {
		mode, err := unix.IoctlGetTermios(int(p.terminal.Fd()), unix.TCGETS)
		if err != nil {
			t.Error(err)
			return
		}
		left, err := unix.IoctlGetInt(int(p.terminal.Fd()), unix.TIOCINQ)
		if err != nil {
			t.Error(err)
			return
		}
		if mode.Lflag&unix.ICANON == 0 && mode.Cc[unix.VMIN] == 1 && left == 0 {
			break
		}
		if t.Context().Err() != nil {
			return
		}
		time.Sleep(time.Millisecond)
	}
	p.press(t, keys)
}

func TestKeyboard(t *testing.T) {
	p := newPTY(t)
	interrupted := false
	k := &keyboard{in: p.terminal, interrupt: func() { interrupted = true }}
	for _, tt := range []struct {
		pressed string
		want    key
		err     error
	}{
		{"2", '2', nil},
		{"\x1b[C", keyRight, nil},
		{"\x1b[15~3", '3', nil}, // F5 has no meaning
		{"\r4", keyEnter, nil},  // and 4 answers nothing
		{"\x1b", keyEscape, nil},
		{"5", '5', nil},
		{"\x03", 0, Interrupted{os.Interrupt}},
	} {
		p.ahead(t)
		go p.waited(t, tt.pressed)
		got, err := k.key(t.Context())
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("after %q: got %d and %v, want %d and %v", tt.pressed, got, err, tt.want, tt.err)
		}
		if p.raw(t) {
			t.Fatalf("after %q the terminal is still raw", tt.pressed)
		}
	}
	if !interrupted {
		t.Error("Ctrl-C did not end the command")
	}
}

func TestKeyboardEnds(t *testing.T) {
	p := newPTY(t)
	k := &keyboard{in: p.terminal}
	gone := errors.New("a signal")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(20*time.Millisecond, func() { cancel(gone) })
	if _, err := k.key(ctx); !errors.Is(err, gone) {
		t.Errorf("got %v, want the signal", err)
	}
	if p.raw(t) {
		t.Error("after a signal the terminal is still raw")
	}
	p.person.Close()
	if _, err := k.key(t.Context()); !errors.Is(err, errNoKeyboard) {
		t.Errorf("a terminal that closed: got %v", err)
	}
	if _, err := (&keyboard{in: strings.NewReader("1")}).key(t.Context()); !errors.Is(err, errNoKeyboard) {
		t.Errorf("no terminal: got %v", err)
	}
}

func TestKeyboardLines(t *testing.T) {
	p := newPTY(t)
	p.press(t, "yes\n\nno\x04\x04\x04")
	for name, k := range map[string]*keyboard{
		"a pipe":     {in: strings.NewReader("yes\r\n\nno")},
		"a terminal": {in: p.terminal},
	} {
		for _, want := range []string{"yes", "", "no", ""} {
			if got, err := k.line(t.Context()); got != want || err != nil {
				t.Errorf("%s: got %q and %v, want %q", name, got, err, want)
			}
		}
	}
}

// A key that an earlier, cancelled wait read does not answer a later question.
func TestKeyboardForgetsEarlierRead(t *testing.T) {
	p := newPTY(t)
	k := &keyboard{in: p.terminal}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := k.key(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want that the wait ends", err)
	}
	p.press(t, "9\r")
	for len(k.reading) == 0 {
		time.Sleep(time.Millisecond)
	}
	p.ahead(t)
	go p.waited(t, "2")
	if got, err := k.key(t.Context()); got != '2' || err != nil {
		t.Errorf("got %s and %v, want 2", got, err)
	}
}
