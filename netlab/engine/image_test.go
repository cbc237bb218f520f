package engine

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/agent"
)

func TestImageParts(t *testing.T) {
	config, layer, err := agentProgram.imageParts("arm64", []byte("the agent"))
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := agentProgram.imageParts("arm64", []byte("the agent"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(config, again) {
		t.Error("two builds of one agent have different ids")
	}
	other, _, err := agentProgram.imageParts("arm64", []byte("The agent"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(config, other) {
		t.Error("two agents have one id")
	}

	var c struct {
		Architecture string
		Config       struct {
			Entrypoint []string
			Labels     map[string]string
		}
	}
	if err := json.Unmarshal(config, &c); err != nil {
		t.Fatal(err)
	}
	if c.Architecture != "arm64" || !slices.Equal(c.Config.Entrypoint, []string{"/bin/agent"}) {
		t.Errorf("got %+v", c)
	}
	if diff := cmp.Diff(map[string]string{"netlab.image": "1"}, c.Config.Labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}

	links := map[string]string{}
	for r := tar.NewReader(bytes.NewReader(layer)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case h.Typeflag == tar.TypeSymlink:
			links[h.Name] = h.Linkname
		case h.Name == "bin/agent":
			if text, _ := io.ReadAll(r); string(text) != "the agent" || h.Mode != 0o755 {
				t.Errorf("bin/agent: got %q, mode %o", text, h.Mode)
			}
		}
	}
	if links["bin/ping"] != "agent" || links["bin/sh"] != "agent" {
		t.Errorf("a student finds no ping and no sh: %v", links)
	}
	for _, name := range agent.Applets() {
		if links["bin/"+name] != "agent" {
			t.Errorf("bin/%s is not a link to the agent: %q", name, links["bin/"+name])
		}
	}
}

func TestImageRef(t *testing.T) {
	got := ImageRef()
	if !regexp.MustCompile(`^netlab/agent:[0-9a-f]{12}$`).MatchString(got) {
		t.Errorf("got %q", got)
	}
	if again := ImageRef(); again != got {
		t.Errorf("got %q and then %q", got, again)
	}
}

func TestEmbeddedImageWithoutAgent(t *testing.T) {
	_, err := agentProgram.embedded(fstest.MapFS{}, "amd64")
	if err == nil || err.Error() != "this netlab was built without its agent. Build it with make build" {
		t.Errorf("a plain go build: got %v", err)
	}
	_, err = agentProgram.embedded(fstest.MapFS{}, "riscv64")
	if err == nil || !strings.Contains(err.Error(), "riscv64") {
		t.Errorf("another processor: got %v", err)
	}
}
