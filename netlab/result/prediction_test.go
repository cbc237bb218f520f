package result

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/probe"
)

func TestScore(t *testing.T) {
	said := func(group, choice, answer string) Step {
		return Step{Check: "c", Group: group, Predicted: &Prediction{
			Choice: choice, Answer: answer, Right: choice == answer,
		}}
	}
	r := &Record{Scenarios: []Scenario{
		{Steps: []Step{
			said("names", "yes", "yes"), said("names", "yes", "unknown name"),
			said("reach", "", "yes"), said("reach", "yes", ""), // neither counts
			{Check: "c", Group: "reach"},
		}},
		{Steps: []Step{said("isolation", "yes", "timeout"), said("cost", "yes", "yes"), said("names", "yes", "yes")}},
	}}
	want := Score{Right: 3, Of: 5, Groups: []GroupScore{{"names", 2, 3}, {"isolation", 0, 1}, {"cost", 1, 1}}}
	got := r.Score()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]GroupScore{{"names", 2, 3}, {"isolation", 0, 1}}, got.MostMissed()); diff != "" {
		t.Errorf("missed most (-want +got):\n%s", diff)
	}
	if missed := (Score{Right: 1, Of: 1, Groups: []GroupScore{{"names", 1, 1}}}).MostMissed(); missed != nil {
		t.Errorf("all was right, and missed most is %v", missed)
	}
}

// A choice is saved as its words.
func TestChoiceInJSON(t *testing.T) {
	b, err := json.Marshal([]Choice{{Reason: probe.Refused, Text: "refused"}})
	if err != nil || string(b) != `["refused"]` {
		t.Errorf("written as %s, %v", b, err)
	}
	var got []Choice
	if err := json.Unmarshal(b, &got); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]Choice{{Text: "refused"}}, got); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
}
