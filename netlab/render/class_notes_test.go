package render

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

func TestClassTime(t *testing.T) {
	for _, tt := range []struct {
		minutes []int
		want    string
	}{
		{[]int{20, 40}, "2 sections, 1 h"},
		{[]int{75}, "1 section, 1 h 15 min"},
		{[]int{5, 15}, "2 sections, 20 min"},
		{[]int{20, 0, 30}, "3 sections, 50 min for 2 of them"},
		{[]int{0, 0}, "2 sections"},
	} {
		var sections []Scheduled
		for _, m := range tt.minutes {
			sections = append(sections, Scheduled{Minutes: m})
		}
		if got := ClassTime(sections); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.minutes, got, tt.want)
		}
	}
}

// The teacher's own screen has all that the class does not see, and the class's screen has the minutes.
func TestTeachersScreen(t *testing.T) {
	drawn := func(draw func(io.Writer) error) string {
		var b bytes.Buffer
		if err := draw(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	now := Scheduled{Title: "bridge: The default network", Note: "Draw first.", Pause: "Why no name?", Minutes: 25}
	agenda := drawn(func(w io.Writer) error {
		return ClassAgenda(w, "Networks", []Scheduled{now, {Title: "host"}}, 3, Options{})
	})
	if want := "Networks: 2 sections, 25 min for 1 of them.\n" +
		" 3   25 min  bridge: The default network\n 4           host\n"; agenda != want {
		t.Errorf("the agenda is\n%s", agenda)
	}
	notes := drawn(func(w io.Writer) error { return ClassNotes(w, 3, 4, now, "host", 65, 60, Options{}) })
	for _, want := range []string{
		"3 of 4: bridge: The default network, 25 min", "Used so far: 1 h 5 min. Planned: 1 h.", "Draw first.",
		"Discuss: Why no name?", "Next: host",
	} {
		if !strings.Contains(notes, want) {
			t.Errorf("the notes have no %q:\n%s", want, notes)
		}
	}
	part := drawn(func(w io.Writer) error { return ClassPart(w, 3, 4, now.Title, now.Minutes, Options{}) })
	if want := "---- 3 of 4: bridge: The default network, 25 min ----"; !strings.Contains(part, want) {
		t.Errorf("the section's heading is %q, want %q", part, want)
	}
}
