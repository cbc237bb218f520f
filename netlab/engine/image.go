package engine

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/docker/docker/api/types/image"

	"netlab/netlab/agent"
)

//go:embed agentbin
var agents embed.FS

// repository is the name of the agent's image; its tag is a hash of the content.
const repository = "netlab/agent"

// errNoAgent means that this binary was built with a plain `go build`.
var errNoAgent = errors.New("this netlab was built without its agent. Build it with make build")

// architectures returns those the agent is built for; Docker and Go use the same names.
func architectures() []string { return []string{"amd64", "arm64"} }

// ImageRef returns the name of the agent's image, "netlab/agent:" and twelve hex digits that change with every byte
// of its content.
func ImageRef() string {
	sum := sha256.New()
	for _, arch := range architectures() {
		// Hash the compressed agent instead of the unpacked one: it identifies the content just as well, for a tenth
		// of the work. A missing one counts as empty; EnsureImage reports it.
		packed, _ := compressedAgent(agents, arch)
		config, _, err := imageParts(arch, packed)
		if err != nil {
			continue // writing a tar to memory does not fail
		}
		sum.Write(config)
	}
	return repository + ":" + hex.EncodeToString(sum.Sum(nil))[:12]
}

func compressedAgent(files fs.FS, arch string) ([]byte, error) {
	if !slices.Contains(architectures(), arch) {
		return nil, fmt.Errorf("netlab has no agent for engines on %s", arch)
	}
	content, err := fs.ReadFile(files, "agentbin/agent-linux-"+arch+".gz")
	if err != nil {
		return nil, errNoAgent
	}
	return content, nil
}

// An agentImage is the image of the embedded agent.
type agentImage struct {
	id, layer     string // "sha256:…"
	config, files []byte // its configuration and its layer
}

// embeddedImage returns the image of the embedded agent for an architecture.
func embeddedImage(files fs.FS, arch string) (agentImage, error) {
	program, err := unpackedAgent(files, arch)
	if err != nil {
		return agentImage{}, err
	}
	return newAgentImage(arch, program)
}

func newAgentImage(arch string, program []byte) (agentImage, error) {
	config, layer, err := imageParts(arch, program)
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

func unpackedAgent(files fs.FS, arch string) ([]byte, error) {
	packed, err := compressedAgent(files, arch)
	if err != nil {
		return nil, err
	}
	unpacker, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpacking the agent: %w", err)
	}
	program, err := io.ReadAll(unpacker)
	if err != nil {
		return nil, fmt.Errorf("unpacking the agent: %w", err)
	}
	return program, nil
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
func imageParts(arch string, program []byte) (config, layer []byte, err error) {
	entries := []tar.Header{folder("bin", 0o755), file("bin/agent", 0o755)}
	for _, name := range agent.Applets() {
		entries = append(entries, tar.Header{
			Typeflag: tar.TypeSymlink, Name: "bin/" + name, Linkname: "agent", Mode: 0o777,
		})
	}
	// The root is read-only in a lab container, so everything that an engine mounts onto must exist.
	entries = append(entries,
		folder("dev", 0o755), folder("etc", 0o755), file("etc/hostname", 0o644), file("etc/hosts", 0o644),
		file("etc/resolv.conf", 0o644), folder("host", 0o755), folder("proc", 0o755), folder("sys", 0o755),
		folder("tmp", 0o1777))
	layer, err = tarball(entries, map[string][]byte{"bin/agent": program})
	if err != nil {
		return nil, nil, err
	}
	config, err = json.Marshal(map[string]any{ // encoding/json sorts the keys
		"architecture": arch,
		"os":           "linux",
		"created":      time.Unix(0, 0).UTC().Format(time.RFC3339),
		"config": map[string]any{
			"Entrypoint": []string{"/bin/agent"},
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
	var out bytes.Buffer
	w := tar.NewWriter(&out)
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
