package scenario_test

import (
	"strings"
	"testing"

	"netlab/netlab/scenario"
)

// A file that marks no lesson is a lesson as a whole. One mark, and the others are left to --all.
func TestFileWithoutLesson(t *testing.T) {
	const file = `version: 1
name: no-lesson
networks: {web: {driver: bridge}}
containers: {alice: {networks: [web]}, bob: {networks: [web]}}
steps:
  - {check: peer, ask: "Can alice reach bob?", from: alice, ping: bob, expect: ok}
  - {measure: trip, from: alice, ping: bob}
  - do: stop bob
`
	marked := strings.Replace(file, "measure: trip,", "measure: trip, lesson: true,", 1)
	for _, tt := range []struct {
		name, file     string
		check, measure bool
	}{{"none marked", file, true, true}, {"one marked", marked, false, true}} {
		s, err := scenario.Load("f.yaml", []byte(tt.file))
		if err != nil {
			t.Fatal(err)
		}
		if check, measure := s.Steps[0].Check.Lesson, s.Steps[1].Measure.Lesson; check != tt.check || measure != tt.measure {
			t.Errorf("%s: the check is in the lesson: %t, the measure: %t; want %t, %t",
				tt.name, check, measure, tt.check, tt.measure)
		}
	}
}
