package survey

import (
	"strings"
	"testing"

	"netlab/netlab/fact"
)

// TestNotHere: the host is here only if the kernel and the network namespace are the same.
func TestNotHere(t *testing.T) {
	t.Parallel()
	host := &fact.Stack{NetNS: "net:[4026531840]", BootID: "b1"}
	for name, tt := range map[string]struct{ netns, boot, want string }{
		"the host":                      {"net:[4026531840]", "b1", ""},
		"another machine, equal number": {"net:[4026531840]", "b2", "another machine"},
		"in a container":                {"net:[4026532001]", "b1", "another network namespace"},
		"not on Linux":                  {"", "", "another machine"},
	} {
		switch err := notHere(host, tt.netns, tt.boot); {
		case tt.want == "" && err != nil:
			t.Errorf("%s: got %v, want that it is here", name, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
	if err := notHere(&fact.Stack{NetNS: "net:[1]"}, "net:[1]", ""); err == nil {
		t.Error("without a boot ID: got that it is here, want that it is not known")
	}
}
