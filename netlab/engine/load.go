package engine

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/client"
)

// loadLimit is for sending 4 MiB over a slow ssh link and a busy disk.
const loadLimit = 5 * time.Minute

// EnsureImage brings the agent's image to the engine unless it is there, and says whether it did. Nothing is pulled.
//
// The image is known by its content, not by its name: whoever has that name for another image keeps both, the user is
// warned, and the agent's is loaded under a second name.
func (e *Engine) EnsureImage(ctx context.Context) (uploaded bool, err error) {
	_, uploaded, err = e.ensureImage(ctx, "")
	return uploaded, err
}

// agentImage returns the id of the agent's image, by which containers are made: a name may lead elsewhere by then.
func (e *Engine) agentImage(ctx context.Context) (string, error) {
	id, _, err := e.ensureImage(ctx, "")
	return id, err
}

// ensureImage is EnsureImage, and returns the image's id. The id that is gone is not trusted to be there.
func (e *Engine) ensureImage(ctx context.Context, gone string) (id string, uploaded bool, err error) {
	e.loading.Lock()
	defer e.loading.Unlock()
	if e.agent != "" && e.agent != gone {
		return e.agent, false, nil
	}
	want, err := e.expected()
	if err != nil {
		return "", false, err
	}
	id, free, forged, err := e.findAgent(ctx, want)
	for _, f := range forged {
		e.warn(f)
	}
	if id != "" || err != nil {
		e.agent = id
		return id, false, err
	}
	if free == "" {
		return "", false, mistakef("images of others have both names of the agent's image, %s and %s-2",
			e.image(), e.image())
	}
	content, err := want.pack(free)
	if err != nil {
		return "", false, err
	}
	// To its end: half an upload would leave a layer that no label finds.
	loading, stop := context.WithTimeout(context.WithoutCancel(ctx), loadLimit)
	defer stop()
	failed := e.load(loading, content)
	// Two netlabs that load at once may get into each other's way; one of them won.
	id, _, _, err = e.findAgent(loading, want)
	switch {
	case id == "" && failed != nil:
		return "", false, e.failed(failed, "loading the agent's image %s", free)
	case id == "" && err == nil:
		return "", false, fmt.Errorf("loading the agent's image %s: the engine has another image of that name", free)
	case err != nil:
		return "", false, err
	}
	e.agent = id
	return id, failed == nil, ctx.Err()
}

// findAgent looks for the agent's image under the names that it may have. It returns the image's id, or else the first
// of the names that no image has, and a sentence on each other image with such a name.
func (e *Engine) findAgent(ctx context.Context, want agentImage) (id, free string, forged []string, err error) {
	for _, name := range e.agentNames() {
		found, err := e.api.ImageInspect(ctx, name)
		switch {
		case errdefs.IsNotFound(err):
			free = cmp.Or(free, name)
		case err != nil:
			return "", "", nil, e.failed(err, "looking for the agent's image %s", name)
		case want.is(found):
			return found.ID, "", forged, nil
		default:
			forged = append(forged, fmt.Sprintf("Image %s (%s) is not netlab's agent, so netlab does not use it. "+
				"It stays as it is.", name, shortID(found.ID)))
			continue
		}
		if len(forged) == 0 { // nobody has its name, so nobody needs another one
			break
		}
	}
	return "", free, forged, nil
}

// agentNames are the names that the agent's image may have: the second one where a user has the first.
func (e *Engine) agentNames() []string { return []string{e.image(), e.image() + "-2"} }

// shortID is an image's id as docker prints it.
func shortID(id string) string {
	_, digits, _ := strings.Cut(id, ":")
	return digits[:min(12, len(digits))]
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
