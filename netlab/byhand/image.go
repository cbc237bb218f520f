package byhand

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/scenario"
)

// images writes the folders that images are built from.
func (w *writer) images() {
	for _, i := range w.s.Images {
		if i.Of != "" {
			continue
		}
		folder := quote(i.Name)
		w.line("# The image " + i.Name + " is built from a folder of that name.")
		folders := []string{folder}
		for _, f := range i.Files {
			if at := path.Dir(f.Name); at != "." {
				folders = append(folders, quote(path.Join(i.Name, at)))
			}
		}
		w.line(append([]string{"mkdir -p"}, folders...)...)
		for _, f := range i.Files {
			w.line("printf '%s\\n'", quote(f.Content), ">", quote(path.Join(i.Name, f.Name)))
		}
		w.line("cat >", folder+"/Dockerfile <<'END'")
		w.line(dockerfile(i) + "END")
		w.line()
	}
}

// dockerfile is an image's Dockerfile with a publicly available base, and common commands instead of netlab's own.
func dockerfile(i scenario.Image) string {
	out := []string{"ARG IMAGE"}
	for line := range strings.Lines(i.Dockerfile) {
		line = strings.TrimRight(line, "\n")
		words := strings.Fields(line)
		if len(words) > 1 && words[0] == "FROM" && words[1] == scenario.BaseImage {
			words[1] = "$IMAGE"
			line = strings.Join(words, " ")
		}
		out = append(out, asked.ReplaceAllString(fillOf(line), "nc -z -w 1 $1 $2"))
	}
	return strings.Join(out, "\n") + "\n"
}

// netlab's commands in a Dockerfile.
var (
	filled = regexp.MustCompile(`\bfill (\S+) ([0-9]+)([KM]?)(\s|$)`)
	asked  = regexp.MustCompile(`\bget ([a-z0-9.]+):([0-9]+)`)
)

// fillOf writes `fill FILE 8M` with commands that every image has.
func fillOf(line string) string {
	return filled.ReplaceAllStringFunc(line, func(s string) string {
		part := filled.FindStringSubmatch(s)
		zeros := map[string]string{"": "", "K": "000", "M": "000000"}[part[3]]
		return fmt.Sprintf("mkdir -p %s && head -c %s%s /dev/urandom > %s%s",
			path.Dir(part[1]), part[2], zeros, part[1], part[4])
	})
}

// buildImage writes the command that builds an image with the classic builder, which prints "Using cache" for cached
// steps.
func (w *writer) buildImage(name string) {
	i := w.s.Image(name)
	words := []string{"DOCKER_BUILDKIT=0 docker build", `--build-arg IMAGE="$IMAGE"`, "-t", quote(name)}
	folder := name
	if i != nil && i.Of != "" {
		folder = i.Of
		words = append(words, "--target", quote(i.Stage))
	}
	w.line(append(words, quote(folder))...)
}

func (w *writer) inspect(p ask.Inspect) {
	inspect := func(format string, images ...string) {
		words := []string{"docker image inspect -f", quote(format)}
		for _, name := range images {
			words = append(words, quote(name))
		}
		w.line(words...)
	}
	switch p.Thing {
	case ask.ImageSize:
		w.line("docker history", quote(p.Image))
	case ask.ImageLayers:
		inspect("{{len .RootFS.Layers}}", p.Image)
	case ask.ImageUser:
		inspect("{{.Config.User}}", p.Image)
	case ask.ImageID:
		inspect("{{.Id}}", p.Image)
	case ask.ImageHolds:
		w.line("docker run --rm", quote(p.Image), "ls -l", quote(p.Path))
	case ask.ImageShares:
		inspect("{{json .RootFS.Layers}}", p.Image, p.With)
	}
}

// removeImages writes the commands that remove the images and the intermediate images of the builds.
func (w *writer) removeImages() {
	if len(w.s.Images) == 0 {
		return
	}
	var names []string
	for _, i := range w.s.Images {
		names = append(names, quote(i.Name))
	}
	w.line(append([]string{"docker rmi -f"}, names...)...)
	w.line("# Other images from the builds have no name. To remove all such images, yours too: docker image prune")
}
