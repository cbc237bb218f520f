package render

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/ask"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/result/asktest"
)

func TestBuiltOf(t *testing.T) {
	for value, want := range map[string]string{
		"built built": "all built", "cached": "all cached", "cached cached built": "2 cached, 1 built",
	} {
		if got := builtOf(value); got != want {
			t.Errorf("%s: got %q, want %q", value, got, want)
		}
	}
}

// A lesson shows the instructions of a build if it built any. With all questions, every stage is shown.
func TestStages(t *testing.T) {
	instruction := func(state string, us int64) probe.Stage {
		return probe.Stage{State: state, TookUS: us, What: "RUN fill /x 8M"}
	}
	mixed := []probe.Stage{instruction("cached", 7), instruction("built", 1_300_000)}
	const drawn = "  cached  <1 ms  RUN fill /x 8M\n  built   1.3 s  RUN fill /x 8M\n"
	tests := []struct {
		name   string
		asks   result.Question
		stages []probe.Stage
		all    bool
		want   string
	}{
		{"a build", asktest.Asks(ask.Build{Image: "shop"}), mixed, false, drawn},
		{"from the cache", asktest.Asks(ask.Build{Image: "shop"}), mixed[:1], false, ""},
		{
			"from the cache, with --all", asktest.Asks(ask.Build{Image: "shop"}), mixed[:1], true,
			"  cached  <1 ms  RUN fill /x 8M\n",
		},
		{
			"layers", asktest.Asks(ask.Inspect{Image: "shop", Thing: ask.ImageSize}),
			[]probe.Stage{{What: "COPY /a/", Bytes: 8}, {What: "RUN", Bytes: 20_000_000}},
			true,
			"  8 bytes  COPY /a/\n    20 MB  RUN\n",
		},
		{
			"health", asktest.Asks(ask.Await{Status: ask.Healthy}),
			[]probe.Stage{{State: "starting"}, {State: "healthy", TookUS: 512_000}},
			true,
			"  starting  at first\n  healthy     512 ms\n",
		},
		{"health in a lesson", asktest.Asks(ask.Await{Status: ask.Healthy}), []probe.Stage{{State: "starting"}}, false, ""},
		{
			"hostile", asktest.Asks(ask.Build{Image: "shop"}),
			[]probe.Stage{{State: "built", What: "RUN \x1b[2Jx\nq", TookUS: 5000}},
			false,
			"  built  5.0 ms  RUN \\x1b[2Jx q\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPage(Options{})
			p.stages(&result.Step{Asks: tt.asks, Observed: &result.Observed{Stages: tt.stages}}, tt.all, 2)
			if diff := cmp.Diff(tt.want, p.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A lab of images only is drawn as what they are built from, as many side by side as fit.
func TestDockerfiles(t *testing.T) {
	sc := &result.Scenario{Images: []result.Image{
		{Name: "shop", Dockerfile: "FROM netlab\n\n# a comment\nCOPY main.txt /app/\n"},
		{Name: "better", Dockerfile: "FROM netlab\nRUN fill /x 8M\nCOPY main.txt /app/\n"},
		{Name: "other", Dockerfile: "FROM netlab\n"},
	}}
	p := newPage(Options{Width: 50})
	p.dockerfiles(sc)
	want := `  shop:                  better:
   FROM netlab            FROM netlab
   COPY main.txt /app/    RUN fill /x 8M
                          COPY main.txt /app/

  other:
   FROM netlab
`
	if diff := cmp.Diff(want, p.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
