package render

import (
	"bytes"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/result"
)

func TestMarkdownTablesHaveEqualRows(t *testing.T) {
	records := []*result.Record{lesson(), eventful(), modes(), {}, {Kind: result.KindCompare}, class()}
	for seed := range uint64(300) {
		records = append(records, chaos{rand.New(rand.NewPCG(seed, 2))}.record())
	}
	for i, r := range records {
		var b bytes.Buffer
		if err := Markdown(&b, r, Options{All: true}); err != nil {
			t.Fatal(err)
		}
		cells := 0
		for line := range strings.Lines(b.String()) {
			if !strings.HasPrefix(line, "|") {
				cells = 0
				continue
			}
			got := bars(line)
			if cells != 0 && got != cells {
				t.Errorf("record %d: a row has %d bars, the head %d: %s", i, got, cells, line)
			}
			cells = got
			if strings.Contains(line, "<script") {
				t.Errorf("record %d: HTML goes through: %s", i, line)
			}
		}
	}
}

// bars counts the bars that divide a line into cells, as GitHub's Markdown does: a backslash escapes the next
// character.
func bars(line string) int {
	n, escaped := 0, false
	for _, r := range line {
		switch {
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
		case r == '|':
			n++
		}
	}
	return n
}

func TestJSONThereAndBack(t *testing.T) {
	for _, want := range []*result.Record{lesson(), eventful(), modes()} {
		want.Scenarios[0].Steps[0].Because = "\x1b[2J\u009b\u202e 東京 <&> \U000e0001"
		var b bytes.Buffer
		if err := JSON(&b, want); err != nil {
			t.Fatal(err)
		}
		unprintable := func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }
		if i := strings.IndexFunc(b.String(), unprintable); i >= 0 {
			t.Errorf("the document has an unprintable character at byte %d", i)
		}
		if !strings.HasSuffix(b.String(), "}\n") {
			t.Error("the document does not end in one newline")
		}
		got, err := result.ReadJSON(&b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("a record changed on its way (-want +got):\n%s", diff)
		}
	}
}

func TestReadJSONRefuses(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"nothing", "", "empty"},
		{"white space", " \n", "empty"},
		{"no JSON", "\n\nversion: 1", "line 3"},
		{"cut off", `{"schema": "netlab.result/v1",`, "unexpected end"},
		{"another document", `{"name": "x"}`, "not a result of netlab"},
		{"a list", `[1]`, "cannot unmarshal array"},
		{"another version", `{"schema": "netlab.result/v9", "kind": "run"}`, `"netlab.result/v9"`},
		{"another kind", `{"schema": "netlab.result/v1", "kind": "walk"}`, `"walk"`},
		{"two documents", `{"schema": "netlab.result/v1", "kind": "run"} {}`, "after top-level value"},
		{
			"a wrong type in a question",
			`{"schema": "netlab.result/v2", "kind": "run", "scenarios": [{"steps": [{"asks": {"ping": {"to": 1}}}]}]}`,
			"reading the result: a question: json: cannot unmarshal number",
		},
		{"a wrong type", "{\"schema\": \"netlab.result/v1\", \"kind\": \"run\",\n\"took_us\": \"long\"}", "line 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := result.ReadJSON(strings.NewReader(tt.in))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one with %q", err, tt.want)
			}
		})
	}
	t.Run("too large", func(t *testing.T) {
		_, err := result.ReadJSON(io.LimitReader(endless{}, 1<<30))
		if err == nil || !strings.Contains(err.Error(), "64 MiB") {
			t.Errorf("got error %v, want one with the limit", err)
		}
	})
	t.Run("unknown fields are ignored", func(t *testing.T) {
		const doc = `{"schema": "netlab.result/v1", "kind": "run", "mood": 1}`
		if _, err := result.ReadJSON(strings.NewReader(doc)); err != nil {
			t.Error(err)
		}
	})
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}
