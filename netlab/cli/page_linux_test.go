package cli

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A screen is a terminal of a given size, with everything it has shown.
type screen struct {
	pty
	mu    sync.Mutex
	shown bytes.Buffer
}

func newScreen(t *testing.T, rows uint16) *screen {
	t.Helper()
	s := &screen{pty: newPTY(t)}
	size := &unix.Winsize{Row: rows, Col: 80}
	if err := unix.IoctlSetWinsize(int(s.terminal.Fd()), unix.TIOCSWINSZ, size); err != nil {
		t.Fatal(err)
	}
	go func() {
		for b := make([]byte, 4096); ; {
			n, err := s.person.Read(b)
			if err != nil {
				return
			}
			s.mu.Lock()
			s.shown.Write(b[:n])
			s.mu.Unlock()
		}
	}()
	return s
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown.String()
}

// shows waits until the screen has shown a text.
func (s *screen) shows(t *testing.T, text string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !strings.Contains(s.text(), text); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the screen shows %q, want %q", s.text(), text)
		}
	}
}

func (s *screen) narrator() *narrator {
	streams := Streams{In: s.terminal, Out: s.terminal, Err: s.terminal, Env: plain}
	return &narrator{console: &console{streams: streams, keys: &keyboard{in: s.terminal}}, live: true}
}

// On a short screen the heading would scroll away before anyone could read it.
func TestPages(t *testing.T) {
	s := newScreen(t, 24)
	n := s.narrator()
	n.lines = 10
	if err := n.turnPage(t.Context()); err != nil || s.text() != "" {
		t.Fatalf("half a screen: %v, %q; want no pause", err, s.text())
	}
	turn := func(keys string) {
		t.Helper()
		done := make(chan error, 1)
		go func() { done <- n.turnPage(t.Context()) }()
		for range 10 { // keys pressed before the prompt do not count
			s.waited(t, keys)
			select {
			case err := <-done:
				if err != nil {
					t.Fatal(err)
				}
				return
			case <-time.After(time.Second):
			}
		}
		t.Fatalf("%q does not go on; the screen shows %q", keys, s.text())
	}
	n.lines = 20
	turn("\r")
	s.shows(t, "Enter to continue")
	if n.lines != 0 {
		t.Errorf("the screen has %d lines, want an empty page", n.lines)
	}
	n.lines = 20
	turn("a")
	n.lines = 200
	if err := n.turnPage(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestNoPagesWhereNobodyReads(t *testing.T) {
	s := newScreen(t, 24)
	for name, change := range map[string]func(*narrator){
		"piped in": func(n *narrator) { n.streams.In = strings.NewReader("") },
		"piped":    func(n *narrator) { n.streams.Out = &bytes.Buffer{} },
		"--step":   func(n *narrator) { n.step = true },
		"json":     func(n *narrator) { n.live = false },
	} {
		n := s.narrator()
		n.lines = 100
		change(n)
		if err := n.turnPage(t.Context()); err != nil || s.text() != "" {
			t.Errorf("%s: %v, the screen shows %q; want no pause", name, err, s.text())
		}
	}
}

// After ? has listed the keys, the question stands there again, so that its answer appears next to it.
func TestQuestionAfterTheKeys(t *testing.T) {
	s := newScreen(t, 24)
	n := s.narrator()
	n.question = func(w io.Writer) error { _, err := io.WriteString(w, "Can alice reach bob? "); return err }
	w := &lessonWatcher{narrator: n}
	done := make(chan error, 1)
	go func() { done <- w.pressed(t.Context()) }()
	s.shows(t, stepHint)
	s.waited(t, "?")
	s.shows(t, "end the class\r\nCan alice reach bob? ")
	s.waited(t, "\r")
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// Keys typed while a lab is being built do not appear between the answers. After Ctrl-C the terminal is restored.
func TestQuiet(t *testing.T) {
	p := newPTY(t)
	echoes := func() bool {
		mode, err := unix.IoctlGetTermios(int(p.terminal.Fd()), unix.TCGETS)
		if err != nil {
			t.Fatal(err)
		}
		return mode.Lflag&unix.ECHO != 0
	}
	k := &keyboard{in: p.terminal}
	restore := k.quiet(t.Context())
	if echoes() {
		t.Error("the terminal echoes during a lesson")
	}
	restore()
	if !echoes() {
		t.Error("the terminal does not echo after a lesson")
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer k.quiet(ctx)()
	cancel()
	for end := time.Now().Add(time.Minute); !echoes(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the terminal does not echo after Ctrl-C")
		}
	}
}
