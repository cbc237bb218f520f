package render

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/result"
)

type brokenWriter struct{}

var errFull = errors.New("no space left on device")

func (brokenWriter) Write([]byte) (int, error) { return 0, errFull }

func TestFailingWriterIsToldOf(t *testing.T) {
	for _, draw := range append(drawings(), drawing{"Markdown", Markdown}, drawing{
		"JSON", func(w io.Writer, r *result.Record, _ Options) error { return JSON(w, r) },
	}) {
		if err := draw.f(brokenWriter{}, lesson(), Options{}); !errors.Is(err, errFull) {
			t.Errorf("%s: got error %v, want %v", draw.name, err, errFull)
		}
	}
}

type drawing struct {
	name string
	f    func(io.Writer, *result.Record, Options) error
}

func drawings() []drawing {
	return []drawing{
		{"Demo", Demo},
		{"Compare", Compare},
		{"Class", Class},
		{"Reasons", func(w io.Writer, r *result.Record, o Options) error {
			for _, sc := range r.Scenarios {
				for _, st := range sc.Steps {
					if id := st.Check + st.Measure; id != "" {
						return Reasons(w, r, id, o)
					}
				}
			}
			return nil
		}},
	}
}

func TestColorIsOnlyColor(t *testing.T) {
	ansi := regexp.MustCompile(`\x1b\[(3[12]|1|0)m`)
	for _, draw := range drawings() {
		for _, r := range []*result.Record{lesson(), eventful(), modes()} {
			var plain, colored bytes.Buffer
			if err := draw.f(&plain, r, Options{}); err != nil {
				t.Fatal(err)
			}
			if err := draw.f(&colored, r, Options{Color: true}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(plain.String(), ansi.ReplaceAllString(colored.String(), "")); diff != "" {
				t.Errorf("%s: color changes the text (-plain +colored):\n%s", draw.name, diff)
			}
		}
	}
	var b bytes.Buffer
	if err := Demo(&b, eventful(), Options{Color: true}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\x1b[1mNO\x1b[0m", "\x1b[31mSURPRISE\x1b[0m"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("a colored run lacks %q", want)
		}
	}
}
