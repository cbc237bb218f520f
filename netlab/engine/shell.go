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

	"netlab/netlab/safely"
)

// A Terminal is where a person types and reads: keys as they are pressed, and a screen that takes a terminal's output.
type Terminal struct {
	In   io.Reader
	Out  io.Writer
	Size func() (width, height int) // in characters; 0 where it is not known
}

// sizeLook is how often a terminal is asked for its size. A signal would tell of a change, but not on every system.
const sizeLook = 500 * time.Millisecond

// Ctrl-C, as a terminal in raw mode hands it on.
const interrupt = 0x03

// aliveLimit is how long a shell that somebody wants to leave waits for the engine's sign of life.
const aliveLimit = 5 * time.Second

// Shell runs the agent's small prompt in the container until the person leaves it, or the container or ctx ends. Every
// key is the prompt's, also Ctrl-C, which ends a command or empties the line. An engine that hangs passes no key on, so
// on Ctrl-C it is asked for a sign of life, and without one the shell ends here, with an [*Unusable]. It reads from t.In
// for as long as it runs, and a read that is under way when it ends may still take what is typed next: give it a reader
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
		if err := c.session.engine.alive(ctx); err != nil {
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

// openShell starts the prompt and attaches to it. Nothing reads the keyboard yet, so it is given up after a while; the
// error is an *Unusable then.
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
		stream, err = e.hijack(opening, "run a command in container "+c.name,
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

// alive is Ping with a limit; nil too where ctx has ended.
func (e *Engine) alive(ctx context.Context) error {
	asking, stop := context.WithTimeout(ctx, aliveLimit)
	defer stop()
	if err := e.Ping(asking); ctx.Err() == nil {
		return err
	}
	return nil
}

// A wayOut hands on what is typed, and calls pressed beside that, once at a time, when Ctrl-C is among it.
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

// resize tells the engine of the terminal's size, now and whenever it changes: an engine before 23.0 does not take it
// at the beginning.
func (c *Container) resize(ctx context.Context, exec string, size func() (width, height int)) {
	look := time.NewTicker(sizeLook)
	defer look.Stop()
	for was := [2]int{}; ; {
		width, height := size()
		if now := [2]int{width, height}; now != was && width > 0 && height > 0 {
			was = now
			// A shell in a window of another size is a nuisance, not an error.
			_ = c.session.engine.api.ContainerExecResize(ctx, exec, container.ResizeOptions{
				Height: uint(height), Width: uint(width),
			})
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
	}
}
