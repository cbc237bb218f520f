package cli

// Keys and lines from a person.
//
// A terminal is in raw mode only while netlab waits for a key. The rest of the time Ctrl-C sends a signal, as usual.
// While a lesson runs, quiet turns off echo for keys typed too early. Only a wait starts a read, so a program that
// netlab runs in between (a shell in the lab) has the terminal to itself.

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"netlab/netlab/safely"
)

// A key is a key press: a character, or one of the constants below for keys without a character.
type key rune

// Keys that are not printable characters, and the end of the input.
const (
	keyEnter key = -1 - iota
	keyEscape
	keyLeft
	keyRight
	keyUp
	keyDown
	keyEnd // Ctrl-D
)

// String returns the name of the key.
func (k key) String() string {
	switch k {
	case keyEnter:
		return "Enter"
	case keyEscape:
		return "Escape"
	case keyLeft, keyRight, keyUp, keyDown:
		return "an arrow"
	case keyEnd:
		return "Ctrl-D"
	case ' ':
		return "the space bar"
	}
	return string(rune(k))
}

// Control bytes that a terminal in raw mode passes through.
const (
	ctrlC  = 0x03
	ctrlD  = 0x04
	escape = 0x1b
)

// escapePause is how long to wait for the rest of an escape sequence. The Escape key sends only the first byte.
const escapePause = 50 * time.Millisecond

// longestLine is the length at which unterminated input counts as a line.
const longestLine = 64 << 10

// errNoKeyboard is the error of waiting for a key without a terminal, or after the terminal is gone.
var errNoKeyboard = errors.New("netlab has no terminal to read keys from")

// A keyboard reads for one command. Only one goroutine at a time may wait on it.
type keyboard struct {
	in        io.Reader
	interrupt func() // ends the command as SIGINT does: in raw mode Ctrl-C is only a byte

	rest    []byte    // read but not yet used
	reading chan read // the result of a pending read; nil for none
	since   time.Time // input read before this time is ignored
}

type read struct {
	bytes []byte
	err   error
	at    time.Time
}

// key waits for one key. It ignores keys pressed before the wait, since they do not answer the question. The error is
// ctx's, Interrupted after Ctrl-C (which ends the whole command), or errNoKeyboard. Nothing may be drawn during the
// wait: in raw mode a new line does not start at the left.
func (k *keyboard) key(ctx context.Context) (key, error) { return k.press(ctx, k.forget) }

// next is like key, but a key pressed before the wait counts too.
func (k *keyboard) next(ctx context.Context) (key, error) { return k.press(ctx, func(terminal) {}) }

func (k *keyboard) press(ctx context.Context, before func(terminal)) (key, error) {
	tty := terminalOf(k.in)
	if tty == nil {
		return 0, errNoKeyboard
	}
	restore, err := tty.Raw()
	if err != nil {
		return 0, errNoKeyboard
	}
	defer restore()
	before(tty)
	for {
		if len(k.rest) == 0 {
			err = k.read(ctx)
		}
		if err == nil && len(k.rest) == 1 && k.rest[0] == escape && tty.Readable(escapePause) {
			err = k.read(ctx)
		}
		if err != nil {
			return 0, err
		}
		pressed, size := firstKey(k.rest)
		k.rest = k.rest[size:]
		switch pressed {
		case ctrlC:
			k.interrupt()
			return 0, Interrupted{os.Interrupt}
		case 0:
			continue
		}
		return pressed, nil
	}
}

// quiet turns off echo for keys that nothing waits for, until restore is called or ctx ends. Once ctx has ended, a
// second Ctrl-C may end the process at any moment.
func (k *keyboard) quiet(ctx context.Context) (restore func()) {
	tty := terminalOf(k.in)
	if tty == nil {
		return func() {}
	}
	echo := sync.OnceFunc(tty.Quiet())
	stop := context.AfterFunc(ctx, echo)
	return func() {
		stop()
		echo()
	}
}

// forget drops what was typed before the question, except Ctrl-C. It never blocks, even if another program reads the
// input first.
func (k *keyboard) forget(tty terminal) {
	k.since = time.Now() // for a pending read
	k.rest = fromCtrlC(tty.Drain())
}

// fromCtrlC returns what was typed starting at the first Ctrl-C, or nil.
func fromCtrlC(typed []byte) []byte {
	if i := bytes.IndexByte(typed, ctrlC); i >= 0 {
		return typed[i:]
	}
	return nil
}

// enter waits for the Enter key on a terminal, or for a line otherwise. At the end of the input it returns at once,
// since no one is there to wait for.
func (k *keyboard) enter(ctx context.Context) error {
	if terminalOf(k.in) == nil {
		_, err := k.line(ctx)
		return err
	}
	for {
		pressed, err := k.key(ctx)
		if err != nil || pressed == keyEnter || pressed == keyEnd {
			return err
		}
	}
}

// line waits for a line, which a terminal echoes, and returns it without the line ending. The error is ctx's. At the
// end of the input it returns the rest, or "".
func (k *keyboard) line(ctx context.Context) (string, error) {
	for {
		line, rest, found := bytes.Cut(k.rest, []byte("\n"))
		if found || len(line) > longestLine {
			k.rest = rest
			return string(bytes.TrimSuffix(line, []byte("\r"))), nil
		}
		err := k.read(ctx)
		if errors.Is(err, errNoKeyboard) {
			line, k.rest = k.rest, nil
			return string(line), nil
		}
		if err != nil {
			return "", err
		}
	}
}

// read waits for more input and appends it to rest. A read cannot be canceled: if ctx ends the wait, the pending read
// serves the next wait.
func (k *keyboard) read(ctx context.Context) error {
	if k.reading == nil {
		reading := make(chan read, 1)
		k.reading = reading
		safely.Go(ctx, func() {
			buffer := make([]byte, 256)
			n, err := k.in.Read(buffer)
			reading <- read{buffer[:n], err, time.Now()}
		})
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case r := <-k.reading:
		k.reading = nil
		if len(r.bytes) == 0 && r.err != nil {
			return errNoKeyboard
		}
		if r.at.Before(k.since) {
			r.bytes = fromCtrlC(r.bytes)
		}
		k.rest = append(k.rest, r.bytes...)
		return nil
	}
}

// firstKey returns the first key in the bytes from a terminal in raw mode, and how many bytes it takes. It returns 0
// for a key that netlab does not know. It consumes whole escape sequences (ECMA-48: CSI, parameters, a final letter;
// SS3 and one letter), so the letters in a function key's sequence do not count as keys.
func firstKey(b []byte) (pressed key, size int) {
	switch {
	case len(b) == 0:
		return 0, 0
	case b[0] == escape:
		return escapeSequence(b)
	case b[0] == '\r' || b[0] == '\n':
		return keyEnter, 1
	case b[0] == ctrlC:
		return ctrlC, 1
	case b[0] == ctrlD:
		return keyEnd, 1
	}
	r, size := utf8.DecodeRune(b)
	if r == utf8.RuneError || !unicode.IsPrint(r) {
		return 0, size
	}
	return key(r), size
}

func escapeSequence(b []byte) (pressed key, size int) {
	if len(b) == 1 {
		return keyEscape, 1
	}
	last := min(2, len(b)-1)
	switch b[1] {
	case escape: // Escape twice
		return keyEscape, 1
	case 'O':
	case '[':
		for last < len(b)-1 && (b[last] < 0x40 || b[last] > 0x7e) {
			last++
		}
	default: // Alt and a key
		return 0, 2
	}
	arrows := map[byte]key{'A': keyUp, 'B': keyDown, 'C': keyRight, 'D': keyLeft}
	return arrows[b[last]], last + 1
}

// lend puts the terminal in raw mode and gives it to f. The reader returns what is typed, including Ctrl-C, and ends
// with f or ctx.
func (k *keyboard) lend(ctx context.Context, f func(io.Reader) error) error {
	tty := terminalOf(k.in)
	if tty == nil {
		return errNoKeyboard
	}
	restore, err := tty.Raw()
	if err != nil {
		return errNoKeyboard
	}
	defer restore()
	ctx, stop := context.WithCancel(ctx)
	k.rest = nil
	lent := &lentKeyboard{ctx: ctx, keyboard: k}
	err = f(lent)
	stop()
	lent.mu.Lock() // wait for the last read; no other starts
	defer lent.mu.Unlock()
	return err
}

// A lentKeyboard is a Reader that borrows the keyboard until ctx ends.
type lentKeyboard struct {
	ctx context.Context // a Reader has no other way to learn that it must end

	mu       sync.Mutex // guards the keyboard
	keyboard *keyboard
}

func (l *lentKeyboard) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx.Err() == nil && len(l.keyboard.rest) == 0 {
		_ = l.keyboard.read(l.ctx) // if nothing was read, the input is at its end
	}
	if l.ctx.Err() != nil || len(l.keyboard.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, l.keyboard.rest)
	l.keyboard.rest = l.keyboard.rest[n:]
	return n, nil
}
