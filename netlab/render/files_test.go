package render

import (
	"strings"
	"testing"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/ask"
	"netlab/netlab/result/asktest"
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
	peers := []fact.Peer{
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
	step := func(read, test, value, verdict string) *result.Step {
		return &result.Step{
			Check: "x", Ask: "Which?", Wants: ask.WantsValue, From: "alice", Asks: asktest.Read(read),
			Expect: asktest.Expect(test, value), Verdict: verdict,
			Observed: &result.Observed{Reason: probe.OK, Value: "faae3ef3-b0f8"},
		}
	}
	tests := []struct {
		name string
		step *result.Step
		want string
	}{
		{"the host", step("kernel", ask.Equals, "host.kernel", result.AsExpected), "faae3ef3-b0f8, as the host"},
		{"the engine", step("kernel", ask.Equals, "engine.kernel", result.AsExpected), "faae3ef3-b0f8, as the host"},
		{"the boot id is cut", step("boot-id", ask.Equals, "host.boot-id", result.AsExpected), "faae3ef3…, as the host"},
		{"another", step("pidns", ask.Differs, "bob.pidns", result.AsExpected), "faae3ef3-b0f8, not as bob"},
		{"another thing", step("host-pid", ask.Differs, "alice.pid", result.AsExpected), "faae3ef3-b0f8"},
		{"the image later", step("image.now", ask.Equals, "alice.image", result.AsExpected), "faae3ef3-b0f8, as before"},
		{"itself", step("kernel", ask.Equals, "alice.kernel", result.AsExpected), "faae3ef3-b0f8"},
		{"words", step("kernel", ask.Equals, "6.1", result.AsExpected), "faae3ef3-b0f8"},
		{"a network's", step("mtu", ask.Equals, "alice.web.mtu", result.AsExpected), "faae3ef3-b0f8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := answerOf(&result.Scenario{}, tt.step).String(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	surprise := answerOf(&result.Scenario{}, step("kernel", ask.Equals, "host.kernel", result.Surprise)).String()
	if strings.Contains(surprise, "as the host") {
		t.Errorf("a surprise says %q", surprise)
	}
}
