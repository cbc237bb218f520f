package cli_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/cli"
)

// TestReadmeCommands: each command that the README names exists.
func TestReadmeCommands(t *testing.T) {
	readme := read(t, "../../README.md")
	makefile := read(t, "../../Makefile")
	for _, target := range regexp.MustCompile("(?:`|\\$ )make ([a-z-]+)").FindAllStringSubmatch(readme, -1) {
		if !strings.Contains(makefile, "\n"+target[1]+":") {
			t.Errorf("the README names make %s, which the Makefile has not", target[1])
		}
	}
	for _, link := range regexp.MustCompile(`\]\(([^):]+)\)`).FindAllStringSubmatch(readme, -1) {
		if _, err := os.Stat(filepath.Join("../..", link[1])); err != nil {
			t.Errorf("the README links to %s: %v", link[1], err)
		}
	}
	for _, command := range regexp.MustCompile("`netlab ([a-z]+)").FindAllStringSubmatch(readme, -1) {
		if code, _, words := netlab(t, command[1], "--help"); code != 0 {
			t.Errorf("the README names netlab %s: exit code %d: %s", command[1], code, words)
		}
	}
}

// TestIntegrationReadme runs the README's examples. Real sessions must match what it shows, except for addresses and
// times.
func TestIntegrationReadme(t *testing.T) {
	readme := read(t, "../../README.md")
	mine := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(mine, []byte(block(t, readme, "```yaml\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, example := range regexp.MustCompile("(?s)```console\n(.*?)```").FindAllStringSubmatch(readme, -1) {
		prompt, shown, _ := strings.Cut(example[1], "\n")
		args, isOurs := strings.CutPrefix(prompt, "$ netlab ")
		if !isOurs {
			continue
		}
		ran++
		t.Run(args, func(t *testing.T) {
			code, out, words := netlab(t, strings.Fields(strings.ReplaceAll(args, "mine.yaml", mine))...)
			if code != 0 {
				t.Fatalf("exit code %d: %s%s", code, out, words)
			}
			if shown == "" {
				return
			}
			if diff := cmp.Diff(answers(shown), answers(out)); diff != "" {
				t.Errorf("the README shows another session (-README +measured):\n%s", diff)
			}
		})
	}
	if ran == 0 {
		t.Error("the README has no example of netlab")
	}
}

// TestIntegrationDocument runs the complete examples of docs/scenario.md. An example with an overlay network needs a
// swarm, which TestEnginesDocument can create on an engine of its own.
func TestIntegrationDocument(t *testing.T) {
	ran := 0
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(read(t, "../../docs/scenario.md"), -1)
	for _, example := range examples {
		if !strings.Contains(example[1], "version: 1") {
			continue // not a complete file
		}
		ran++
		file := filepath.Join(t.TempDir(), "example.yaml")
		if err := os.WriteFile(file, []byte(example[1]), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, words := netlab(t, "run", file)
		if code == 4 && strings.Contains(out, "not in a swarm") { // it was skipped
			continue
		}
		if code != 0 {
			t.Errorf("exit code %d: %s%s", code, out, words)
		}
	}
	if ran == 0 {
		t.Error("the document has no whole example")
	}
}

// answers returns the lines of a session that are the same on every engine: numbered questions with their answer words,
// and rows of a comparison that have only reasons.
func answers(session string) []string {
	var lines []string
	question := regexp.MustCompile(`^ ?\d+ .*?\?\s+(yes|NO +\S+?),? `)
	row := regexp.MustCompile(`^ (peer|localhost|closed|host|other|own|two)[a-z ]*? {2,}.*$`)
	for line := range strings.Lines(session) {
		line = strings.TrimRight(line, "\n") + " "
		switch {
		case question.MatchString(line):
			lines = append(lines, question.FindString(line))
		case row.MatchString(line):
			lines = append(lines, strings.Join(strings.Fields(line), " "))
		}
	}
	return lines
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func block(t *testing.T, text, opening string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, opening)
	inside, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatalf("there is no block %q", opening)
	}
	return inside
}

func netlab(t *testing.T, args ...string) (code int, out, words string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	streams := cli.Streams{In: strings.NewReader(""), Out: &stdout, Err: &stderr, Env: os.Getenv}
	code = cli.Main(context.Background(), streams, append([]string{"netlab"}, args...), "test")
	return code, stdout.String(), stderr.String()
}
