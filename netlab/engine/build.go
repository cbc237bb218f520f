package engine

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/build"
)

// agentBase is the image that every Dockerfile of a lab starts FROM. It stands for the agent's image, so nothing is
// pulled.
const agentBase = "netlab"

// buildMemory limits the memory of a RUN instruction, in bytes. Pages it wrote count until they are on disk.
const buildMemory = 256 << 20

// buildLimit limits one build. A build continues after Ctrl-C, like every call that creates something, and a
// clean-up, which has two minutes in total, waits for it to end.
const buildLimit = time.Minute

// A BuildSpec is an image to build.
type BuildSpec struct {
	Image      string      // its name in the lab
	Dockerfile string      // one instruction per line
	Stage      string      // the stage to stop at; "" for the last one
	Files      []BuildFile // next to the Dockerfile, for COPY
}

// A BuildFile is a file that COPY can use.
type BuildFile struct{ Name, Content string }

// A BuildStep is the result of one instruction.
type BuildStep struct {
	Instruction string
	Cached      bool          // the engine had the result from an earlier build
	Took        time.Duration // until the engine started the next one
}

// ErrBuildRefused means that the engine does not build like Docker's classic builder.
var ErrBuildRefused = errors.New("the engine does not allow a classic build")

// TryBuild builds what every image of the session starts with: the agent's image plus the session's labels. The error
// is ErrBuildRefused if the engine has no classic builder or does not let us use it.
func (s *Session) TryBuild(ctx context.Context) error {
	_, err := s.build(ctx, BuildSpec{Dockerfile: "FROM " + agentBase})
	var dead *Unusable
	if err == nil || ctx.Err() != nil || errors.As(err, &dead) {
		return err
	}
	if cause := errors.Unwrap(err); cause != nil {
		err = cause // the labels mean nothing to the user
	}
	return fmt.Errorf("%w: %s", ErrBuildRefused, daemonSaid(err))
}

// Build builds an image with the engine's classic builder and names it ImageName. It returns the result of every
// instruction except FROM. RUN instructions have no network. The session's labels come first in the image, so they
// are also on every intermediate image, and the build uses no cache from another session or from the user. The error
// is a [Mistake] if an image that does not belong to the session has that name.
func (s *Session) Build(ctx context.Context, spec BuildSpec) ([]BuildStep, error) {
	return s.build(ctx, spec, s.ImageName(spec.Image))
}

// ImageName returns the name of a lab's image on the engine.
func (s *Session) ImageName(image string) string { return prefix + s.lab + "-" + image }

func (s *Session) build(ctx context.Context, spec BuildSpec, names ...string) ([]BuildStep, error) {
	label := labelInstruction(s.labels())
	base, err := s.engine.agentImage(ctx)
	if err != nil {
		return nil, err
	}
	files, err := spec.context(base, label)
	if err != nil {
		return nil, err
	}
	var steps []BuildStep
	err = s.creating(ctx, func(ctx context.Context) error {
		ctx, stop := context.WithTimeout(ctx, buildLimit)
		defer stop()
		for _, name := range names {
			if err := s.unoccupied(ctx, name); err != nil {
				return err
			}
		}
		answer, err := s.engine.api.ImageBuild(ctx, bytes.NewReader(files), build.ImageBuildOptions{
			Version: build.BuilderV1, Tags: names, Target: spec.Stage,
			Remove: true, ForceRemove: true, NetworkMode: "none", Memory: buildMemory, MemorySwap: buildMemory,
		})
		if err == nil {
			defer func() { _ = answer.Body.Close() }() // read to its end below
			steps, err = follow(answer.Body, time.Now)
		}
		if err != nil && ctx.Err() != nil {
			err = fmt.Errorf("given up after %s: %w", buildLimit, err)
		}
		if err != nil {
			return s.engine.failed(err, "building image %q", s.ImageName(spec.Image))
		}
		return nil
	})
	steps = slices.DeleteFunc(steps, func(b BuildStep) bool {
		return b.Instruction == label || strings.HasPrefix(b.Instruction, "FROM ")
	})
	return steps, err
}

// unoccupied returns a [Mistake] if an image that the session did not build has the name: a build would take the name
// away from it.
func (s *Session) unoccupied(ctx context.Context, name string) error {
	found, err := s.engine.api.ImageInspect(ctx, name)
	switch {
	case errdefs.IsNotFound(err):
		return nil
	case err != nil:
		return s.engine.failed(err, "looking for image %q", name)
	}
	var labels map[string]string
	if found.Config != nil {
		labels = found.Config.Labels
	}
	if labels[labelSession] != s.id {
		return s.occupied("image", name, labels)
	}
	return nil
}

// labelInstruction returns a LABEL instruction with the labels. The classic builder's own option for labels only
// marks the last image, so the images before it, which are its cache, would have no owner.
func labelInstruction(labels map[string]string) string {
	words := []string{"LABEL"}
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		words = append(words, name+"="+strings.ReplaceAll(strconv.Quote(labels[name]), "$", `\$`))
	}
	return strings.Join(words, " ")
}

// context returns the archive for the builder: the files, and the Dockerfile with the agent's image as its base and
// the labels after it.
func (spec BuildSpec) context(base, label string) ([]byte, error) {
	var lines []string
	for line := range strings.Lines(spec.Dockerfile) {
		line = strings.TrimRight(line, "\r\n")
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "FROM" || words[1] != agentBase {
			lines = append(lines, line)
			continue
		}
		words[1] = base
		lines = append(lines, strings.Join(words, " "), label)
	}
	headers := []tar.Header{file("Dockerfile", 0o644)}
	content := map[string][]byte{"Dockerfile": []byte(strings.Join(lines, "\n") + "\n")}
	for _, f := range spec.Files {
		headers, content[f.Name] = append(headers, file(f.Name, 0o644)), []byte(f.Content)
	}
	return tarball(headers, content)
}

// follow reads the output of a classic build to its end. It is the only function that parses it:
//
//	Step 2/3 : COPY a.txt /src/
//	 ---> Using cache
//	 ---> 71589a682887
//
// The format is the same from engine 20.10 to 28.5 (moby, builder/dockerfile/dispatchers.go and evaluator.go). Each
// line arrives in its own message, so output of a RUN instruction is not mistaken for it.
func follow(words io.Reader, now func() time.Time) ([]BuildStep, error) {
	var steps []BuildStep
	var began time.Time
	next, built := 1, false
	end := func() {
		at := now()
		if len(steps) > 0 {
			steps[len(steps)-1].Took = at.Sub(began)
		}
		began = at
	}
	for messages := json.NewDecoder(words); ; {
		var m struct {
			Stream string `json:"stream"`
			Error  string `json:"error"`
		}
		err := messages.Decode(&m)
		instruction, isStep := stepHead(m.Stream, next)
		switch {
		case errors.Is(err, io.EOF) && built:
			return steps, nil
		case errors.Is(err, io.EOF):
			return steps, errors.New("the engine's reply is not from the classic builder")
		case err != nil:
			return steps, fmt.Errorf("reading the engine's answer: %w", err)
		case m.Error != "":
			return steps, errors.New(m.Error)
		case isStep:
			end()
			steps = append(steps, BuildStep{Instruction: instruction})
			next++
		case m.Stream == " ---> Using cache\n" && len(steps) > 0:
			steps[len(steps)-1].Cached = true
		case strings.HasPrefix(m.Stream, "Successfully built ") && len(steps) > 0 && !built:
			end()
			built = true
		}
	}
}

// stepHead returns the instruction of "Step 2/3 : COPY a.txt /src/" if number is the expected step.
func stepHead(text string, number int) (instruction string, ok bool) {
	count, instruction, found := strings.Cut(text, " : ")
	head, _, _ := strings.Cut(count, "/")
	return strings.TrimSpace(instruction), found && head == fmt.Sprintf("Step %d", number)
}
