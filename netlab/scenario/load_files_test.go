package scenario_test

import (
	"testing"

	"netlab/netlab/ask"
	"netlab/netlab/probe"
	"netlab/netlab/scenario"

	"github.com/google/go-cmp/cmp"
)

func TestLoadFiles(t *testing.T) {
	s := load(t, "testdata/valid-files.yaml")
	if diff := cmp.Diff([]string{"notes", "spare"}, s.Volumes); diff != "" {
		t.Errorf("volumes (-want +got):\n%s", diff)
	}
	none := []scenario.Attachment{{Network: "none"}}
	containers := []scenario.Container{
		{
			Name: "alice", Networks: none, Writable: true,
			Volumes: []scenario.Mount{{Volume: "notes", Path: "/notes"}, {Volume: "spare", Path: "/var/spare"}},
		},
		{Name: "bob", Networks: none},
		{
			Name: "carol", Networks: none, Writable: true,
			Volumes: []scenario.Mount{{Volume: "spare", Path: "/mine"}},
		},
	}
	if diff := cmp.Diff(containers, s.Containers); diff != "" {
		t.Errorf("containers (-want +got):\n%s", diff)
	}
	probes := []ask.Question{
		ask.Write{Path: "/note", Text: "by alice"},
		ask.Write{Path: "/notes/big", Bytes: 1000},
		ask.File{Path: "/note"},
		ask.Read{Thing: "size"},
		ask.Read{Thing: "memory"},
	}
	for i, want := range probes {
		if diff := cmp.Diff(want, s.Steps[i].Check.Asks); diff != "" {
			t.Errorf("%s (-want +got):\n%s", s.Steps[i].ID(), diff)
		}
	}
	expect := []ask.Expectation{{
		Reason: probe.OK, Test: ask.AtMost,
		Value: ask.Value{Ref: ask.Reference{Head: "alice", Field: "memory.limit"}},
	}}
	if diff := cmp.Diff(expect, s.Steps[4].Check.Expect); diff != "" {
		t.Errorf("expectation (-want +got):\n%s", diff)
	}
	if got := s.Steps[9].Do; got.Verb != ask.VerbRecreate || got.Peer != "alice" {
		t.Errorf("got %+v, want alice recreated", got)
	}
	if got := s.Steps[11].Measure.Because; got != "It boots nothing." {
		t.Errorf("the measure's because: got %q", got)
	}
}

// TestSelectFiles: a check that looks at files keeps the earlier writes, and the volumes of its containers.
func TestSelectFiles(t *testing.T) {
	s := load(t, "testdata/valid-files.yaml")
	tests := []struct {
		keep           string
		steps, volumes int
		containers     int
	}{
		{"time", 1, 2, 1},
		{"start", 3, 2, 2},  // with the two actions before it
		{"again", 5, 2, 2},  // the writes to its root and to its volumes, and both actions, but not the denied write
		{"memory", 1, 2, 1}, // no file, so no write
		{"file", 2, 2, 2},   // with its control
		{"apart", 1, 0, 1},  // other containers' writes do not matter to bob
	}
	for _, tt := range tests {
		got := s.Select(func(st scenario.Step) bool { return st.ID() == tt.keep })
		if len(got.Steps) != tt.steps || len(got.Volumes) != tt.volumes || len(got.Containers) != tt.containers {
			t.Errorf("%s: got %d steps, volumes %v, %d containers; want %d, %d, %d", tt.keep,
				len(got.Steps), got.Volumes, len(got.Containers), tt.steps, tt.volumes, tt.containers)
		}
	}
	without := s.Select(func(st scenario.Step) bool { return st.ID() == "no such" })
	if len(without.Volumes) != 0 {
		t.Errorf("volumes that nobody needs: %v", without.Volumes)
	}
}
