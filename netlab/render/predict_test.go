package render

import (
	"bytes"
	"strings"
	"testing"

	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// predictedLesson is the bridge lesson with predictions for the first answers.
func predictedLesson() *result.Record {
	r := lesson()
	steps := r.Scenarios[0].Steps
	choices := []result.Choice{
		{Reason: probe.OK, Text: "yes"},
		{Reason: probe.NameNotFound, Text: "unknown name"},
		{Reason: probe.Timeout, Text: "no answer"},
		{Text: "something else"},
	}
	guess := func(i int, choice, answer string) {
		steps[i].Predicted = &result.Prediction{Choices: choices, Choice: choice, Answer: answer, Right: choice == answer}
	}
	guess(1, "no answer", "unknown name")
	guess(2, "yes", "yes")
	guess(3, "yes", "")
	return r
}

func TestGuessed(t *testing.T) {
	r := predictedLesson()
	sc := &r.Scenarios[0]
	for i, want := range []string{
		"", "Wrong: you said no answer.", "Right: you said yes.", "Does not count: you said yes.",
	} {
		for _, width := range []int{40, 80} {
			var b bytes.Buffer
			o := Options{Width: width, All: true, Guessed: true}
			if err := DemoAnswer(&b, sc, &sc.Steps[i], o); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(strings.Fields(b.String()), " "); !strings.HasPrefix(got, want) {
				t.Errorf("%d columns: got %q, want %q first", width, got, want)
			}
			if strings.Contains(b.String(), "Predicted:") {
				t.Errorf("the prediction is told twice:\n%s", &b)
			}
			for line := range strings.Lines(b.String()) {
				if columns(strings.TrimSuffix(line, "\n")) > width {
					t.Errorf("more than %d columns: %q", width, line)
				}
			}
		}
	}
}

func TestChoices(t *testing.T) {
	var b bytes.Buffer
	choices := []result.Choice{
		{Text: "yes"},
		{Text: "unknown name"},
		{Text: "an answer\x1b[31m that is longer than others"},
		{Text: "something else"},
	}
	if err := Choices(&b, choices, Options{Width: 40}); err != nil {
		t.Fatal(err)
	}
	want := "     1 yes  2 unknown name\n     3 an answer\\x1b[31m that is longer…\n     4 something else\n"
	if got := b.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPredictionScore(t *testing.T) {
	if got := PredictionScore(lesson()); got != "" {
		t.Errorf("nobody predicted, and it says %q", got)
	}
	want := "Predicted: 1 of 2 right. Missed most: names (1 of 1)."
	if got := PredictionScore(predictedLesson()); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
