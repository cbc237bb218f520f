package cli

// The keyboard: keys and lines from whoever sits there.
//
// A terminal is in raw mode only while a key is waited for: otherwise the command ends by a signal as usual. While a
// lesson runs, quiet keeps it from echoing what is typed too early. Reads are begun only by a wait, so that a program
// that netlab starts meanwhile (a shell in the lab) has the terminal to itself.

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

	"golang.org/x/term"

	"netlab/netlab/safely"
)

// A key is what a person presses: a character as itself, or one of the keys without one.
type key rune

// The keys that are no printable characters, and what ends the input.
const (
	keyEnter key = -1 - iota
	keyEscape
	keyLeft
	keyRight
	keyUp
	keyDown
	keyEnd // Ctrl-D
)

// String is what a person calls the key.
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

// Control bytes that a terminal in raw mode hands on.
const (
	ctrlC  = 0x03
	ctrlD  = 0x04
	escape = 0x1b
)

// escapePause is how long the rest of an escape sequence may be on its way: the Escape key sends its first byte alone.
const escapePause = 50 * time.Millisecond

// longestLine is where a line without an end is taken for one.
const longestLine = 64 << 10

// errNoKeyboard is the end of a wait for keys where there is no terminal, or none any more.
var errNoKeyboard = errors.New("netlab has no terminal to read keys from")

// A keyboard reads for one command; one goroutine at a time may wait on it.
type keyboard struct {
	in        io.Reader
	interrupt func() // ends the command as SIGINT does: in raw mode Ctrl-C is a byte

	rest    []byte    // read, and not yet used
	reading chan read // of a read that has been begun; nil where none has
	since   time.Time // what was read before does not count
}

type read struct {
	bytes []byte
	err   error
	at    time.Time
}

// terminal is the terminal that keys come from.
func (k *keyboard) terminal() (*os.File, bool) {
	f, isFile := k.in.(*os.File)
	return f, isFile && term.IsTerminal(int(f.Fd()))
}

// key waits for one key. What was pressed before the wait does not count, since it answers nothing that was asked. The
// error is ctx's, or Interrupted after Ctrl-C, which ends the whole command; or errNoKeyboard. While it waits nothing
// may be drawn: in raw mode a line does not begin at the left.
func (k *keyboard) key(ctx context.Context) (key, error) {
	f, ok := k.terminal()
	if !ok {
		return 0, errNoKeyboard
	}
	before, err := term.MakeRaw(int(f.Fd()))
	if err != nil {
		return 0, errNoKeyboard
	}
	defer func() { _ = term.Restore(int(f.Fd()), before) }()
	k.forget(f)
	for {
		if len(k.rest) == 0 {
			err = k.read(ctx)
		}
		if err == nil && len(k.rest) == 1 && k.rest[0] == escape && readable(f, escapePause) {
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

// quiet keeps the terminal from echoing keys that nothing waits for, until restore is called or ctx ends: after the
// first Ctrl-C a second one may end the process at any moment.
func (k *keyboard) quiet(ctx context.Context) (restore func()) {
	f, ok := k.terminal()
	if !ok {
		return func() {}
	}
	echo := sync.OnceFunc(noEcho(f))
	stop := context.AfterFunc(ctx, echo)
	return func() {
		stop()
		echo()
	}
}

// forget drops what was typed before the question, except Ctrl-C. It never waits, not even if another program takes
// what is there.
func (k *keyboard) forget(f *os.File) {
	k.since = time.Now() // for a read that is already under way
	k.rest = fromCtrlC(drain(f))
}

// fromCtrlC returns what was typed from the first Ctrl-C on, or nil.
func fromCtrlC(typed []byte) []byte {
	if i := bytes.IndexByte(typed, ctrlC); i >= 0 {
		return typed[i:]
	}
	return nil
}

// enter waits for Enter: the key where there is a terminal, a line where there is none. At the end of the input it
// returns at once, since nobody is there to wait for.
func (k *keyboard) enter(ctx context.Context) error {
	if _, ok := k.terminal(); !ok {
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

// line waits for a line, which a terminal echoes, and returns it without its end. The error is ctx's; at the end of the
// input there is what remains, or "".
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

// read waits for more input and puts it behind the rest. A read cannot be taken back: one whose wait ctx has ended
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

// firstKey reads the first key of what a terminal in raw mode sent, and how many bytes it takes. 0 is a key that netlab
// does not know: whole escape sequences (ECMA-48: CSI, parameters, a final letter; SS3 and one letter), so that a
// function key is not taken for the letters in its sequence.
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
	case escape: // twice
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

// lend hands the terminal over, in raw mode, while f runs: its reader gives what is typed, Ctrl-C included, and ends
// with f or ctx.
func (k *keyboard) lend(ctx context.Context, f func(io.Reader) error) error {
	file, ok := k.terminal()
	if !ok {
		return errNoKeyboard
	}
	before, err := term.MakeRaw(int(file.Fd()))
	if err != nil {
		return errNoKeyboard
	}
	defer func() { _ = term.Restore(int(file.Fd()), before) }()
	ctx, stop := context.WithCancel(ctx)
	k.rest = nil
	lent := &lentKeyboard{ctx: ctx, keyboard: k}
	err = f(lent)
	stop()
	lent.mu.Lock() // the last read has ended when this is had, and no other begins
	defer lent.mu.Unlock()
	return err
}

// A lentKeyboard is a keyboard that another reads while it may.
type lentKeyboard struct {
	ctx context.Context //nolint:containedctx // a Reader has no other way to hear of its end

	mu       sync.Mutex // guards the keyboard
	keyboard *keyboard
}

func (l *lentKeyboard) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx.Err() == nil && len(l.keyboard.rest) == 0 {
		_ = l.keyboard.read(l.ctx) // without anything read, this is the end
	}
	if l.ctx.Err() != nil || len(l.keyboard.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, l.keyboard.rest)
	l.keyboard.rest = l.keyboard.rest[n:]
	return n, nil
}
