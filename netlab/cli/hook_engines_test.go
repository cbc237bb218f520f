//go:build linux && engines

package cli

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"netlab/netlab/enginetest"
)

// TestEnginesHook publishes a port that a container has. netlab, called as docker 29.7 calls it then, says so, and
// netlab why --last names the container that has the port: from what the hook kept, and from what the engine remembers.
func TestEnginesHook(t *testing.T) {
	for _, version := range enginetest.Versions() {
		t.Run(version, func(t *testing.T) { testHook(t, enginetest.Start(t, enginetest.Options{Version: version})) })
	}
}

func testHook(t *testing.T, e *enginetest.Engine) {
	t.Setenv("DOCKER_HOST", e.Host)
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	shop := t.TempDir()
	t.Chdir(shop)
	docker := func(args ...string) (string, error) {
		out, err := exec.CommandContext(t.Context(), "docker", args...).CombinedOutput()
		return strings.TrimSpace(string(out)), err
	}
	if _, words, code := netlab("demo", "none", "--only", "own-stack"); code != exitOK { // it leaves the image
		t.Fatal(words)
	}
	image, err := docker("images", "-q")
	if err != nil {
		t.Fatal(image)
	}
	run := func(args ...string) (string, error) {
		return docker(append(append([]string{"run", "-d", "-i", "-p", "18080:80"}, args...), image)...)
	}
	if out, err := run("--name", "holder"); err != nil {
		t.Fatal(out)
	}
	hook := func(command, failed string) string {
		request, err := json.Marshal(map[string]any{"RootCmd": command, "Flags": map[string]string{}, "CommandError": failed})
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		streams := Streams{In: strings.NewReader(""), Out: &out, Err: &out, Env: os.Getenv}
		args := []string{"docker-netlab", "netlab", hookSubcommand, string(request)}
		if code := Main(t.Context(), streams, args, "test"); code != exitOK {
			t.Errorf("exit code %d", code)
		}
		return out.String()
	}
	asks := func(about string) {
		t.Helper()
		out, words, code := netlab("why", "--last")
		if code != exitSurprise || !strings.Contains(out, "holder has port 18080 of the host") ||
			!strings.Contains(out, "port-taken") || !strings.Contains(words, about) {
			t.Errorf("exit code %d, %s%s\nwant %q, and holder named", code, out, words, about)
		}
	}
	const taken = "port 18080 of the host is taken. To see why: docker netlab why --last"

	// docker run passes its error on, also of a container that is gone by now.
	failed, err := run("--rm", "--name", "gone")
	if err == nil {
		t.Fatal("the port was not taken")
	}
	if got := hook("run", failed); !strings.Contains(got, `"netlab: `+taken) {
		t.Errorf("after %q: got %s", failed, got)
	}
	asks("docker printed")

	// Compose does not. Its container is one of this folder's project.
	labels := []string{"--label", "com.docker.compose.project=shop", "--label", "com.docker.compose.service=web"}
	other := filepath.Join(shop, "other")
	for _, tt := range []struct{ name, folder string }{{"shop-web-1", shop}, {"other-web-1", other}} {
		folder := "com.docker.compose.project.working_dir=" + tt.folder
		if _, err := run(append(labels, "--name", tt.name, "--label", folder)...); err == nil {
			t.Fatal("the port was not taken")
		}
	}
	got := hook("compose up", "exited with code 1")
	if want := `"netlab: shop-web-1 did not start: ` + taken; !strings.Contains(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
	asks("docker printed")

	// Without the hook
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	asks("could not start other-web-1")
	if out, err := docker("rm", "-f", "shop-web-1", "other-web-1", "holder"); err != nil {
		t.Fatal(out)
	}
	out, words, code := netlab("why", "--last")
	if code != exitUsage || !strings.Contains(words, "no error to ask about") {
		t.Errorf("exit code %d, %s%s, want none to ask about", code, out, words)
	}
}
