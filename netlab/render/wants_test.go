package render

import (
	"testing"

	"netlab/netlab/ask"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/result/asktest"
)

// TestWants: what is asked decides whether a yes or a value is shown, not how the question is worded.
func TestWants(t *testing.T) {
	const address = "172.18.0.2"
	for _, c := range []struct{ ask, wants, answer string }{
		{"While she waits, can alice reach bob?", ask.WantsYesNo, "yes"},
		{"Kann Alice Bob erreichen?", ask.WantsYesNo, "yes"},
		{"Wen sieht Bob?", ask.WantsValue, address},
		{"Is it this address that bob sees?", ask.WantsValue, address},
	} {
		st := &result.Step{
			Check: "c", Ask: c.ask, Wants: c.wants, From: "alice", Asks: asktest.Connect("bob", 80),
			Verdict: result.AsExpected, Observed: &result.Observed{Reason: probe.OK, Value: address},
		}
		if got := answerOf(&result.Scenario{}, st).Word; got != c.answer {
			t.Errorf("%q, which wants %q, is answered by %q, want %q", c.ask, c.wants, got, c.answer)
		}
	}
}

// A file that holds "no" does not say no.
func TestFileWithNo(t *testing.T) {
	for wants, want := range map[string]Answer{
		ask.WantsValue: {Word: "no"},
		ask.WantsYesNo: {Word: "yes", Tone: Good},
	} {
		st := &result.Step{
			Check: "c", Wants: wants, From: "alice", Verdict: result.AsExpected,
			Asks:     asktest.Asks(ask.File{Path: "/note"}),
			Observed: &result.Observed{Reason: probe.OK, Value: "no"},
		}
		if got := answerOf(&result.Scenario{}, st); got.Word != want.Word || got.Tone != want.Tone {
			t.Errorf("%s: got %q in tone %d, want %q in %d", wants, got.Word, got.Tone, want.Word, want.Tone)
		}
		st.Verdict = result.Surprise
		if got := answerOf(&result.Scenario{}, st).More; len(got) == 0 || got[0] != want.Word {
			t.Errorf("%s: got %q after SURPRISE, want %q first", wants, got, want.Word)
		}
	}
}
