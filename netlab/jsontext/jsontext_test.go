package jsontext

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSet: a text with the string in it, as a person would have added it. Without it, it is the text of before.
func TestSet(t *testing.T) {
	for _, tt := range []struct{ name, text, want, without string }{
		{
			name: "tabs",
			text: "{\n\t\"auths\": {\n\t\t\"r.example\": {}\n\t},\n\t\"n\": 1.0\n}",
			want: "{\n\t\"auths\": {\n\t\t\"r.example\": {}\n\t},\n\t\"n\": 1.0,\n" +
				"\t\"a\": {\n\t\t\"b\": {\n\t\t\t\"c\": \"x,y\"\n\t\t}\n\t}\n}",
		},
		{
			name: "blanks, and the object is there",
			text: "{\n  \"a\": {\n    \"other\": {\"k\": \"v\"}\n  },\n  \"z\": null\n}\n",
			want: "{\n  \"a\": {\n    \"other\": {\"k\": \"v\"},\n" +
				"    \"b\": {\n      \"c\": \"x,y\"\n    }\n  },\n  \"z\": null\n}\n",
		},
		{
			name: "Windows",
			text: "{\r\n  \"z\": 1\r\n}\r\n",
			want: "{\r\n  \"z\": 1,\r\n  \"a\": {\r\n    \"b\": {\r\n      \"c\": \"x,y\"\r\n    }\r\n  }\r\n}\r\n",
		},
		{name: "one line", text: `{"z":1,"y":[{}]}`, want: `{"z":1,"y":[{}],"a":{"b":{"c":"x,y"}}}`},
		{name: "one line with blanks", text: `{ "z": 1, "y": 2 }`, want: `{ "z": 1, "y": 2, "a": {"b": {"c": "x,y"}} }`},
		{
			name: "nothing", text: "",
			want:    "{\n\t\"a\": {\n\t\t\"b\": {\n\t\t\t\"c\": \"x,y\"\n\t\t}\n\t}\n}\n",
			without: "{}\n",
		},
		{name: "braces", text: "{}", want: "{\n\t\"a\": {\n\t\t\"b\": {\n\t\t\t\"c\": \"x,y\"\n\t\t}\n\t}\n}"},
		{
			name: "an empty object", text: "{\n  \"a\": {}\n}",
			want:    "{\n  \"a\": {\n    \"b\": {\n      \"c\": \"x,y\"\n    }\n  }\n}",
			without: "{}",
		},
		{
			name: "another value", text: `{"a":{"b":{"c":"\"old\"","d":"1"}}}`, want: `{"a":{"b":{"c":"x,y","d":"1"}}}`,
			without: `{"a":{"b":{"d":"1"}}}`,
		},
		{
			name: "the last of three", text: `{"a":{"b":{"d":"1","c":"x"}}}`, want: `{"a":{"b":{"d":"1","c":"x,y"}}}`,
			without: `{"a":{"b":{"d":"1"}}}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Set([]byte(tt.text), "x,y", "a", "b", "c")
			if diff := cmp.Diff(tt.want, string(got)); err != nil || diff != "" {
				t.Fatalf("%v, want (-), got (+):\n%s", err, diff)
			}
			if value, ok, err := Get(got, "a", "b", "c"); value != "x,y" || !ok || err != nil {
				t.Errorf("got %q, %v, %v", value, ok, err)
			}
			want := tt.without
			if want == "" {
				want = tt.text
			}
			got, err = Remove(got, "a", "b", "c")
			if diff := cmp.Diff(want, string(got)); err != nil || diff != "" {
				t.Errorf("removed: %v, want (-), got (+):\n%s", err, diff)
			}
		})
	}
}

// TestAbsent: what is not there is not found, and removing it changes nothing.
func TestAbsent(t *testing.T) {
	for _, text := range []string{`{}`, `{"a":{}}`, `{"a":{"b":{"d":"1"}},"c":"x"}`} {
		if value, ok, err := Get([]byte(text), "a", "b", "c"); ok || err != nil {
			t.Errorf("%s: got %q, %v", text, value, err)
		}
		if got, err := Remove([]byte(text), "a", "b", "c"); string(got) != text || err != nil {
			t.Errorf("%s: got %s, %v", text, got, err)
		}
	}
}

// TestMistakes: a text that is not as it should be is not changed, and the error says what is wrong with it.
func TestMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"{\n  \"a\": 1,\n}": "line 3, column 1",
		`{"a": 1} x`:        "column 10",
		`["a"]`:             "not a JSON object",
		`{"a":"x"}`:         "a is not an object",
		`{"a":{"b":["c"]}}`: "a.b is not an object",
		"\xef\xbb\xbf{}":    "line 1, column 1",
		`{"a":{"b":{"c":"x`: "unexpected end",
		`{"a":{"b":null}}`:  "a.b is not an object",
	} {
		got, err := Set([]byte(text), "x", "a", "b", "c")
		if got != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %s, %v, want %q", text, got, err, want)
		}
	}
	if _, _, err := Get([]byte(`{"a":{"b":{"c":true}}}`), "a", "b", "c"); err == nil {
		t.Error("true is taken for a string")
	}
}

// FuzzSet: what can be set can be read, and is JSON; everything else means the same as before.
func FuzzSet(f *testing.F) {
	f.Add(`{"a":{"b":{}},"z":[1,{"a":2}]}`)
	f.Add("{ \"\\\"\" :1\n}")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Set([]byte(text), "x", "netlab", "b")
		if err != nil || strings.Count(text, "netlab") > 0 || strings.Contains(text, `\u`) {
			return
		}
		if value, ok, err := Get(got, "netlab", "b"); value != "x" || !ok || err != nil {
			t.Errorf("%q became %q: %q, %v, %v", text, got, value, ok, err)
		}
		var before, after map[string]json.RawMessage
		if len(strings.TrimSpace(text)) > 0 {
			if err := json.Unmarshal([]byte(text), &before); err != nil {
				t.Fatal(err)
			}
		}
		if err := json.Unmarshal(got, &after); err != nil {
			t.Fatalf("%q became %q: %v", text, got, err)
		}
		delete(after, "netlab")
		if len(before)+len(after) > 0 {
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("%q became %q:\n%s", text, got, diff)
			}
		}
	})
}
