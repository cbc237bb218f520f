package render

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"netlab/netlab/result"
)

func TestGoldenWorksheets(t *testing.T) {
	records := []*result.Record{predictedLesson()}
	for _, key := range []bool{false, true} {
		name := fmt.Sprintf("worksheet-%t", key)
		t.Run(name, func(t *testing.T) {
			golden(t, name+".md", func(w io.Writer) error {
				return WorksheetMarkdown(w, records, key, Options{})
			})
		})
	}
}

// TestWorksheetTellsNothing: a worksheet never shows the answers, even if the record has them.
func TestWorksheetTellsNothing(t *testing.T) {
	var known, unknown bytes.Buffer
	r := predictedLesson()
	if err := WorksheetMarkdown(&known, []*result.Record{r}, false, Options{All: true}); err != nil {
		t.Fatal(err)
	}
	for i := range r.Scenarios[0].Steps {
		st := &r.Scenarios[0].Steps[i]
		st.Observed, st.Verdict, st.Because = nil, "", ""
		if st.Predicted != nil {
			st.Predicted = &result.Prediction{Choices: st.Predicted.Choices}
		}
	}
	if err := WorksheetMarkdown(&unknown, []*result.Record{r}, false, Options{All: true}); err != nil {
		t.Fatal(err)
	}
	if known.String() != unknown.String() {
		t.Errorf("the sheet is another when the answers are known:\n%s", &known)
	}
}

// TestKeyOfSeveralDays: in a key, each lesson has its own date if there are several.
func TestKeyOfSeveralDays(t *testing.T) {
	older, old := predictedLesson(), predictedLesson()
	older.Started = old.Started.AddDate(0, 0, -1)
	dates := func(records ...*result.Record) int {
		t.Helper()
		var b bytes.Buffer
		if err := WorksheetMarkdown(&b, records, true, Options{Recorded: true}); err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			if want := "Recorded " + r.Started.Format(day) + " on Engine"; !strings.Contains(b.String(), want) {
				t.Errorf("the key does not say %q:\n%s", want, &b)
			}
		}
		return strings.Count(b.String(), "Recorded ")
	}
	if got := dates(older, old); got != 2 {
		t.Errorf("two days are told %d times", got)
	}
	if got := dates(old, old); got != 1 {
		t.Errorf("the same day is told %d times", got)
	}
}

// TestNoRecordBreaksAWorksheet: text from a record never becomes an HTML tag or moves a terminal's cursor.
func TestNoRecordBreaksAWorksheet(t *testing.T) {
	for seed := range uint64(200) {
		c := chaos{rand.New(rand.NewPCG(seed, 4))}
		r, o, key := c.record(), Options{All: c.IntN(2) == 0, Recorded: c.IntN(2) == 0}, c.IntN(2) == 0
		var b bytes.Buffer
		if err := WorksheetMarkdown(&b, []*result.Record{r}, key, o); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		code := regexp.MustCompile(`(?m)^    .*\n`) // a tag in it is text
		if strings.Contains(strings.ToLower(code.ReplaceAllString(b.String(), "")), "<script") {
			t.Errorf("seed %d: it has a script", seed)
		}
		unprintable := func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' }
		if i := strings.IndexFunc(b.String(), unprintable); i >= 0 {
			t.Errorf("seed %d: it has an unprintable character at byte %d", seed, i)
		}
	}
}
