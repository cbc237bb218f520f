package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/docker/docker/api/types/container"
)

// A Terminal is where a person types and reads: keys as they are pressed, and a screen that takes a terminal's output.
type Terminal struct {
	In   io.Reader
	Out  io.Writer
	Size func() (width, height int) // in characters; 0 where it is not known
}

// sizeLook is how often a terminal is asked for its size. A signal would tell of a change, but not on every system.
const sizeLook = 500 * time.Millisecond

// Shell runs the agent's small prompt in the container until the person leaves it, and returns then; also when the
// container or ctx ends. It reads from t.In for as long as it runs, and a read that is under way when it ends may
// still take what is typed next: give it a reader that ends with it.
func (c *Container) Shell(ctx context.Context, t Terminal) error {
	api := c.session.engine.api
	width, height := t.Size()
	size := [2]uint{uint(height), uint(width)}
	made, err := api.ContainerExecCreate(ctx, c.id, container.ExecOptions{
		Cmd: []string{"/bin/sh"}, Tty: true, AttachStdin: true, AttachStdout: true, AttachStderr: true,
		ConsoleSize: &size,
	})
	if err != nil {
		return c.session.engine.failed(err, "opening a shell in %q", c.name)
	}
	stream, err := api.ContainerExecAttach(ctx, made.ID, container.ExecAttachOptions{Tty: true, ConsoleSize: &size})
	if err != nil {
		return c.session.engine.failed(err, "opening a shell in %q", c.name)
	}
	defer stream.Close()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(ctx, stream.Close)()
	go c.resize(ctx, made.ID, t.Size)
	go func() {
		_, _ = io.Copy(stream.Conn, t.In) // ends with either
		_ = stream.CloseWrite()
	}()
	_, err = io.Copy(t.Out, stream.Reader)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("in the shell in %q: %w", c.name, err)
	}
	return nil
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
