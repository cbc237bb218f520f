package scenario_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netlab/netlab/ask"
	"netlab/netlab/probe"
	"netlab/netlab/scenario"
	"netlab/scenarios"

	"github.com/google/go-cmp/cmp"
)

func TestLoadBuiltIn(t *testing.T) {
	for _, name := range scenarios.Names() {
		data, _ := scenarios.Source(name)
		s, err := scenario.Load(name+".yaml", data)
		if err != nil {
			t.Errorf("%s", err)
			continue
		}
		if s.Name != name {
			t.Errorf("%s.yaml has the name %q", name, s.Name)
		}
	}
}

// Each invalid-NAME.yaml has the whole message in invalid-NAME.txt, written by hand.
func TestLoadInvalid(t *testing.T) {
	files, err := filepath.Glob("testdata/invalid-*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no testdata: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(strings.TrimSuffix(file, ".yaml") + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			s, err := scenario.Load(filepath.Base(file), data)
			if err == nil {
				t.Fatal("the file was accepted")
			}
			if s != nil {
				t.Error("a wrong file gave a scenario")
			}
			kinds := strings.Join(ask.FieldNames(ask.KindFields()), ", ")
			if diff := cmp.Diff(strings.ReplaceAll(string(want), "{KINDS}", kinds), err.Error()+"\n"); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

const small = "version: 1\nname: small\ncontainers: {alice: {networks: [bridge]}}\n" +
	"steps: [{measure: start, from: alice, time: start}]\n"

func TestLoadHostile(t *testing.T) {
	tests := []struct{ name, data, want string }{
		{"empty", "", "f.yaml:1:1: the file is empty"},
		{"comment", "# nothing here\n", "f.yaml:1:1: the file is empty\n    # nothing here\n    ^"},
		{"nothing", "---\n...\n", "f.yaml:1:1: the file is empty\n    ---\n    ^"},
		{"10 MB", strings.Repeat("a: [", 10<<18), "f.yaml:1:1: a scenario can be at most 256 KiB, but this file has 10240"},
		{
			"not UTF-8", "name: caf\xe9 \n" + small,
			"f.yaml:1:10: the file is not UTF-8: byte 0xe9\n    name: caf\\xe9 \n             ^",
		},
		{
			"control sequence", "name: \x1b[31mred\n",
			"f.yaml:1:7: character U+001B is not allowed\n    name: \\x1b[31mred\n          ^",
		},
		{
			"reversed text", "name: \u202ebal\n",
			"f.yaml:1:7: character U+202E is not allowed\n    name: \\u202ebal\n          ^",
		},
		{
			"wide characters before the caret",
			"title: 网络\tx\nname: {\"网络\": 1, b: 2}\n" + strings.TrimPrefix(small, "version: 1\n"),
			"f.yaml:1:1: the scenario has no \"version\"\n    title: 网络 x\n    ^\n" +
				"f.yaml:2:7: the scenario's name must be a single value, not a mapping\n" +
				"    name: {\"网络\": 1, b: 2}\n          ^\n" +
				"f.yaml:3:1: duplicate key \"name\", first on line 2\n    name: small\n    ^",
		},
		{
			"caret below a wide character", small + "网络: 1\n",
			"f.yaml:5:1: unknown key \"网络\" in a scenario\n    网络: 1\n    ^",
		},
		{
			"caret behind wide characters", "{version: 1, name: small, title: 网络, zzzz: 1}\n",
			"f.yaml:1:1: the scenario has no \"containers\"\n    {version: 1, name: small, title: 网络, zzzz: 1}\n    ^\n" +
				"f.yaml:1:1: the scenario has no \"steps\"\n    {version: 1, name: small, title: 网络, zzzz: 1}\n    ^\n" +
				"f.yaml:1:38: unknown key \"zzzz\" in a scenario\n    {version: 1, name: small, title: 网络, zzzz: 1}\n" +
				"                                           ^",
		},
		{
			"a name that would escape", "version: 1\n\"a\\e[1m\": 1\n" + strings.TrimPrefix(small, "version: 1\n"),
			"f.yaml:2:1: unknown key \"a\\x1b[1m\" in a scenario\n    \"a\\e[1m\": 1\n    ^",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := scenario.Load("f.yaml", []byte(tt.data))
			if err == nil {
				t.Fatal("the file was accepted")
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A Windows editor's byte order mark and line endings are not an error and do not shift positions.
func TestLoadWindows(t *testing.T) {
	data := "\uFEFF" + strings.ReplaceAll(small, "\n", "\r\n")
	if _, err := scenario.Load("f.yaml", []byte(data)); err != nil {
		t.Errorf("%v", err)
	}
	_, err := scenario.Load("f.yaml", []byte(data+"zzzz: 1\r\n"))
	want := "f.yaml:5:1: unknown key \"zzzz\" in a scenario\n    zzzz: 1\n    ^"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestErrorsAreTyped(t *testing.T) {
	_, err := scenario.Load("lab.yaml", []byte(small+"zzzz: 1\n"))
	var es scenario.Errors
	if !errors.As(err, &es) {
		t.Fatalf("got %T, want scenario.Errors", err)
	}
	want := scenario.Errors{{
		File: "lab.yaml", Line: 5, Column: 1, Source: "zzzz: 1", Text: `unknown key "zzzz" in a scenario`,
	}}
	if diff := cmp.Diff(want, es); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestErrorsAreBounded(t *testing.T) {
	_, err := scenario.Load("lab.yaml", []byte(strings.Repeat("1: 2\n", 5000)))
	if err == nil || !strings.HasSuffix(err.Error(), "\nand 4954 more") {
		t.Errorf("5000 wrong keys and 4 missing ones do not end in \"and 4954 more\"")
	}
}

func TestLoadEverything(t *testing.T) {
	got := load(t, "testdata/valid-everything.yaml")
	want := &scenario.Scenario{
		Name: "everything", Title: "A lab with one of each", Command: "docker run IMAGE", Use: "Testing.",
		Note: "Over two lines.", Upstream: "web",
		Networks: []scenario.Network{
			{
				Name: "web", Driver: "bridge", Internal: true,
				Options: []scenario.Option{{Name: "com.docker.network.driver.mtu", Value: "1400"}},
			},
			{Name: "back", Driver: "bridge"},
		},
		Containers: []scenario.Container{
			{
				Name: "alice",
				Networks: []scenario.Attachment{
					{Network: "web", Address: 3, Aliases: []string{"www", "api"}}, {Network: "back"},
				},
				Listen: []scenario.Listener{
					{Port: ask.Port{Network: "tcp", Number: 8080}}, {Port: ask.Port{Network: "udp", Number: 53}},
				},
				Expose: []ask.Port{{Network: "tcp", Number: 80}},
			},
			{Name: "bob", Networks: []scenario.Attachment{{Network: "web"}}, DNS: "engine", Created: true},
			{Name: "carol", Networks: []scenario.Attachment{{Network: "host"}}},
		},
		Source: got.Source,
	}
	steps := got.Steps
	got.Steps = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	check := &scenario.Check{
		ID: "ping", Group: "cost", Lesson: true, Ask: "Is alice there?", From: "carol",
		Asks: ask.Ping{To: peer("alice")},
		Expect: []ask.Expectation{
			{
				When: []ask.Condition{
					{Fact: ask.Reference{Head: "web", Field: "icc"}, Op: "=", Value: "false"},
					{Fact: ask.Reference{Head: "engine", Field: "version"}, Op: ">=", Value: "28.0"},
				},
				Reason: probe.Timeout, Because: "It is closed.",
			},
			{Reason: probe.OK},
		},
		Control: []string{"connect-port"}, Because: "It should be.", Wants: ask.WantsYesNo,
	}
	if diff := cmp.Diff(check, steps[0].Check); diff != "" {
		t.Errorf("the first check (-want +got):\n%s", diff)
	}
	measure := &scenario.Measure{
		ID: "start", Group: "cost", Ask: "Time from create to ready", From: "alice", What: "start",
	}
	if diff := cmp.Diff(measure, steps[8].Measure); diff != "" {
		t.Errorf("the first measure (-want +got):\n%s", diff)
	}
	action := &ask.Action{Verb: "connect", Peer: "bob", Network: "back"}
	if diff := cmp.Diff(action, steps[11].Do); diff != "" {
		t.Errorf("the last action (-want +got):\n%s", diff)
	}
}

func peer(name string) ask.Target { return ask.Target{Ref: ask.Reference{Head: name}} }

func load(t *testing.T, file string) *scenario.Scenario {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenario.Load(file, data)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// FuzzLoad: for any bytes there is either a scenario or an error that can be shown.
func FuzzLoad(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.yaml")
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil {
			f.Add(data)
		}
	}
	for _, name := range scenarios.Names() {
		data, _ := scenarios.Source(name)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := scenario.Load("fuzz.yaml", data)
		if (s == nil) == (err == nil) {
			t.Fatalf("got scenario %v and error %v", s, err)
		}
		if err != nil {
			for _, r := range err.Error() {
				if r < ' ' && r != '\n' || r == 0x7f || r == 0x9b {
					t.Fatalf("the message has the control character %q", r)
				}
			}
			return
		}
		selected := s.Select(func(scenario.Step) bool { return true })
		if got, want := len(selected.Steps)+actionsAtEnd(s), len(s.Steps); got != want {
			t.Fatalf("selecting everything keeps %d of %d steps", got, want)
		}
		for _, step := range s.Steps {
			if step.Check != nil {
				_ = step.Check.Asks.String()
			}
		}
	})
}

func actionsAtEnd(s *scenario.Scenario) int {
	n := 0
	for n < len(s.Steps) && s.Steps[len(s.Steps)-1-n].Do != nil {
		n++
	}
	return n
}
