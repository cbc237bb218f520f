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

// loadLimit allows for 4 MiB over a slow ssh link to a busy disk.
const loadLimit = 5 * time.Minute

// EnsureImage uploads the agent's image unless the engine has it, and reports whether it did. It pulls nothing.
//
// It recognizes the image by its content, not by its name. If another image has that name, that image stays as it is,
// the user gets a warning, and the agent's image is loaded under a second name.
func (e *Engine) EnsureImage(ctx context.Context) (uploaded bool, err error) {
	_, uploaded, err = e.ensureImage(ctx, e.agent, "")
	return uploaded, err
}

// agentImage returns the id of the agent's image. Containers are created from the id, because the name may point to
// another image by then.
func (e *Engine) agentImage(ctx context.Context) (string, error) {
	id, _, err := e.ensureImage(ctx, e.agent, "")
	return id, err
}

// ensureImage does what EnsureImage does for an image, and returns its id. It does not trust a cached id that equals
// gone.
func (e *Engine) ensureImage(ctx context.Context, of *supply, gone string) (id string, uploaded bool, err error) {
	of.loading.Lock()
	defer of.loading.Unlock()
	if of.id != "" && of.id != gone {
		return of.id, false, nil
	}
	want, err := of.expected()
	if err != nil {
		return "", false, err
	}
	id, free, forged, err := e.findAgent(ctx, of, want)
	for _, f := range forged {
		e.warn(f)
	}
	if id != "" || err != nil {
		of.id = id
		return id, false, err
	}
	if free == "" {
		return "", false, mistakef("other images already have both names of the %s image, %s and %s-2",
			of.program, of.ref(), of.ref())
	}
	content, err := want.pack(free)
	if err != nil {
		return "", false, err
	}
	// Finish even if ctx ends: half an upload would leave a layer that no label finds.
	loading, stop := context.WithTimeout(context.WithoutCancel(ctx), loadLimit)
	defer stop()
	failed := loadImage(loading, e.api, content)
	// Two netlabs that load at the same time may disturb each other, and one of them succeeded.
	id, _, _, err = e.findAgent(loading, of, want)
	switch {
	case id == "" && failed != nil:
		return "", false, e.failed(failed, "loading the %s's image %s", of.program, free)
	case id == "" && err == nil:
		return "", false, fmt.Errorf("loading the %s's image %s: the engine has a different image with that name",
			of.program, free)
	case err != nil:
		return "", false, err
	}
	of.id = id
	return id, failed == nil, ctx.Err()
}

// findAgent looks for an image of netlab's under its possible names. It returns the image's id, or else the first name
// that is free, and a sentence for every other image that has one of the names.
func (e *Engine) findAgent(
	ctx context.Context, of *supply, want agentImage,
) (id, free string, forged []string, err error) {
	for _, name := range of.names() {
		found, err := e.api.ImageInspect(ctx, name)
		switch {
		case errdefs.IsNotFound(err):
			free = cmp.Or(free, name)
		case err != nil:
			return "", "", nil, e.failed(err, "looking for the %s's image %s", of.program, name)
		case want.is(found):
			return found.ID, "", forged, nil
		default:
			forged = append(forged, fmt.Sprintf("Image %s (%s) is not netlab's %s, so netlab does not use it. "+
				"netlab leaves it as it is.", name, ShortID(found.ID), of.program))
			continue
		}
		if len(forged) == 0 { // its name is free, so it does not need another one
			break
		}
	}
	return "", free, forged, nil
}

// ShortID is an image's id as docker shows it: its first twelve digits.
func ShortID(id string) string {
	digits := strings.TrimPrefix(id, "sha256:")
	return digits[:min(12, len(digits))]
}

// loadImage sends the archive. The engine answers 200 right away and reports errors in the stream that follows.
func loadImage(ctx context.Context, api *client.Client, content []byte) error {
	answer, err := api.ImageLoad(ctx, bytes.NewReader(content), client.ImageLoadWithQuiet(true))
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
