package render

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"

	"github.com/clipperhouse/displaywidth"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/result/asktest"
)

// chaos makes records of any shape from hostile and ordinary texts.
type chaos struct{ *rand.Rand }

func (c chaos) text() string {
	pool := []string{
		"", "", "bob", "a\x1b[2Jb", "line\nline", "\u202eabc", "\xff\xfe", strings.Repeat("x", 200),
		"東京都" + strings.Repeat("界", 60), "| a | b |", "peer-by-address", strings.Repeat("word ", 60),
		"<script>alert(1)</script>", "172.17.0.2", "\t\r", "\u009b31m", "👩‍👩‍👧‍👦 family", "e\u0301\u0301\u0301",
		"`code` *bold* _em_", "read links",
		"connect a b", "hops outside", "chains bob", "10.213.7.1/28", "127.0.0.1:32768->8080/tcp", "ok", "bridge.mtu is 1400",
		"lo eth0 docker0 veth3f1c9a2 veth2a2e6b1 vethc07d11e",
	}
	return pool[c.IntN(len(pool))]
}

func (c chaos) verb() string {
	verbs := append(ask.Verbs(), ask.Verb{Name: c.text()})
	return verbs[c.IntN(len(verbs))].Name
}

// question is nil, as one of a later version is, or any kind of question.
func (c chaos) question() result.Question {
	kinds := append(ask.Kinds(), nil)
	q := kinds[c.IntN(len(kinds))]
	if _, reads := q.(ask.Read); reads {
		q = ask.Read{Thing: c.text()}
	} else if q != nil && q.Kind().Of != nil {
		q = q.Kind().Of(c.target())
	}
	return asktest.Asks(q)
}

func (c chaos) target() ask.Target {
	return ask.Target{Ref: ask.Reference{Head: c.text(), Field: c.text()}, Literal: c.text()}
}

func (c chaos) expectation() ask.Expectation {
	tests := append(ask.Tests(), ask.Field{Name: c.text()}, ask.Field{})
	return ask.Expectation{Reason: probe.OK, Test: tests[c.IntN(len(tests))].Name, Value: c.target()}
}

func (c chaos) facts() []fact.Label {
	var facts []fact.Label
	for range c.IntN(3) {
		facts = append(facts, fact.Label{Name: c.text(), Value: c.text()})
	}
	return facts
}

func (c chaos) step() result.Step {
	st := result.Step{
		Group: c.text(), Lesson: c.IntN(2) == 0, Ask: c.text(), From: c.text(), Asks: c.question(),
		Condition: c.facts(), Known: c.facts(), Why: c.text(), Because: c.text(), Try: c.text(),
		Verdict: []string{"", result.AsExpected, result.Surprise, result.Skipped, result.Broken, "x"}[c.IntN(6)],
	}
	switch c.IntN(4) {
	case 0:
		st.Do = &ask.Action{Verb: c.verb(), Peer: c.text(), Network: c.text()}
	case 1:
		st.Measure = c.text()
	default:
		st.Check = c.text()
	}
	if c.IntN(3) > 0 {
		reasons := append(probe.Reasons(), probe.Reason(c.text()))
		st.Observed = &result.Observed{
			Reason: reasons[c.IntN(len(reasons))], Detail: c.text(), Value: c.text(), TookUS: c.Int64N(5_000_000) - 100,
			Samples: c.IntN(20), MedianUS: c.Int64N(5_000_000), MinUS: c.Int64(), MaxUS: c.Int64(),
		}
		for range c.IntN(4) {
			st.Observed.Evidence = append(st.Observed.Evidence, probe.Evidence{Source: c.text(), Text: c.text()})
		}
	}
	for range c.IntN(3) {
		st.Expect = append(st.Expect, c.expectation())
	}
	if c.IntN(2) == 0 {
		e := c.expectation()
		st.Expected = &e
	}
	if c.IntN(4) == 0 {
		st.Predicted = &result.Prediction{
			Choices: []result.Choice{{Text: c.text()}, {Text: c.text()}}, Choice: c.text(), Answer: c.text(),
		}
	}
	return st
}

func (c chaos) record() *result.Record {
	kinds := []string{result.KindRun, result.KindCompare, result.KindClass, ""}
	r := &result.Record{Kind: kinds[c.IntN(4)], Title: c.text(), Audited: c.IntN(2) == 0}
	for range c.IntN(4) {
		r.Parts = append(r.Parts, result.Part{
			Title: c.text(), Kind: kinds[c.IntN(4)], Scenarios: c.IntN(5) - 1, Failed: c.text(),
		})
	}
	for range c.IntN(3) {
		r.Engines = append(r.Engines, result.Engine{Engine: fact.Engine{Version: c.text(), OS: c.text()}})
	}
	for range c.IntN(8) {
		sc := result.Scenario{
			Name: c.text(), Title: c.text(), Command: c.text(), Use: c.text(), Note: c.text(), Session: c.text(),
			Kept: c.IntN(4) == 0,
		}
		if c.IntN(4) == 0 {
			sc.Skipped = c.text()
		}
		if c.IntN(2) == 0 {
			sc.Host = &result.Host{Addresses: []string{c.text(), c.text()}}
		}
		for range c.IntN(3) {
			sc.Networks = append(sc.Networks, fact.Network{
				Name: c.text(), Interface: c.text(), Subnet: c.text(), Gateway: c.text(),
				Driver:  []string{"bridge", "macvlan", "overlay", c.text()}[c.IntN(4)],
				Options: []fact.Label{{Name: "com.docker.network.driver.overlay.vxlanid_list", Value: c.text()}},
			})
		}
		for range c.IntN(3) {
			sc.Wires = append(sc.Wires, fact.Wire{
				Name: c.text(), Machine: c.text(), Interface: c.text(), Host: c.text(), Address: c.text(), Router: c.text(),
			})
		}
		if c.IntN(4) == 0 {
			sc.Swarm = c.text()
			sc.Services = append(sc.Services, fact.Service{
				Name: c.text(), Service: c.text(), Network: c.text(), Endpoint: c.text(), VIP: c.text(),
				Tasks: []string{c.text(), c.text()},
			})
		}
		for range c.IntN(9) {
			p := fact.Peer{
				Name: c.text(), Port: c.text(), Mode: []string{"bridge", "host", "none", "x"}[c.IntN(4)], Shares: c.text(),
				Role: []string{"", "", fact.RoleMachine, c.text()}[c.IntN(4)],
			}
			for range c.IntN(6) {
				p.Published = append(p.Published, c.text())
			}
			for range c.IntN(3) {
				p.Network = append(p.Network, fact.Endpoint{Network: c.text(), Driver: c.text(), IPv4: c.text()})
			}
			sc.Peers = append(sc.Peers, p)
		}
		for range c.IntN(9) {
			sc.Steps = append(sc.Steps, c.step())
		}
		r.Scenarios = append(r.Scenarios, sc)
	}
	for range c.IntN(3) {
		r.Leftovers = append(r.Leftovers, result.Leftover{Type: c.text(), Name: c.text()})
	}
	r.Count()
	return r
}

func TestNoRecordBreaksTheScreen(t *testing.T) {
	for seed := range uint64(400) {
		c := chaos{rand.New(rand.NewPCG(seed, 1))}
		r := c.record()
		o := Options{
			Width: []int{0, 40, 47, 60, 80, 120, 300}[c.IntN(7)], All: c.IntN(2) == 0, Commands: c.IntN(2) == 0,
			Recorded: c.IntN(2) == 0,
		}
		for _, draw := range drawings() {
			var b bytes.Buffer
			if err := draw.f(&b, r, o); err != nil {
				t.Fatalf("seed %d: %s: %v", seed, draw.name, err)
			}
			width := o.Width
			if width == 0 || draw.name == "Demo" && width < 80 { // the clean-up has no width
				width = 80
			}
			checkScreen(t, fmt.Sprintf("seed %d: %s at %d", seed, draw.name, o.Width), b.String(), width)
		}
		if t.Failed() {
			return
		}
	}
}

func TestNoCheckupBreaksTheScreen(t *testing.T) {
	for seed := range uint64(200) {
		c := chaos{rand.New(rand.NewPCG(seed, 3))}
		check := &result.Doctor{
			Engine: fact.Engine{Version: c.text(), OS: c.text(), Kernel: c.text(), Context: c.text(), Host: c.text()},
			Left:   []string{c.text()}, InUse: []string{c.text()}, Unseen: []string{c.text()},
			Findings: []result.Finding{{
				Severity: result.Note, Cause: result.Cause{
					ID: "firewall", Title: c.text(), Evidence: []probe.Evidence{{Source: c.text(), Text: c.text()}},
					Fix: []result.Fix{{Class: result.FixHost, Say: c.text()}},
				},
			}},
		}
		var modes []Mode
		for range c.IntN(4) {
			modes = append(modes, Mode{Name: c.text(), Title: c.text(), Group: c.text(), Skipped: c.text()})
			check.Lessons = append(check.Lessons, result.Lesson{Name: c.text(), Title: c.text(), Skipped: c.text()})
			check.Settings = append(check.Settings, fact.Label{Name: c.text(), Value: c.text()})
		}
		width := []int{40, 60, 80, 120}[c.IntN(4)]
		var b bytes.Buffer
		if err := Doctor(&b, check, Options{Width: width}); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if err := List(&b, modes, Options{Width: width}); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		checkScreen(t, fmt.Sprintf("seed %d at %d", seed, width), b.String(), width)
	}
}

func checkScreen(t *testing.T, where, text string, width int) {
	t.Helper()
	if text != "" && !strings.HasSuffix(text, "\n") {
		t.Errorf("%s: does not end in a newline", where)
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if got := displaywidth.String(line); got > width {
			t.Errorf("%s: a line has %d columns: %q", where, got, line)
		}
		if i := strings.IndexFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("%s: an unprintable character at byte %d of %q", where, i, line)
		}
	}
}

func TestGoldenFilesKeepToTheWidth(t *testing.T) {
	for _, width := range []int{40, 60, 80, 120} {
		for _, r := range []*result.Record{lesson(), eventful(), modes(), outsideLesson(), world()} {
			r.Leftovers = nil
			for _, draw := range drawings() {
				var b bytes.Buffer
				if err := draw.f(&b, r, Options{Width: width}); err != nil {
					t.Fatal(err)
				}
				text := b.String()
				if draw.name == "Demo" {
					text = text[:strings.LastIndex(text, "Removed ")]
				}
				checkScreen(t, fmt.Sprintf("%s at %d", draw.name, width), text, width)
			}
		}
	}
}

// Actions after the last question change nothing that is shown, unless they went wrong.
func TestActionsAfterTheLastQuestion(t *testing.T) {
	lesson := result.Step{
		Check: "c", Lesson: true, Ask: "Can alice reach bob?", Verdict: result.AsExpected,
		Observed: &result.Observed{Reason: probe.OK},
	}
	hidden := lesson
	hidden.Lesson, hidden.Ask = false, "Can bob reach alice?"
	r := &result.Record{Kind: result.KindRun, Engines: []result.Engine{{}}, Scenarios: []result.Scenario{{
		Steps: []result.Step{
			{Do: &ask.Action{Verb: ask.VerbPause, Peer: "bob"}},
			lesson,
			{Do: &ask.Action{Verb: ask.VerbStop, Peer: "bob"}},
			hidden,
		},
	}}}
	for _, tt := range []struct {
		all     bool
		verdict string
		want    bool
	}{{false, "", false}, {true, "", true}, {false, result.Broken, true}} {
		r.Scenarios[0].Steps[2].Verdict = tt.verdict
		got := draw(t, r, Options{All: tt.all})
		if strings.Contains(got, "bob is stopped") != tt.want || !strings.Contains(got, "bob is paused") {
			t.Errorf("with all %v and the verdict %q:\n%s", tt.all, tt.verdict, got)
		}
	}
}
