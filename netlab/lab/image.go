package lab

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"netlab/netlab/ask"
	"netlab/netlab/engine"
	"netlab/netlab/probe"
	"netlab/netlab/scenario"
)

// An image is one that the lab's steps build, with its files as changed so far. Steps that build or change an image
// run alone.
type image struct {
	spec  scenario.Image
	edits map[string]int // how often each file was changed
}

// tryBuild finds out whether the engine can build at all, if a step needs that.
func (b builder) tryBuild(ctx context.Context) error {
	if !b.lab.scenario.Builds() {
		return nil
	}
	return b.lab.site.busy(func() error { return b.lab.session.TryBuild(ctx) })
}

// edit changes a file that an image is built from.
func (l *Lab) edit(a ask.Action) error {
	i := l.image(a.Image)
	if i == nil {
		return fmt.Errorf("unknown image %s", a.Image)
	}
	i.edits[a.File]++
	return nil
}

// files returns the image's files as they are now. Each edit adds different content.
func (i *image) files() []engine.BuildFile {
	var files []engine.BuildFile
	for _, f := range i.spec.Files {
		content := f.Content + "\n"
		if n := i.edits[f.Name]; n > 0 {
			content += fmt.Sprintf("change %d\n", n)
		}
		files = append(files, engine.BuildFile{Name: f.Name, Content: content})
	}
	return files
}

// Build builds an image. The answer is one word per instruction except FROM: cached or built.
func (a asking) Build(ctx context.Context, q ask.Build) probe.Outcome {
	i := a.lab.image(q.Image)
	if i == nil {
		return broken(fmt.Errorf("unknown image %s", q.Image))
	}
	source := i
	if i.spec.Of != "" {
		source = a.lab.image(i.spec.Of)
	}
	var steps []engine.BuildStep
	began := time.Now()
	err := a.lab.site.busy(func() (err error) {
		steps, err = a.lab.session.Build(ctx, engine.BuildSpec{
			Image: q.Image, Dockerfile: source.spec.Dockerfile, Stage: i.spec.Stage, Files: source.files(),
		})
		return err
	})
	if err != nil {
		return broken(err)
	}
	o := probe.Outcome{Reason: probe.OK, TookUS: time.Since(began).Microseconds()}
	var words []string
	for _, s := range steps {
		word := ask.Built
		if s.Cached {
			word = ask.Cached
		}
		words = append(words, word)
		o.Stages = append(o.Stages, probe.Stage{State: word, What: s.Instruction, TookUS: s.Took.Microseconds()})
	}
	o.Value = strings.Join(words, " ")
	return o
}

// Inspect answers a question about an image.
func (a asking) Inspect(ctx context.Context, p ask.Inspect) probe.Outcome {
	if p.Thing == ask.ImageHolds {
		return a.holds(ctx, p)
	}
	i, err := a.lab.session.Image(ctx, p.Image)
	if err != nil {
		return broken(err)
	}
	o := probe.Outcome{Reason: probe.OK}
	switch p.Thing {
	case ask.ImageSize:
		o.Value = strconv.FormatInt(i.Bytes(), 10)
		o.Stages = layersOf(i.History)
	case ask.ImageLayers:
		o.Value = strconv.Itoa(len(i.Layers))
	case ask.ImageUser:
		o.Value = orNone(i.User)
	case ask.ImageID:
		o.Value = engine.ShortID(i.ID)
	case ask.ImageShares:
		other, err := a.lab.session.Image(ctx, p.With)
		if err != nil {
			return broken(err)
		}
		layers, below := i.Shared(other)
		o.Value = strconv.FormatInt(engine.Image{History: below}.Bytes(), 10)
		o.Stages = layersOf(below)
		o.Detail = fmt.Sprintf("layers in common: %d; %s has %d, %s has %d",
			layers, p.Image, len(i.Layers), p.With, len(other.Layers))
	default:
		return broken(fmt.Errorf("an image has no %q", p.Thing))
	}
	return o
}

// layersOf lists the instructions that added something to an image.
func layersOf(history []engine.Instruction) []probe.Stage {
	var layers []probe.Stage
	for _, h := range history {
		if h.Bytes > 0 {
			layers = append(layers, probe.Stage{What: h.Text, Bytes: h.Bytes})
		}
	}
	return layers
}

// holds answers whether a path exists in an image.
func (a asking) holds(ctx context.Context, p ask.Inspect) probe.Outcome {
	bytes, there, err := a.lab.session.Holds(ctx, p.Image, p.Path)
	switch {
	case err != nil:
		return broken(err)
	case !there:
		return probe.Outcome{Reason: probe.OK, Value: "no", Detail: p.Image + " has no " + p.Path}
	}
	return probe.Outcome{
		Reason: probe.OK, Value: "yes", Detail: fmt.Sprintf("%s in %s has %d bytes", p.Path, p.Image, bytes),
	}
}
