package scenario

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"netlab/netlab/ask"
)

const (
	maxImages = 6
	maxLines  = 40 // of a Dockerfile
	maxFiles  = 8
)

// An image is what the loader knows about an image.
type image struct {
	spec   *Image
	stages []string
	built  bool // at the current step
}

// A file of a build is named relative to the Dockerfile and must stay in its folder.
var filePattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,31}(/[A-Za-z0-9_][A-Za-z0-9._-]{0,31}){0,3}$`)

// instructions are the Dockerfile instructions that need nothing from elsewhere and that still let netlab's agent be
// started.
func instructions() []string {
	return []string{"FROM", "RUN", "COPY", "USER", "ENV", "WORKDIR", "EXPOSE", "LABEL", "HEALTHCHECK"}
}

func (l *loader) readImages(n *yaml.Node) {
	entries, _ := l.definitions(n, "images", "images", maxImages)
	l.s.Images = make([]Image, len(entries))
	for i, e := range entries {
		spec := &l.s.Images[i]
		spec.Name = l.name(e.key, "image")
		l.free(e.key, "image")
		l.images = append(l.images, &image{spec: spec})
	}
	bodies := make([]mapping, len(entries))
	for i, e := range entries { // a stage may belong to an image that comes after it
		body, ok := l.fill(e.value, imageForm())
		if ok && body.get("of") == nil {
			(&recipe{&l.document, l.images[i]}).read(body)
		}
		bodies[i] = body
	}
	for i, body := range bodies {
		if body.get("of") != nil {
			l.stage(l.images[i], body)
		}
	}
}

// imageForm is an image. Which fields it may have depends on "of", so they are read together.
func imageForm() form {
	together := func(s *schema) kind { return kind{schema: s} }
	return form{
		a: "an image", the: "the image", name: "image", doc: "An image that the steps build",
		one: []string{"dockerfile", "of"},
		fields: []field{
			{
				"dockerfile", "its Dockerfile, one instruction per line; FROM netlab is netlab's own image",
				together(text()),
			},
			{
				"files", "files next to the Dockerfile, for COPY: each name with its content",
				together(named(filePattern.String(), anyScalar(), maxFiles)),
			},
			{"of", "instead of a Dockerfile: the image that this one is a stage of", together(text())},
			{"stage", "the stage of that image's Dockerfile", together(pattern(namePattern.String()))},
		},
	}
}

// stage reads an image that is a stage of another image's Dockerfile.
func (l *loader) stage(i *image, m mapping) {
	for _, name := range []string{"dockerfile", "files"} {
		if key := m.key(name); key != nil {
			l.errorf(key, "an image that is a stage of another cannot have its own %q", name)
		}
	}
	l.require(m, "the image", "stage")
	other := l.imageNamed(m.get("of"))
	switch {
	case other == nil:
	case other.spec.Dockerfile == "":
		l.errorf(m.get("of"), "%s has no Dockerfile of its own", other.spec.Name)
	default:
		i.spec.Of = other.spec.Name
		if stage := m.get("stage"); stage != nil {
			i.spec.Stage = l.choice(stage, "stage", other.stages)
		}
	}
}

// A recipe is a Dockerfile that is being read, with its files.
type recipe struct {
	*document
	image *image
}

func (r *recipe) read(m mapping) {
	if key := m.key("stage"); key != nil {
		r.errorf(key, `"stage" needs "of", the image it is a stage of`)
	}
	if files := m.get("files"); files != nil {
		r.files(files)
	}
	n := m.get("dockerfile")
	if n == nil {
		r.errorf(m.node, `an image needs "dockerfile" or "of"`)
		return
	}
	if n.Kind != yaml.ScalarNode || n.Style&yaml.LiteralStyle == 0 {
		r.errorf(n, `a Dockerfile is a block of lines: write "dockerfile: |" and the lines below it`)
		return
	}
	r.image.spec.Dockerfile = n.Value
	lines := strings.Split(strings.TrimRight(n.Value, "\n"), "\n")
	if len(lines) > maxLines {
		r.errorf(n, "a Dockerfile can have at most %d lines here, but this one has %d", maxLines, len(lines))
	}
	begun := false
	for at, line := range lines {
		ws := r.lineWords(n.Line+1+at, line)
		if len(ws) == 0 || strings.HasPrefix(ws[0].text, "#") {
			continue
		}
		r.instruction(ws, begun)
		begun = true
	}
	if !begun {
		r.errorf(n, "the Dockerfile has no instruction")
	}
}

// lineWords splits a line of a block at its spaces, and records the position of each word in the file.
func (d *document) lineWords(number int, line string) []word {
	source, column := "", 1
	if number <= len(d.lines) {
		source = d.lines[number-1]
	}
	if at := strings.Index(source, strings.TrimSpace(line)); at >= 0 {
		column += len([]rune(source[:at]))
	}
	var ws []word
	rest := strings.TrimSpace(line)
	for part := range strings.FieldsSeq(rest) {
		before, after, _ := strings.Cut(rest, part)
		column += len([]rune(before))
		ws = append(ws, word{text: part, line: number, column: column})
		column += len([]rune(part))
		rest = after
	}
	return ws
}

// instruction checks a line of a Dockerfile. It refuses what the engine would get from elsewhere, and what the engine
// would refuse for lack of a name. The builder judges the rest.
func (r *recipe) instruction(ws []word, begun bool) {
	first, last := ws[0], ws[len(ws)-1]
	switch {
	case !slices.Contains(instructions(), first.text):
		r.wordError(first, "unknown instruction %s%s", quote(first.text), suggest(first.text, instructions()))
	case strings.HasSuffix(last.text, `\`) || strings.HasSuffix(last.text, "`"):
		r.wordError(last, "an instruction must fit on one line here")
	case len(ws) < 2:
		r.wordError(first, "%s needs an argument", first.text)
	case first.text == "FROM":
		r.base(ws)
	case !begun:
		r.wordError(first, "a Dockerfile must start with FROM %s", BaseImage)
	case first.text == "COPY":
		r.copy(ws)
	case first.text == "RUN" && strings.HasPrefix(ws[1].text, "--"):
		r.wordError(ws[1], "the classic builder does not support flags of RUN")
	case first.text == "LABEL":
		r.label(ws[1:])
	}
}

// label checks the names of LABEL's labels, KEY=VALUE or KEY VALUE. It refuses characters in them that the builder
// would change: the builder removes quotes and backslashes, and substitutes ENV's values.
func (r *recipe) label(ws []word) {
	for i, w := range ws {
		key, _, assigns := strings.Cut(w.text, "=")
		switch {
		case i > 0 && !assigns:
			// Part of a value with spaces.
		case strings.ContainsAny(key, "\"'`\\$"):
			r.wordError(w, "a label's name must not contain quotes, \\ or $")
		case strings.HasPrefix(key, "netlab."):
			r.wordError(w, "labels that start with netlab. are reserved for netlab")
		}
	}
}

// base reads FROM IMAGE AS STAGE.
func (r *recipe) base(ws []word) {
	known := append([]string{BaseImage}, r.image.stages...)
	if from := ws[1]; !slices.Contains(known, from.text) {
		r.wordError(from, "a stage must start from %s, so that nothing is pulled, not from %s",
			strings.Join(known, " or "), quote(from.text))
	}
	switch {
	case len(ws) == 2:
		return
	case len(ws) != 4 || ws[2].text != "AS":
		r.wordError(ws[2], `must be "FROM %s AS STAGE"`, ws[1].text)
	case !namePattern.MatchString(ws[3].text) || slices.Contains(known, ws[3].text):
		r.wordError(ws[3], "a stage needs its own name: 1 to 16 of a-z, 0-9 and -, starting with a letter")
	default:
		r.image.stages = append(r.image.stages, ws[3].text)
	}
}

// copy checks the arguments of COPY: a file of the build or a path of an earlier stage, and the destination.
func (r *recipe) copy(ws []word) {
	instruction, fromStage := ws[0], false
	ws = ws[1:]
	for len(ws) > 0 && strings.HasPrefix(ws[0].text, "--") {
		stage, is := strings.CutPrefix(ws[0].text, "--from=")
		switch {
		case is && !slices.Contains(r.image.stages, stage):
			r.wordError(ws[0], "unknown stage %s%s", quote(stage), closest(stage, r.image.stages))
		case !is && !strings.HasPrefix(ws[0].text, "--chown="):
			r.wordError(ws[0], "COPY supports only --from and --chown here")
		}
		fromStage = fromStage || is
		ws = ws[1:]
	}
	if len(ws) < 2 {
		r.wordError(instruction, "COPY needs a source and a destination")
		return
	}
	for _, source := range ws[:len(ws)-1] {
		if !fromStage && source.text != "." && !r.image.spec.hasFile(source.text) {
			r.wordError(source, "the image has no file %s", quote(source.text))
		}
	}
}

// hasFile reports whether a file or a folder has that name.
func (i *Image) hasFile(name string) bool {
	return slices.ContainsFunc(i.Files, func(f ImageFile) bool {
		return f.Name == name || strings.HasPrefix(f.Name, strings.TrimSuffix(name, "/")+"/")
	})
}

func (r *recipe) files(n *yaml.Node) {
	m, ok := r.mapping(n, "files", nil)
	if !ok {
		return
	}
	if len(m.entries) > maxFiles {
		r.errorf(n, "an image can have at most %d files", maxFiles)
	}
	for _, e := range m.entries {
		name := e.key.Value
		if !filePattern.MatchString(name) || name == "Dockerfile" {
			r.errorf(e.key, "%s cannot be the name of a file next to the Dockerfile", quote(name))
		}
		content, _ := r.scalar(e.value, "a file's content")
		r.image.spec.Files = append(r.image.spec.Files, ImageFile{Name: name, Content: content})
	}
}

// imageNamed looks up an image. It returns nil if the image is missing or invalid.
func (l *loader) imageNamed(n *yaml.Node) *image {
	if _, ok := l.text(n, "an image's name"); !ok {
		return nil
	}
	return l.findImage(whole(n))
}

func (l *loader) findImage(w word) *image {
	for _, i := range l.images {
		if i.spec.Name == w.text {
			return i
		}
	}
	l.wordError(w, "unknown image %s%s", quote(w.text), closest(w.text, l.imageNames()))
	return nil
}

func (l *loader) imageNames() []string {
	names := make([]string, len(l.images))
	for i, image := range l.images {
		names[i] = image.spec.Name
	}
	return names
}

// hasBuilt checks that an image exists at the current step.
func (l *loader) hasBuilt(w word) {
	if i := l.findImage(w); i != nil && !i.built {
		l.wordError(w, "%s is not built yet at this step. Build it first, with a build check", i.spec.Name)
	}
}

// inspect reads "IMAGE THING". Some things are followed by a path or another image.
func (a *asking) inspect(e entry) ask.Question {
	q, n := ask.Inspect{}, e.value
	if _, ok := a.text(n, "inspect"); !ok {
		return q
	}
	ws := words(n)
	if len(ws) < 2 {
		a.errorf(n, `must be an image and a fact about it, such as "shop size"`)
		return q
	}
	q.Image, q.Thing = ws[0].text, ws[1].text
	a.hasBuilt(ws[0])
	want := 2
	switch things := ask.FieldNames(ask.ImageThings()); {
	case !slices.Contains(things, q.Thing):
		a.wordError(ws[1], "unknown fact %s of an image%s", quote(q.Thing), suggest(q.Thing, things))
		return q
	case q.Thing == ask.ImageHolds:
		if want = 3; len(ws) == want {
			q.Path = ws[2].text
			if !pathPattern.MatchString(q.Path) || path.Clean(q.Path) != q.Path {
				a.wordError(ws[2], "not a path in an image: %s", quote(q.Path))
			}
		}
	case q.Thing == ask.ImageShares:
		if want = 3; len(ws) == want {
			q.With = ws[2].text
			a.hasBuilt(ws[2])
		}
	}
	if len(ws) != want {
		a.errorf(n, "must be %q", strings.Join([]string{"IMAGE", q.Thing, thirdWord(q.Thing)}[:want], " "))
	}
	return q
}

func thirdWord(thing string) string {
	if thing == ask.ImageShares {
		return "OTHER"
	}
	return "/PATH"
}

// await reads the health status that a check waits for.
func (a *asking) await(e entry) ask.Question {
	n, from := e.value, a.from
	switch {
	case from == nil:
	case from.spec == nil:
		a.errorf(n, "%s is not a container, so it has no health", from.title())
	case from.spec.Health.Number == 0:
		a.imageHealth(n, from)
	}
	return ask.Await{Status: a.choice(n, "health", healthWords())}
}

func healthWords() []string { return []string{ask.Starting, ask.Healthy, ask.Unhealthy} }

// imageHealth checks that the HEALTHCHECK of a container's image runs within the time that a check waits.
func (a *asking) imageHealth(n *yaml.Node, from *peer) {
	var every time.Duration
	if i := a.s.Image(from.spec.Image); i != nil {
		every = i.healthInterval()
	}
	switch {
	case every == 0:
		a.errorf(n, "%s has no HEALTHCHECK: it has no health key, and its image has none", from.name)
	case every >= AwaitLimit:
		a.errorf(n, "the HEALTHCHECK of %s runs every %s, but a check waits only %s. Use HEALTHCHECK --interval=1s",
			from.spec.Image, every, AwaitLimit)
	}
}

// edit reads "edit IMAGE FILE".
func (sc *script) edit(a *ask.Action, image, file word) {
	a.Image, a.File = image.text, file.text
	i := sc.findImage(image)
	if i != nil && !slices.ContainsFunc(i.spec.Files, func(f ImageFile) bool { return f.Name == file.text }) {
		sc.wordError(file, "%s has no file %s", i.spec.Name, quote(file.text))
	}
}
