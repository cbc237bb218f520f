//go:build linux && engines

package cli

import (
	"path/filepath"
	"strings"
	"testing"

	"netlab/netlab/enginetest"
	"netlab/netlab/result"
)

// TestEnginesCases runs scenario files from users on every version. Their expectations were measured by hand with
// docker, ping and nc. Each answer must be as expected, and nothing may be left.
func TestEnginesCases(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/cases/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, version := range enginetest.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			e := enginetest.Start(t, enginetest.Options{Version: version})
			r, code := demo(t, e, files...)
			if code != exitOK {
				t.Errorf("exit code %d, want %d", code, exitOK)
			}
			for _, sc := range r.Scenarios {
				for _, st := range sc.Steps {
					if st.Check != "" && st.Verdict != result.AsExpected {
						t.Errorf("%s: %s is %s: %s", sc.Name, st.Check, st.Verdict, st.Why+st.Difference())
					}
				}
			}
		})
	}
}

// TestEnginesUnknownName: without an upstream DNS server in the lab, no query leaves the machine. A name that Docker
// does not know gets no answer, and the reason says which key is missing.
func TestEnginesUnknownName(t *testing.T) {
	t.Parallel()
	for _, version := range enginetest.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			e := enginetest.Start(t, enginetest.Options{Version: version})
			r, code := demo(t, e, "testdata/unknown-name.yaml")
			if code == exitOK {
				t.Error("exit code 0")
			}
			for _, st := range r.Scenarios[0].Steps {
				want := result.Broken
				if st.Check == "known" {
					want = result.AsExpected
				}
				if st.Verdict != want || want == result.Broken && !strings.Contains(st.Why, `add "upstream: NETWORK"`) {
					t.Errorf("%s is %s, want %s: %s", st.Check, st.Verdict, want, st.Why)
				}
			}
		})
	}
}
