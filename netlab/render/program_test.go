package render

import "testing"

// A command in a sentence is as the user types it. Only commands that use the same engine get the engine's flags.
func TestProgramIn(t *testing.T) {
	plugin := Program{Name: "docker netlab", Engine: "docker -c far netlab"}
	flagged := Program{Name: "netlab", Engine: "netlab -H ssh://far"}
	for _, tt := range []struct {
		program    Program
		text, want string
	}{
		{Program{}, "To remove them: netlab clean", "To remove them: netlab clean"},
		{plugin, "To remove them: netlab clean --image", "To remove them: docker -c far netlab clean --image"},
		{
			plugin, "a lab already exists. `netlab down x` removes it",
			"a lab already exists. `docker -c far netlab down x` removes it",
		},
		{plugin, "netlab list shows all. See docker netlab show", "docker netlab list shows all. See docker netlab show"},
		{
			plugin, "run netlab -H unix:///two clean, then netlab clean",
			"run docker netlab -H unix:///two clean, then docker -c far netlab clean",
		},
		{plugin, "netlab cannot reach it: another netlab version", "netlab cannot reach it: another netlab version"},
		{
			flagged, "Start with netlab demo bridge, or netlab show bridge",
			"Start with netlab -H ssh://far demo bridge, or netlab show bridge",
		},
		{flagged, "netlab cleans up", "netlab cleans up"},
	} {
		if got := tt.program.In(tt.text); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.text, got, tt.want)
		}
	}
}

// A long message is wrapped between words. A line of a file that it quotes stays as it is, with the caret below.
func TestFold(t *testing.T) {
	const quoted = "mine.yaml:3:5: unknown key\n     3 | containers: {alice: {networks: [web], listne: [tcp/80]}}\n" +
		"       |                                       ^"
	for _, tt := range []struct{ text, want string }{
		{"netlab: the engine at tcp://10.0.0.1:2375 gave up", "netlab: the engine at\n  tcp://10.0.0.1:2375 gave up"},
		{"short", "short"},
		{
			"netlab: /a/path/that/is/much/longer/than/the/line is no file",
			"netlab:\n  /a/path/that/is/much/longer/than/the/line\n  is no file",
		},
		{quoted, quoted},
	} {
		if got := Fold(tt.text, 30); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
