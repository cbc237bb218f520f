package byhand_test

import (
	"strings"
	"testing"

	"netlab/netlab/byhand"
)

func TestFilesByHand(t *testing.T) {
	s := builtIn(t, "image-and-container")
	text := byhand.Docker(s)
	run := `docker run -d --stop-timeout 1 --name alice --hostname alice --network none "$IMAGE" sleep infinity`
	for _, want := range []string{
		"docker volume create notes\n",
		"--network none -v notes:/notes ",
		"docker exec alice sh -c 'echo '\\''alice was here'\\'' > /note'\n",
		"docker exec bob sh -c 'head -c 1000000 /dev/zero > /filled'\n",
		"docker exec bob cat /note\n",
		"docker diff alice\n",
		"docker rm -f alice\n" + run + "\n",
		"docker volume rm notes\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the commands lack %q", want)
		}
	}
	if n := strings.Count(text, "--read-only"); n != 1 {
		t.Errorf("%d containers have a read-only root by hand, want dave alone", n)
	}
	compose := byhand.Compose(s)
	for _, want := range []string{"volumes: ['notes:/notes']", "read_only: true", "\nvolumes:\n  notes: {}\n"} {
		if !strings.Contains(compose, want) {
			t.Errorf("the Compose file lacks %q:\n%s", want, compose)
		}
	}
}
