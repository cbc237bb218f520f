package engine

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/docker/docker/api/types/image"

	"netlab/netlab/agent"
)

//go:embed agentbin
var agents embed.FS

// A program is one that netlab runs in containers. Each has an image of its own, so that an engine only gets what it
// needs.
type program string

// The programs.
const (
	agentProgram   program = agent.Program
	witnessProgram program = "witness" // for RoleWitness
)

// repository is the name of the program's image; its tag is a hash of the content.
func (p program) repository() string { return "netlab/" + string(p) }

// architectures returns those the programs are built for; Docker and Go use the same names.
func architectures() []string { return []string{"amd64", "arm64"} }

// ImageRef returns the name of the agent's image, "netlab/agent:" and twelve hex digits that change with every byte
// of its content.
func ImageRef() string { return agentProgram.ref() }

// ref returns the name of the program's image.
func (p program) ref() string {
	sum := sha256.New()
	for _, arch := range architectures() {
		// Hash the compressed program instead of the unpacked one: it identifies the content just as well, for a tenth
		// of the work. A missing one counts as empty; EnsureImage reports it.
		packed, _ := p.compressed(p.files(), arch)
		config, _, err := p.imageParts(arch, packed)
		if err != nil {
			continue // writing a tar to memory does not fail
		}
		sum.Write(config)
	}
	return p.repository() + ":" + hex.EncodeToString(sum.Sum(nil))[:12]
}

// files has the program, for the architectures that are embedded.
func (p program) files() fs.FS {
	if p == witnessProgram {
		return witnesses
	}
	return agents
}

// path is where the program is in its files.
func (p program) path(arch string) string {
	if p == witnessProgram {
		return "witnessbin/" + arch + "/witness.gz"
	}
	return "agentbin/agent-linux-" + arch + ".gz"
}

func (p program) compressed(files fs.FS, arch string) ([]byte, error) {
	if !slices.Contains(architectures(), arch) {
		return nil, fmt.Errorf("netlab has no %s for engines on %s", p, arch)
	}
	if p == witnessProgram && arch != runtime.GOARCH {
		return nil, fmt.Errorf("netlab for %s has no %s for engines on %s", runtime.GOARCH, p, arch)
	}
	content, err := fs.ReadFile(files, p.path(arch))
	if err != nil { // a plain go build
		return nil, fmt.Errorf("this netlab was built without its %s. Build it with make build", p)
	}
	return content, nil
}

// A supply is the image of a program, as an engine has it or will get it. It is made with [newSupply].
type supply struct {
	program  program
	ref      func() string              // its name, computed once
	expected func() (agentImage, error) // what it must be, computed once
	loading  sync.Mutex                 // held while looking for or uploading it; guards the field below
	id       string                     // on the engine; "" until it is known
}

func newSupply(p program, arch string) *supply {
	return &supply{
		program: p, ref: sync.OnceValue(p.ref),
		expected: sync.OnceValues(func() (agentImage, error) { return p.embedded(p.files(), arch) }),
	}
}

// names returns the possible names of the image; the second is used if a user's image has the first.
func (s *supply) names() []string { return []string{s.ref(), s.ref() + "-2"} }

// An agentImage is the image of an embedded program.
type agentImage struct {
	id, layer     string // "sha256:…"
	config, files []byte // its configuration and its layer
}

// embedded returns the image of the embedded program for an architecture.
func (p program) embedded(files fs.FS, arch string) (agentImage, error) {
	content, err := p.unpacked(files, arch)
	if err != nil {
		return agentImage{}, err
	}
	return p.newImage(arch, content)
}

func (p program) newImage(arch string, content []byte) (agentImage, error) {
	config, layer, err := p.imageParts(arch, content)
	if err != nil {
		return agentImage{}, err
	}
	return agentImage{id: digest(config), layer: digest(layer), config: config, files: layer}, nil
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// is reports whether the engine's image is this one. It is if it has the same id or, where the engine's ids are not
// the hash of the configuration (containerd's image store), the same layer and a configuration that runs it the same
// way.
func (a agentImage) is(found image.InspectResponse) bool {
	if sameImage(found.ID, a.id) {
		return true
	}
	if found.Config == nil || !slices.Equal(found.RootFS.Layers, []string{a.layer}) {
		return false
	}
	var want struct {
		Config map[string]any `json:"config"`
	}
	got := map[string]any{}
	text, err := json.Marshal(found.Config)
	if err != nil || json.Unmarshal(text, &got) != nil || json.Unmarshal(a.config, &want) != nil {
		return false
	}
	maps.DeleteFunc(got, func(_ string, value any) bool { return value == nil || reflect.ValueOf(value).IsZero() })
	return reflect.DeepEqual(got, want.Config)
}

func (p program) unpacked(files fs.FS, arch string) ([]byte, error) {
	packed, err := p.compressed(files, arch)
	if err != nil {
		return nil, err
	}
	unpacker, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpacking the %s: %w", p, err)
	}
	content := bytes.NewBuffer(make([]byte, 0, 4*len(packed))) // which is enough, so it need not grow
	if _, err := content.ReadFrom(unpacker); err != nil {
		return nil, fmt.Errorf("unpacking the %s: %w", p, err)
	}
	return content.Bytes(), nil
}

// pack writes the image in the format of https://github.com/moby/moby/blob/v28.5.2/image/spec/spec.md, "Combined
// Image JSON + Filesystem Changeset Format". All times are fixed, so every netlab of the same version gives the
// engine the same image id, and several uploads at the same time result in one image.
func (a agentImage) pack(ref string) ([]byte, error) {
	_, id, _ := strings.Cut(a.id, ":")
	manifest, err := json.Marshal([]map[string]any{{
		"Config": id + ".json", "RepoTags": []string{ref}, "Layers": []string{"layer.tar"},
	}})
	if err != nil {
		return nil, fmt.Errorf("writing the agent's image: %w", err)
	}
	return tarball([]tar.Header{
		file("manifest.json", 0o644), file(id+".json", 0o644), file("layer.tar", 0o644),
	}, map[string][]byte{"manifest.json": manifest, id + ".json": a.config, "layer.tar": a.files})
}

// imageParts returns the image's configuration, whose hash is the image id, and its only layer.
func (p program) imageParts(arch string, content []byte) (config, layer []byte, err error) {
	path := "bin/" + string(p)
	entries := []tar.Header{folder("bin", 0o755), file(path, 0o755)}
	if p == agentProgram {
		for _, name := range agent.Applets() {
			entries = append(entries, tar.Header{
				Typeflag: tar.TypeSymlink, Name: "bin/" + name, Linkname: string(p), Mode: 0o777,
			})
		}
	}
	// The root is read-only in a lab container, so everything that an engine mounts onto must exist.
	entries = append(entries,
		folder("dev", 0o755), folder("etc", 0o755), file("etc/hostname", 0o644), file("etc/hosts", 0o644),
		file("etc/resolv.conf", 0o644), folder("host", 0o755), folder("proc", 0o755), folder("sys", 0o755),
		folder("tmp", 0o1777))
	layer, err = tarball(entries, map[string][]byte{path: content})
	if err != nil {
		return nil, nil, err
	}
	config, err = json.Marshal(map[string]any{ // encoding/json sorts the keys
		"architecture": arch,
		"os":           "linux",
		"created":      time.Unix(0, 0).UTC().Format(time.RFC3339),
		"config": map[string]any{
			"Entrypoint": []string{"/" + path},
			"Env":        []string{"PATH=/bin"},
			"Labels":     map[string]string{labelImage: "1"},
		},
		"rootfs":  map[string]any{"type": "layers", "diff_ids": []string{digest(layer)}},
		"history": []map[string]string{{"created_by": "netlab"}},
	})
	if err != nil {
		return nil, nil, fmt.Errorf("writing the agent's image: %w", err)
	}
	return config, layer, nil
}

func folder(name string, mode int64) tar.Header {
	return tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: mode}
}

func file(name string, mode int64) tar.Header {
	return tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode}
}

func tarball(entries []tar.Header, content map[string][]byte) ([]byte, error) {
	size := 64 << 10 // more than all headers
	for _, c := range content {
		size += len(c)
	}
	out := bytes.NewBuffer(make([]byte, 0, size))
	w := tar.NewWriter(out)
	for _, h := range entries {
		h.ModTime, h.Format = time.Unix(0, 0), tar.FormatUSTAR
		h.Size = int64(len(content[h.Name]))
		if err := w.WriteHeader(&h); err != nil {
			return nil, fmt.Errorf("writing the agent's image: %w", err)
		}
		if _, err := w.Write(content[h.Name]); err != nil {
			return nil, fmt.Errorf("writing the agent's image: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("writing the agent's image: %w", err)
	}
	return out.Bytes(), nil
}
