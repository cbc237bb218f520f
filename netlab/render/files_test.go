package render

import (
	"strings"
	"testing"

	"netlab/netlab/probe"
	"netlab/netlab/result"

	"github.com/google/go-cmp/cmp"
)

func TestSize(t *testing.T) {
	for bytes, want := range map[string]string{
		"0": "0 bytes", "1": "1 byte", "999": "999 bytes", "1000": "1.0 kB", "9949": "9.9 kB", "9950": "10 kB",
		"999499": "999 kB", "999500": "1.0 MB", "67108864": "67 MB", "1500000000000000": "1500 TB",
		"none": "none", "-1": "-1",
	} {
		if got := size(bytes); got != want {
			t.Errorf("%s: got %q, want %q", bytes, got, want)
		}
	}
}

func TestVolumes(t *testing.T) {
	peers := []result.Peer{
		{Name: "alice", Volumes: []string{"notes:/notes", "spare:/var/x"}},
		{Name: "bob", Volumes: []string{"notes:/\x1b[2Jn"}},
	}
	want := []Volume{
		{Name: "notes", Places: []string{"/notes in alice", `/\x1b[2Jn in bob`}},
		{Name: "spare", Places: []string{"/var/x in alice"}},
	}
	if diff := cmp.Diff(want, Volumes(peers)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The answer says whether another container's value was the same, but only if both were measured.
func TestLikeness(t *testing.T) {
	step := func(read, expect, verdict string) *result.Step {
		return &result.Step{
			Check: "x", Ask: "Which?", From: "alice", Probe: "read " + read, Expect: []string{expect}, Verdict: verdict,
			Observed: &result.Observed{Reason: probe.OK, Value: "faae3ef3-b0f8"},
		}
	}
	tests := []struct {
		name string
		step *result.Step
		want string
	}{
		{"the host", step("kernel", "equals host.kernel", result.AsExpected), "faae3ef3-b0f8, as the host"},
		{"the engine", step("kernel", "equals engine.kernel", result.AsExpected), "faae3ef3-b0f8, as the host"},
		{"the boot id is cut", step("boot-id", "equals host.boot-id", result.AsExpected), "faae3ef3…, as the host"},
		{"another", step("pidns", "differs from bob.pidns", result.AsExpected), "faae3ef3-b0f8, not as bob"},
		{"another thing", step("host-pid", "differs from alice.pid", result.AsExpected), "faae3ef3-b0f8"},
		{"the image later", step("image.now", "equals alice.image", result.AsExpected), "faae3ef3-b0f8, as before"},
		{"itself", step("kernel", "equals alice.kernel", result.AsExpected), "faae3ef3-b0f8"},
		{"words", step("kernel", "equals 6.1", result.AsExpected), "faae3ef3-b0f8"},
		{"a network's", step("mtu", "equals alice.web.mtu", result.AsExpected), "faae3ef3-b0f8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := answerOf(&result.Scenario{}, tt.step).String(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	surprise := answerOf(&result.Scenario{}, step("kernel", "equals host.kernel", result.Surprise)).String()
	if strings.Contains(surprise, "as the host") {
		t.Errorf("a surprise says %q", surprise)
	}
}
