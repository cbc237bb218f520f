package cli

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/engine"
	"netlab/netlab/render"
)

// As a plugin, netlab accepts docker's own flags before its name. They select the engine.
func TestPluginArguments(t *testing.T) {
	tests := []struct {
		line string // as docker runs the plugin
		rest string
		want engine.Options
	}{
		{"netlab demo bridge", "demo bridge", engine.Options{}},
		{"-c far netlab demo", "demo", engine.Options{Context: "far"}},
		{"--context=netlab netlab demo", "demo", engine.Options{Context: "netlab"}},
		{"-c netlab netlab demo", "demo", engine.Options{Context: "netlab"}},
		{"-D --log-level debug netlab clean", "clean", engine.Options{}},
		{"--debug -l=warn netlab -H tcp://b clean", "-H tcp://b clean", engine.Options{}},
		{"-H tcp://a --config /conf netlab list", "list", engine.Options{Host: "tcp://a", Config: "/conf"}},
		{"--tls netlab list", "list", engine.Options{TLS: &engine.TLS{}}},
		{"--tlsverify netlab list", "list", engine.Options{TLS: &engine.TLS{Verify: true}}},
		{
			"--tlscacert /a --tlscert=/b --tlskey /c --tlsverify netlab list", "list",
			engine.Options{TLS: &engine.TLS{CA: "/a", Cert: "/b", Key: "/c", Verify: true}},
		},
		{"help netlab demo", "help demo", engine.Options{}},
		{"__complete netlab de", "__complete de", engine.Options{}},
		{"docker-cli-plugin-metadata", "docker-cli-plugin-metadata", engine.Options{}},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			args := append([]string{"/usr/libexec/docker/cli-plugins/docker-netlab"}, strings.Fields(tt.line)...)
			rest, flags, err := arguments(args)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(rest, " "); got != tt.rest {
				t.Errorf("got the arguments %q, want %q", got, tt.rest)
			}
			if diff := cmp.Diff(tt.want, flags.options()); diff != "" {
				t.Errorf("the engine (-want +got):\n%s", diff)
			}
		})
	}
}

// The help and the errors of docker netlab name commands as users type them there, in 80 columns.
func TestPluginWords(t *testing.T) {
	run := func(args ...string) string {
		var text strings.Builder
		streams := Streams{In: strings.NewReader(""), Out: &text, Err: &text, Env: func(string) string { return "" }}
		Main(t.Context(), streams, append([]string{"docker-netlab", "netlab"}, args...), "test")
		return text.String()
	}
	commands := "demo compare bench run class list show validate replay worksheet doctor down clean"
	for _, c := range strings.Fields(commands) {
		text := run(c, "--help")
		if !strings.Contains(text, "Usage:\n  docker netlab "+c) {
			t.Errorf("%s: the usage is not of docker netlab:\n%s", c, text)
		}
		for line := range strings.Lines(strings.ReplaceAll(text, "docker netlab ", "docker-netlab ")) {
			if strings.Contains(line, " netlab "+c) {
				t.Errorf("%s: a command without docker: %s", c, line)
			}
			if len(line) > 81 { // including the newline
				t.Errorf("%s: %d columns: %s", c, len(line)-1, line)
			}
		}
	}
	want := "\nStart with docker netlab demo bridge, or pick a lesson with docker netlab demo\n"
	if text := run("--help"); !strings.Contains(text, want) {
		t.Errorf("got %s", text)
	}
	for _, args := range [][]string{{"down"}, {"demmo"}, {"list", "--nope"}} {
		if text := run(args...); !strings.Contains(text, "docker netlab") {
			t.Errorf("%q: got %q, want docker netlab named", args, text)
		}
	}
}

// Each command is named as it is typed in what the plugin prints, from the result to a mistake. Only those that need an
// engine get its flags.
func TestPluginNamesItself(t *testing.T) {
	run := func(args ...string) string {
		var text strings.Builder
		streams := Streams{In: strings.NewReader(""), Out: &text, Err: &text, Env: func(string) string { return "" }}
		Main(t.Context(), streams, append([]string{"docker-netlab"}, args...), "test")
		return text.String()
	}
	s := &shared{}
	for _, c := range rootCommand(s).Commands() {
		if c.Name() == "version" || c.Name() == "completion" || c.Name() == "help" { // no message names them
			continue
		}
		if got := (render.Program{Name: pluginName}).In("netlab " + c.Name()); got != pluginName+" "+c.Name() {
			t.Errorf("%s: got %q", c.Name(), got)
		}
		want := "netlab -H x " + c.Name()
		if c.GroupID == groupFiles || c.GroupID == groupOther { // they need no engine
			want = "netlab " + c.Name()
		}
		if got := (render.Program{Engine: "netlab -H x"}).In("netlab " + c.Name()); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	lesson := t.TempDir() + "/plan.yaml"
	if err := os.WriteFile(lesson, []byte("version: 1\nname: x\nparts: []\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"netlab", "worksheet"}, "docker netlab worksheet needs a MODE"},
		{[]string{"netlab", "class"}, "docker netlab class needs a terminal"},
		{[]string{"netlab", "replay", "bridge"}, "See it live: docker netlab demo bridge"},
		{[]string{"-c", "far", "netlab", "replay", "bridge"}, "See it live: docker -c far netlab demo bridge"},
		{[]string{"netlab", "run", lesson}, "Run it with docker netlab class"},
	} {
		if got := strings.Join(strings.Fields(run(tt.args...)), " "); !strings.Contains(got, tt.want) {
			t.Errorf("%q: got %q, want %q", tt.args, got, tt.want)
		}
	}
}

// The version command and the flag print the same.
func TestVersionsAgree(t *testing.T) {
	for _, arg := range []string{"version", "--version"} {
		var text strings.Builder
		streams := Streams{In: strings.NewReader(""), Out: &text, Err: &text, Env: func(string) string { return "" }}
		code := Main(t.Context(), streams, []string{"netlab", arg}, "test")
		if code != exitOK || text.String() != "netlab test\n" {
			t.Errorf("%s: exit code %d, %q", arg, code, text.String())
		}
	}
}
