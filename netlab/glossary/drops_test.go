package glossary_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netlab/netlab/glossary"
)

// kernelReasons are the names of enum skb_drop_reason. netlab may show any of them.
func kernelReasons(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "drop-reasons.txt"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(text))
}

// The drop reasons that netlab explains are the kernel's.
func TestDropReasons(t *testing.T) {
	for _, g := range glossary.Groups() {
		if g.Name != "DROP REASONS" {
			continue
		}
		for _, e := range g.Entries[1:] { // the first one explains what a drop reason is
			for _, w := range e.Words() {
				if !slices.Contains(kernelReasons(t), w) {
					t.Errorf("%s is not one of the kernel's", w)
				}
			}
		}
	}
}
