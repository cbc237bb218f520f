package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/client"
)

// loadLimit is for sending 4 MiB over a slow ssh link and a busy disk.
const loadLimit = 5 * time.Minute

// EnsureImage brings the agent's image to the engine unless it is there, and says whether it did. Nothing is pulled.
func (e *Engine) EnsureImage(ctx context.Context) (uploaded bool, err error) {
	e.loading.Lock()
	defer e.loading.Unlock()
	ref := e.image()
	if there, err := e.hasImage(ctx, ref); there || err != nil {
		return false, err
	}
	content, err := archive(agents, ref, e.fact.Arch)
	if err != nil {
		return false, err
	}
	// To its end: half an upload would leave a layer that no label finds.
	loading, stop := context.WithTimeout(context.WithoutCancel(ctx), loadLimit)
	defer stop()
	if err := e.load(loading, content); err != nil {
		// Two netlabs that load at once may get into each other's way; one of them won.
		if there, again := e.hasImage(ctx, ref); again != nil || !there {
			return false, e.failed(err, "loading the agent's image %s", ref)
		}
		return false, nil
	}
	return true, ctx.Err()
}

func (e *Engine) hasImage(ctx context.Context, ref string) (bool, error) {
	_, err := e.api.ImageInspect(ctx, ref)
	if errdefs.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, e.failed(err, "looking for the agent's image %s", ref)
	}
	return true, nil
}

// load sends the archive. The engine answers 200 at once and tells of an error in the stream that follows.
func (e *Engine) load(ctx context.Context, content []byte) error {
	answer, err := e.api.ImageLoad(ctx, bytes.NewReader(content), client.ImageLoadWithQuiet(true))
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }() // read to its end below
	for lines := json.NewDecoder(answer.Body); ; {
		var line struct {
			Error string `json:"error"`
		}
		switch err := lines.Decode(&line); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("reading the engine's answer: %w", err)
		case line.Error != "":
			return errors.New(line.Error)
		}
	}
}
