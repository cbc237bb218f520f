package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"

	"netlab/netlab/poll"
	"netlab/netlab/safely"
)

// A Terminal is the user's keyboard and screen: it delivers keys as they are pressed, and displays a terminal's
// output.
type Terminal struct {
	In   io.Reader
	Out  io.Writer
	Size func() (width, height int) // in characters; 0 if unknown
}

// sizeLook is how often the terminal's size is read. A signal would announce a change, but not on every system.
const sizeLook = 500 * time.Millisecond

// Ctrl-C, as a terminal in raw mode delivers it.
const interrupt = 0x03

// aliveLimit is how long Ctrl-C in a shell waits for the engine to answer.
const aliveLimit = 5 * time.Second

// Shell runs the agent's prompt in the container until the user leaves it, the container stops, or ctx ends. The
// prompt gets every key, including Ctrl-C, which ends a command or clears the line. An engine that hangs delivers no
// keys. So on Ctrl-C, Shell also pings the engine, and returns an [*Unusable] if it does not answer.
//
// Shell reads from t.In while it runs, and its last read may consume input that is typed afterwards: pass a reader
// that ends with it.
func (c *Container) Shell(ctx context.Context, t Terminal) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	ctx = safely.With(ctx, func(err error) { end(err) })
	stream, id, err := c.openShell(ctx, t.Size)
	if err != nil {
		return err
	}
	defer stream.Close()
	defer context.AfterFunc(ctx, stream.Close)()
	safely.Go(ctx, func() { c.resize(ctx, id, t.Size) })
	beside := func(f func()) { safely.Go(ctx, f) }
	keys := &wayOut{in: t.In, beside: beside, pressed: func() {
		if err := alive(ctx, c.session.engine); err != nil {
			end(err)
		}
	}}
	safely.Go(ctx, func() {
		_, _ = io.Copy(stream.Conn, keys) // ends with either
		_ = stream.CloseWrite()
	})
	_, err = io.Copy(t.Out, stream.Reader)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("in the shell in %q: %w", c.name, err)
	}
	return nil
}

// openShell starts the prompt and attaches to it. It has a time limit, because nothing reads the keyboard yet. The
// error is then an *Unusable.
func (c *Container) openShell(ctx context.Context, size func() (width, height int)) (
	stream types.HijackedResponse, id string, err error,
) {
	e := c.session.engine
	opening, stop := context.WithTimeout(ctx, lookLimit)
	defer stop()
	width, height := size()
	now := [2]uint{uint(height), uint(width)}
	made, err := e.api.ContainerExecCreate(opening, c.id, container.ExecOptions{
		Cmd: []string{"/bin/sh"}, Tty: true, AttachStdin: true, AttachStdout: true, AttachStderr: true, ConsoleSize: &now,
	})
	if err == nil {
		stream, err = hijack(opening, e.fact.Host, "run a command in container "+c.name,
			func(ctx context.Context) (types.HijackedResponse, error) {
				return e.api.ContainerExecAttach(ctx, made.ID, container.ExecAttachOptions{Tty: true, ConsoleSize: &now})
			})
	}
	if err != nil && opening.Err() != nil && ctx.Err() == nil {
		err = unusable(e.fact.Host, e.fact.Context, err)
	}
	if err != nil {
		return stream, "", e.failed(err, "opening a shell in %q", c.name)
	}
	return stream, made.ID, nil
}

// alive is Ping with a limit. It also returns nil if ctx has ended.
func alive(ctx context.Context, e *Engine) error {
	asking, stop := context.WithTimeout(ctx, aliveLimit)
	defer stop()
	if err := e.Ping(asking); ctx.Err() == nil {
		return err
	}
	return nil
}

// A wayOut passes on what is typed, and calls pressed on Ctrl-C, in a goroutine of its own, one call at a time.
type wayOut struct {
	in      io.Reader
	beside  func(func())
	pressed func()
	calls   sync.Mutex // held while pressed runs
}

func (w *wayOut) Read(p []byte) (int, error) {
	n, err := w.in.Read(p)
	if bytes.IndexByte(p[:n], interrupt) >= 0 && w.calls.TryLock() {
		w.beside(func() {
			defer w.calls.Unlock()
			w.pressed()
		})
	}
	return n, err
}

// resize tells the engine the terminal's size, now and whenever it changes, because engines before 23.0 do not accept
// it at the start.
func (c *Container) resize(ctx context.Context, exec string, size func() (width, height int)) {
	for was := [2]int{}; ; {
		width, height := size()
		if now := [2]int{width, height}; now != was && width > 0 && height > 0 {
			was = now
			// A shell with the wrong window size is a nuisance, not an error.
			_ = c.session.engine.api.ContainerExecResize(ctx, exec, container.ResizeOptions{
				Height: uint(height), Width: uint(width),
			})
		}
		if poll.Pause(ctx, sizeLook) != nil {
			return
		}
	}
}
