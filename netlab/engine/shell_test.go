package engine

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// mute returns a container of an engine that opens a shell's connection but never answers on it. If dies is set, the
// engine does not answer pings either.
func mute(t *testing.T, dies bool, opened chan<- net.Conn) *Container {
	t.Helper()
	hijack := func(w http.ResponseWriter) net.Conn {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
		}
		return conn
	}
	ping := func(w http.ResponseWriter, _ *http.Request) {
		if dies {
			_ = hijack(w).Close()
		}
	}
	f := &fakeEngine{handle: map[string]http.HandlerFunc{
		"POST /containers/c1/exec": func(w http.ResponseWriter, _ *http.Request) {
			answer(w, http.StatusCreated, map[string]string{"Id": "x1"})
		},
		"POST /exec/x1/start": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			conn := hijack(w)
			t.Cleanup(func() { _ = conn.Close() })
			opened <- conn
		},
		"HEAD /_ping": ping, "GET /_ping": ping,
	}}
	return &Container{session: &Session{engine: f.connect(t)}, id: "c1", name: "alice"}
}

const upgraded = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"

// An engine that hangs delivers Ctrl-C to nothing, so the shell ends by itself. If the engine answers pings, Ctrl-C
// is left to it.
func TestShellLeft(t *testing.T) {
	for _, dies := range []bool{true, false} {
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Second) // ends a shell that nothing else ends
		defer stop()
		opened := make(chan net.Conn, 1)
		c := mute(t, dies, opened)
		keys, screen := io.Pipe()
		go func() {
			conn := <-opened
			_, _ = io.WriteString(conn, upgraded)
			_, _ = io.WriteString(screen, "\x03")
			typed := make([]byte, 1)
			if _, err := io.ReadFull(conn, typed); err != nil || typed[0] != interrupt {
				t.Errorf("the engine got %q, %v; want Ctrl-C", typed, err)
			}
			if !dies {
				_, _ = io.WriteString(conn, "left")
				_ = conn.Close()
			}
		}()
		var out strings.Builder
		err := c.Shell(ctx, Terminal{In: keys, Out: &out, Size: func() (int, int) { return 0, 0 }})
		_ = screen.Close()
		var dead *Unusable
		switch {
		case dies && !errors.As(err, &dead):
			t.Errorf("the engine hangs: got %v, want an Unusable", err)
		case !dies && (err != nil || out.String() != "left"):
			t.Errorf("the engine lives: got %v and %q, want what it answers", err, out.String())
		}
	}
}

// A shell that the engine does not open ends with its context, even if the client's call does not.
func TestShellNotOpened(t *testing.T) {
	ctx, stop := context.WithCancelCause(t.Context())
	opened := make(chan net.Conn, 1)
	c := mute(t, true, opened)
	over := errors.New("over")
	go func() {
		<-opened
		stop(over)
	}()
	err := c.Shell(ctx, Terminal{In: strings.NewReader(""), Out: io.Discard, Size: func() (int, int) { return 0, 0 }})
	if !errors.Is(err, over) {
		t.Errorf("got %v, want why the context ended", err)
	}
}
