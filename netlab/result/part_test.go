package result

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/fact"
)

func empty(name string) Scenario {
	return Scenario{Name: name, Networks: []fact.Network{}, Peers: []fact.Peer{}, Steps: []Step{}}
}

func TestClassAddSplit(t *testing.T) {
	class := NewClass("Modes", "1.0.0", time.Now())
	lesson := fullRecord()
	modes := &Record{
		Kind: KindCompare, TookUS: 9, Audited: true, Scenarios: []Scenario{empty("a"), empty("b"), empty("c")},
	}
	class.Add(Part{Title: "One", All: true}, lesson)
	class.Add(Part{Title: "Two", Failed: "no engine"}, modes)
	class.AddAudits(lesson, modes)
	wantParts := []Part{
		{Title: "One", Kind: KindRun, Scenarios: 2, All: true, TookUS: lesson.TookUS},
		{Title: "Two", Kind: KindCompare, Scenarios: 3, Failed: "no engine", TookUS: 9},
	}
	if diff := cmp.Diff(wantParts, class.Parts); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(lesson.Summary, class.Summary); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	if !class.Audited || len(class.Leftovers) != 1 {
		t.Errorf("audited %t, left %v; want true and what the lesson left", class.Audited, class.Leftovers)
	}
	doc, err := json.Marshal(class)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(doc, &v); err != nil {
		t.Fatal(err)
	}
	if err := published(t, "result").Validate(v); err != nil {
		t.Error(err)
	}
	parts := class.Split()
	if len(parts) != 2 {
		t.Fatalf("got %d parts, want 2", len(parts))
	}
	if diff := cmp.Diff(lesson.Scenarios, parts[0].Scenarios); diff != "" {
		t.Errorf("the first part's scenarios (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(modes.Scenarios, parts[1].Scenarios); diff != "" || parts[1].Kind != KindCompare {
		t.Errorf("the second part is a %s, its scenarios (-want +got):\n%s", parts[1].Kind, diff)
	}
	class.Parts[0].Scenarios, class.Parts[1].Scenarios = -1, 99 // as a file might have it
	if parts = class.Split(); len(parts[0].Scenarios) != 0 || len(parts[1].Scenarios) != 5 {
		t.Errorf("of a wrong file got %d and %d scenarios", len(parts[0].Scenarios), len(parts[1].Scenarios))
	}
	class.AddAudits(lesson, &Record{})
	if class.Audited {
		t.Error("a part was not audited, and the class was")
	}
}
