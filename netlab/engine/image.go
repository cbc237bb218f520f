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
	"slices"
	"time"

	"netlab/netlab/agent"
)

//go:embed agentbin
var agents embed.FS

// repository is the name of the agent's image; its tag is a hash of the content.
const repository = "netlab/agent"

// errNoAgent is for a binary that was built by a plain `go build`.
var errNoAgent = errors.New("this netlab was built without its agent; build it with make build")

// architectures are those that the agent is built for, in Docker's and Go's common words.
func architectures() []string { return []string{"amd64", "arm64"} }

// ImageRef returns the name of the agent's image, "netlab/agent:" and twelve hex digits that change with every byte of
// its content.
func ImageRef() string {
	sum := sha256.New()
	for _, arch := range architectures() {
		// The compressed agent stands for the unpacked one: as telling, and a tenth of the work. A missing one counts
		// as empty; EnsureImage complains about it.
		packed, _ := compressedAgent(agents, arch)
		config, _, err := imageParts(arch, packed)
		if err != nil {
			continue // writing a tar into memory does not fail
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

// archive returns the image of the embedded agent for an architecture, as `docker load` takes it.
func archive(files fs.FS, ref, arch string) ([]byte, error) {
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
	return pack(ref, arch, program)
}

// pack writes the image as https://github.com/moby/moby/blob/v28.5.2/image/spec/spec.md has it, "Combined Image JSON +
// Filesystem Changeset Format". All times are fixed, so that every netlab of a version gives the engine the same image
// id and several uploads at once leave one image.
func pack(ref, arch string, program []byte) ([]byte, error) {
	config, layer, err := imageParts(arch, program)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(config)
	id := hex.EncodeToString(sum[:])
	manifest, err := json.Marshal([]map[string]any{{
		"Config": id + ".json", "RepoTags": []string{ref}, "Layers": []string{"layer.tar"},
	}})
	if err != nil {
		return nil, fmt.Errorf("writing the agent's image: %w", err)
	}
	return tarball([]tar.Header{
		file("manifest.json", 0o644), file(id+".json", 0o644), file("layer.tar", 0o644),
	}, map[string][]byte{"manifest.json": manifest, id + ".json": config, "layer.tar": layer})
}

// imageParts returns the image's configuration, whose hash is the image id, and its only layer.
func imageParts(arch string, program []byte) (config, layer []byte, err error) {
	entries := []tar.Header{folder("bin", 0o755), file("bin/agent", 0o755)}
	for _, name := range agent.Applets() {
		entries = append(entries, tar.Header{
			Typeflag: tar.TypeSymlink, Name: "bin/" + name, Linkname: "agent", Mode: 0o777,
		})
	}
	// The root is read-only in a lab container: everything that an engine mounts onto must be there.
	entries = append(entries,
		folder("dev", 0o755), folder("etc", 0o755), file("etc/hostname", 0o644), file("etc/hosts", 0o644),
		file("etc/resolv.conf", 0o644), folder("host", 0o755), folder("proc", 0o755), folder("sys", 0o755),
		folder("tmp", 0o1777))
	layer, err = tarball(entries, map[string][]byte{"bin/agent": program})
	if err != nil {
		return nil, nil, err
	}
	sum := sha256.Sum256(layer)
	config, err = json.Marshal(map[string]any{ // encoding/json sorts the keys
		"architecture": arch,
		"os":           "linux",
		"created":      time.Unix(0, 0).UTC().Format(time.RFC3339),
		"config": map[string]any{
			"Entrypoint": []string{"/bin/agent"},
			"Env":        []string{"PATH=/bin"},
			"Labels":     map[string]string{labelImage: "1"},
		},
		"rootfs":  map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + hex.EncodeToString(sum[:])}},
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
