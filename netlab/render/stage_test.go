package render

import "testing"

func TestBuiltOf(t *testing.T) {
	for value, want := range map[string]string{
		"built built": "all built", "cached": "all cached", "cached cached built": "2 cached, 1 built",
	} {
		if got := builtOf(value); got != want {
			t.Errorf("%s: got %q, want %q", value, got, want)
		}
	}
}
