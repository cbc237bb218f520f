package near_test

import (
	"testing"

	"netlab/netlab/near"
)

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"db", "db", 0},
		{"redis", "redsi", 1},
		{"redis", "rdis", 1},
		{"redis", "reddis", 1},
		{"redis", "radix", 2},
		{"", "abc", 3},
	} {
		for _, pair := range [][2]string{{test.a, test.b}, {test.b, test.a}} {
			if got := near.Distance(pair[0], pair[1]); got != test.want {
				t.Errorf("%q and %q: got %d, want %d", pair[0], pair[1], got, test.want)
			}
		}
	}
}
