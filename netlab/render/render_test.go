package render

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"
	"github.com/google/go-cmp/cmp"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/result/asktest"
)

func TestPlain(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"ascii stays", "netlab-demo-alice", "netlab-demo-alice"},
		{"letters stay", "Müller 東京", "Müller 東京"},
		{"escape sequence", "a\x1b[31mred", `a\x1b[31mred`},
		{"one-byte CSI", "a\u009b31m", `a\u009b31m`},
		{"newline and tab", "a\nb\tc\r", `a\nb\tc\r`},
		{"bidi override", "abc\u202egnp.exe", `abc\u202egnp.exe`},
		{"zero width", "a\u200bb", `a\u200bb`},
		{"line separator", "a\u2028b", `a\u2028b`},
		{"invalid UTF-8", "a\xff\xc0b", `a\xff\xc0b`},
		{"replacement character stays", "a\ufffdb", "a\ufffdb"},
		{"quotes stay", `it's "it"`, `it's "it"`},
		{"delete", "a\x7f", `a\x7f`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Plain(tt.in); got != tt.want {
				t.Errorf("Plain(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestShortIsShortDifferentAndExplained(t *testing.T) {
	seen := map[string]probe.Reason{}
	for _, r := range probe.Reasons() {
		s := Short(r)
		if s == "" || len(s) > 9 {
			t.Errorf("Short(%s) = %q, want 1 to 9 characters", r, s)
		}
		if other, ok := seen[s]; ok {
			t.Errorf("Short(%s) and Short(%s) are both %q", r, other, s)
		}
		seen[s] = r
		if !r.Positive() && r.Phrase().Legend == "" {
			t.Errorf("the legend does not explain %q (%s)", s, r)
		}
	}
	if got := Short("a-reason-of-tomorrow\x1b"); displaywidth.String(got) > 9 || strings.ContainsRune(got, 0x1b) {
		t.Errorf("Short of an unknown reason = %q", got)
	}
}

func TestTimes(t *testing.T) {
	tests := []struct {
		us   int64
		want string
	}{
		{0, "0.00 ms"},
		{8, "0.008 ms"},
		{98, "0.098 ms"},
		{340, "0.34 ms"},
		{3_140, "3.1 ms"},
		{251_300, "251 ms"},
		{1_002_000, "1.0 s"},
		{3_050_000, "3.0 s"},
		{61_000_000, "61.0 s"},
	}
	for _, tt := range tests {
		if got := duration(tt.us); got != tt.want {
			t.Errorf("duration(%d) = %q, want %q", tt.us, got, tt.want)
		}
	}
}

func TestAnswers(t *testing.T) {
	tests := []struct {
		name string
		st   result.Step
		want string
	}{
		{
			"yes with time", result.Step{Check: "c", Asks: asktest.Ping("bob"), Observed: ok("172.17.0.3", 98)}, "yes, 0.098 ms",
		},
		{
			"who was seen",
			result.Step{Check: "c", Asks: asktest.Connect("bob", 1), Observed: ok("10.0.0.2", 300)},
			"yes, it saw 10.0.0.2, 0.30 ms",
		},
		{
			"which address",
			result.Step{Check: "c", Wants: ask.WantsValue, Asks: asktest.Connect("bob", 1), Observed: ok("10.0.0.2", 0)},
			"10.0.0.2",
		},
		{"a value", result.Step{Check: "c", Asks: asktest.Read("link.mtu"), Observed: ok("1400", 12)}, "1400"},
		{"a value that is no", result.Step{Check: "c", Asks: asktest.Read("own-netns"), Observed: ok("no", 0)}, "no"},
		{"no value", result.Step{Check: "c", Asks: asktest.Read("hosts"), Observed: ok("", 0)}, "(empty)"},
		{"no", result.Step{Check: "c", Observed: no(probe.NetUnreachable, 40)}, "NO, no route, 0.040 ms"},
		{
			"a surprising no",
			result.Step{Check: "c", Verdict: result.Surprise, Observed: no(probe.Timeout, 1_000_000)},
			"SURPRISE, no answer, 1.0 s",
		},
		{"a surprising yes", result.Step{Check: "c", Verdict: result.Surprise, Observed: ok("", 0)}, "SURPRISE, yes"},
		{"broken", result.Step{Check: "c", Verdict: result.Broken, Observed: ok("1", 0)}, "no result"},
		{"not observed", result.Step{Check: "c", Verdict: result.AsExpected}, "no result"},
		{"skipped", result.Step{Check: "c", Verdict: result.Skipped}, "skipped"},
		{"one sample", result.Step{Measure: "m", Observed: &result.Observed{Samples: 1, MedianUS: 250_000}}, "250 ms"},
		{
			"samples",
			result.Step{Measure: "m", Observed: &result.Observed{Samples: 20, MedianUS: 101, MinUS: 84, MaxUS: 310}},
			"0.10 ms, median of 20 (0.084 to 0.31)",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := answerOf(&result.Scenario{}, &tt.st).String(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestLessonFitsAScreen(t *testing.T) {
	var b bytes.Buffer
	if err := Demo(&b, lesson(), Options{}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(b.String(), "\n"); got > 40 {
		t.Errorf("a lesson of eight questions has %d lines, want 40 at most", got)
	}
}

func TestLessonShowsLessonsAndWhatWentWrong(t *testing.T) {
	var lessons, all bytes.Buffer
	if err := Demo(&lessons, eventful(), Options{}); err != nil {
		t.Fatal(err)
	}
	if err := Demo(&all, eventful(), Options{All: true}); err != nil {
		t.Fatal(err)
	}
	const ordinary, surprise = "Which interfaces does alice have?", "Which host ports does carol's EXPOSE open?"
	if strings.Contains(lessons.String(), ordinary) || !strings.Contains(all.String(), ordinary) {
		t.Errorf("%q: want it with All only", ordinary)
	}
	if !strings.Contains(lessons.String(), surprise) {
		t.Errorf("%q is a surprise: want it without All too", surprise)
	}
}

// --step draws a question and its answer separately. Together they are what Demo draws.
func TestStepsDrawnApartAreDemo(t *testing.T) {
	for _, o := range []Options{{}, {All: true, Commands: true}, {Width: 60}} {
		r := lesson()
		var apart, whole bytes.Buffer
		sc := &r.Scenarios[0]
		draw := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		draw(DemoHeader(&apart, r, sc, o))
		number := 0
		for i := range sc.Steps {
			if Numbered(&sc.Steps[i], o) {
				number++
			}
			draw(DemoQuestion(&apart, sc, number, &sc.Steps[i], o))
			draw(DemoAnswer(&apart, sc, &sc.Steps[i], o))
		}
		draw(DemoFooter(&apart, sc, o))
		draw(CleanUp(&apart, r, o))
		draw(Demo(&whole, r, o))
		if diff := cmp.Diff(whole.String(), apart.String()); diff != "" {
			t.Errorf("with %+v (-Demo +apart):\n%s", o, diff)
		}
	}
}

// A step that is not in the scenario is drawn alone.
func TestStepFromElsewhere(t *testing.T) {
	var b bytes.Buffer
	for _, st := range []result.Step{
		{Do: &ask.Action{Verb: ask.VerbStop, Peer: "bob"}}, {Measure: "start", Group: "cost", Observed: ok("", 0)},
	} {
		if err := DemoQuestion(&b, &result.Scenario{}, 1, &st, Options{All: true}); err != nil {
			t.Fatal(err)
		}
		if err := DemoAnswer(&b, &result.Scenario{}, &st, Options{All: true}); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"-- bob is stopped --\n", "COST\n", " 1 start "} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("got %q, want %q in it", b.String(), want)
		}
	}
}

func TestShorten(t *testing.T) {
	const links = "lo eth0 docker0 veth3f1c9a2"
	tests := []struct {
		value string
		room  int
		want  string
	}{
		{links, 27, links},
		{links, 26, "lo eth0 docker0 +1"},
		{links, 17, "lo eth0 +2"},
		{links, 8, "lo +3"},
		{links, 4, "lo …"},
		{"br-9d1e4c07a2b1", 8, "br-9d1e…"},
		{"172.17.0.2", 10, "172.17.0.2"},
		{"東京 都", 5, "東京…"},
	}
	for _, tt := range tests {
		if got := shorten(tt.value, tt.room); got != tt.want {
			t.Errorf("shorten(%q, %d) = %q, want %q", tt.value, tt.room, got, tt.want)
		}
	}
}

func TestCondition(t *testing.T) {
	tests := []struct {
		name  string
		usual []ask.Expectation
		facts []string
		want  string
	}{
		{
			"a value", asktest.Expect(ask.Equals, "1500"),
			[]string{"web.mtu", "1400"},
			"Usually 1500. Here network web uses MTU 1400 (web.mtu).",
		},
		{
			"a reason, two facts", asktest.Reason(probe.OK),
			[]string{"bridge.icc", "false", "engine.bridge-filter", "true"},
			"Usually yes. Here containers on network bridge cannot talk to each other, and traffic inside a " +
				"Linux bridge passes the host's firewall, which icc=false needs (bridge.icc, engine.bridge-filter).",
		},
		{
			"who is seen", asktest.Expect(ask.Sees, "alice.ipv4"),
			[]string{"bridge.masquerade", "false"},
			"Usually yes, sees alice.ipv4. Here network bridge does not masquerade, " +
				"so outside sees the containers' addresses (bridge.masquerade).",
		},
		{
			"a version", asktest.Reason(probe.NameNotFound),
			[]string{"engine.version", "28.5.2"},
			"Usually unknown name. Here the engine's version is 28.5.2 (engine.version).",
		},
		{
			"no words for it", asktest.Reason(probe.Timeout),
			[]string{"engine.mood", "bad"},
			"Usually no answer. Here engine.mood is bad.",
		},
		{
			"no words for its value", asktest.Reason(probe.Timeout),
			[]string{"bridge.icc", "?"},
			"Usually no answer. Here bridge.icc is ?.",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			st := result.Step{Expect: tt.usual}
			for pair := range slices.Chunk(tt.facts, 2) {
				st.Condition = append(st.Condition, fact.Label{Name: pair[0], Value: pair[1]})
			}
			if got := condition(&st); got != tt.want {
				t.Errorf("got %q\nwant %q", got, tt.want)
			}
		})
	}
}

// Every value of a fact that a condition can name has words.
func TestSettingsHaveWords(t *testing.T) {
	for _, f := range slices.Concat(ask.EngineFields(), ask.NetworkFacts()) {
		for _, value := range append(slices.Clone(f.Values.Words), "1400", "192.0.2.53", ask.None) {
			if f.Values.Can(value) && setting("bridge."+f.Name, value) == "" {
				t.Errorf("%s is %s has no words", f.Name, value)
			}
		}
	}
}

// A setting that changes several answers of a mode is explained once.
func TestCompareTellsASettingOnce(t *testing.T) {
	r := modes()
	for i := range r.Scenarios[0].Steps {
		if st := &r.Scenarios[0].Steps[i]; st.Check == "peer-by-address" || st.Check == "host-service" {
			st.Expect = asktest.Reason(probe.Timeout)
			st.Condition = []fact.Label{{Name: "bridge.icc", Value: "true"}}
		}
	}
	var b bytes.Buffer
	if err := Compare(&b, r, Options{Width: 200}); err != nil {
		t.Fatal(err)
	}
	const want = "\n! bridge: peer by address usually no answer, host service usually no answer. " +
		"Here containers on network bridge can talk to each other (bridge.icc).\n"
	if !strings.Contains(b.String(), want) || strings.Count(b.String(), "(bridge.icc)") != 1 {
		t.Errorf("want once %q, got:\n%s", want, b.String())
	}
}

func TestEvidence(t *testing.T) {
	tests := []struct {
		source, text string
		did          bool
		want         string
	}{
		{"/etc/hosts", "localhost is 127.0.0.1", false, "/etc/hosts: localhost is 127.0.0.1"},
		{"upstream", "was asked for bob by 10.0.0.2", true, "upstream was asked for bob by 10.0.0.2"},
		{"host", "listened on 127.0.0.1:80 for this question", true, "the host listened on 127.0.0.1:80 for this question"},
		{"dave", "held port 80 at that moment", true, "dave held port 80 at that moment"},
		{"10.0.0.1", "NXDOMAIN in 0.4 ms", false, "10.0.0.1: NXDOMAIN in 0.4 ms"},
		{"", "it was there.", false, "it was there"},
	}
	for _, tt := range tests {
		if got := evidence(probe.Evidence{Source: tt.source, Text: tt.text, Did: tt.did}); got != tt.want {
			t.Errorf("evidence(%q, %q) = %q, want %q", tt.source, tt.text, got, tt.want)
		}
	}
}

// A recording must not look like a measurement of this machine.
func TestRecordingsSaySo(t *testing.T) {
	const want = "Recorded 4 March 2026 on Engine 20.10.24, Debian GNU/Linux 12."
	for _, draw := range append(drawings(), drawing{"Markdown", Markdown}) {
		for _, r := range []*result.Record{lesson(), modes()} {
			var recorded, live bytes.Buffer
			if err := draw.f(&recorded, r, Options{Recorded: true}); err != nil {
				t.Fatal(err)
			}
			if err := draw.f(&live, r, Options{}); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(recorded.String(), want) {
				t.Errorf("%s of a %s: want %q in:\n%s", draw.name, r.Kind, want, recorded.String())
			}
			if strings.Contains(live.String(), "Recorded") {
				t.Errorf("%s of a %s says that it is a recording:\n%s", draw.name, r.Kind, live.String())
			}
		}
	}
}

func TestColumnLabels(t *testing.T) {
	tests := []struct{ names, want []string }{
		{[]string{"bridge", "custom-bridge", "host"}, []string{"bridge", "custom", "host"}},
		{[]string{"shop", "shop"}, []string{"shop", "shop2"}},
		{[]string{"averylongname", "averylongnamf"}, []string{"averylo…", "averyl…2"}},
		{[]string{""}, []string{"?"}},
	}
	for _, tt := range tests {
		var r result.Record
		for _, n := range tt.names {
			r.Scenarios = append(r.Scenarios, result.Scenario{Name: n})
		}
		var labels []string
		for _, c := range Side(&r).Columns {
			labels = append(labels, c.Label)
		}
		if diff := cmp.Diff(tt.want, labels); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.names, diff)
		}
	}
}

func TestReasonsOfUnknownID(t *testing.T) {
	var b bytes.Buffer
	err := Reasons(&b, modes(), "peer", Options{})
	if err == nil || !strings.Contains(err.Error(), "peer-by-name") || !strings.Contains(err.Error(), "round-trip") {
		t.Errorf("got error %v, want one that lists the ids", err)
	}
	if b.Len() > 0 {
		t.Errorf("wrote %q beside the error", b.String())
	}
}
