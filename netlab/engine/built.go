package engine

import (
	"context"
	"fmt"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
)

// An Image is an image as the engine inspects it.
type Image struct {
	ID      string
	User    string   // from its USER instruction; "" for none, which means root
	Layers  []string // the digests of its layers, the base's first
	History []Instruction
}

// An Instruction is one entry of an image's history, which starts with the base.
type Instruction struct {
	Text  string // as in a Dockerfile: "RUN fill /deps 8M"
	Bytes int64  // added by it

	image string // its result, which tells apart the same instruction in two builds
}

// Bytes returns how much disk space the image takes, with all of its layers.
func (i Image) Bytes() int64 {
	var sum int64
	for _, h := range i.History {
		sum += h.Bytes
	}
	return sum
}

// Shared returns how many layers the images have in common, counted from the base, and the instructions that made
// them.
func (i Image) Shared(other Image) (layers int, below []Instruction) {
	for layers < min(len(i.Layers), len(other.Layers)) && i.Layers[layers] == other.Layers[layers] {
		layers++
	}
	same, full := 0, 0
	for same < min(len(i.History), len(other.History)) && i.History[same] == other.History[same] {
		if i.History[same].Bytes > 0 {
			full++
		}
		if full > layers { // an engine with another image store does not tell intermediate images apart
			break
		}
		same++
	}
	return layers, i.History[:same]
}

// Image reads an image that the session has built.
func (s *Session) Image(ctx context.Context, image string) (Image, error) {
	e, name := s.engine, s.ImageName(image)
	found, err := e.api.ImageInspect(ctx, name)
	if err != nil {
		return Image{}, e.failed(err, "reading image %q", name)
	}
	history, err := e.api.ImageHistory(ctx, name)
	if err != nil {
		return Image{}, e.failed(err, "reading the history of image %q", name)
	}
	i := Image{ID: found.ID, Layers: found.RootFS.Layers}
	if found.Config != nil {
		i.User = found.Config.User
	}
	for n := len(history) - 1; n >= 0; n-- {
		h := history[n]
		i.History = append(i.History, Instruction{Text: instruction(h.CreatedBy), Bytes: h.Size, image: h.ID})
	}
	return i, nil
}

// instruction restores an instruction from the engine's history. `/bin/sh -c fill /deps 8M` is a RUN, and
// `/bin/sh -c #(nop) COPY file:2cc6f752… in /src/ ` is a COPY.
func instruction(by string) string {
	if by == agentBase { // imageParts wrote it
		return "FROM " + agentBase
	}
	run, isRun := strings.CutPrefix(by, "/bin/sh -c ")
	other, isOther := strings.CutPrefix(run, "#(nop) ")
	switch {
	case isOther:
		words := strings.Fields(other)
		if len(words) == 4 && words[2] == "in" { // the checksum of what was copied
			words = []string{words[0], words[3]}
		}
		return strings.Join(words, " ")
	case isRun:
		return "RUN " + run
	}
	return by
}

// Holds reports whether an image contains a file, and the file's size in bytes. To find out, it creates a container
// from the image, and does not start it.
func (s *Session) Holds(ctx context.Context, image, path string) (bytes int64, there bool, err error) {
	e := s.engine
	err = s.creating(ctx, func(ctx context.Context) error {
		labels := s.labels()
		labels[labelPeer] = "look-" + random(4) // and the name, which a sweep checks
		config := &container.Config{Image: s.ImageName(image), Labels: labels, NetworkDisabled: true}
		made, err := e.api.ContainerCreate(ctx, config, &container.HostConfig{NetworkMode: "none"}, nil, nil,
			prefix+s.lab+"-"+labels[labelPeer])
		if err != nil {
			return e.failed(err, "looking into image %q", s.ImageName(image))
		}
		stat, err := e.api.ContainerStatPath(ctx, made.ID, path)
		switch {
		case err == nil:
			bytes, there = stat.Size, true
		case !errdefs.IsNotFound(err):
			err = e.failed(err, "looking for %s in image %q", path, s.ImageName(image))
		default:
			err = nil
		}
		away := e.api.ContainerRemove(ctx, made.ID, container.RemoveOptions{Force: true})
		if err == nil && away != nil && !errdefs.IsNotFound(away) {
			return e.failed(away, "looking into image %q", s.ImageName(image))
		}
		return err
	})
	if err != nil {
		return 0, false, fmt.Errorf("is %s in image %s: %w", path, image, err)
	}
	return bytes, there, nil
}
