package cli_test

import (
	"slices"
	"strings"
	"testing"

	"netlab/scenarios"
)

// TestWorksheetsAgree: a worksheet printed before a lab has run has the same questions and boxes as one printed
// afterwards. The key ticks one box for each question with boxes.
func TestWorksheetsAgree(t *testing.T) {
	for _, mode := range scenarios.Recordings() {
		if !slices.Contains(scenarios.Names(), mode) {
			continue // it has several modes
		}
		sheet := func(args ...string) string {
			t.Helper()
			code, out, words := netlab(t, append([]string{"worksheet"}, args...)...)
			if code != 0 || words != "" {
				t.Fatalf("%v: exit code %d: %s", args, code, words)
			}
			return out
		}
		key := items(sheet(mode, "--all", "--recorded", "--key"))
		agree(t, mode, items(sheet(mode, "--all", "--recorded")), key)

		// The recording may be of an older scenario.
		fresh := items(sheet(mode, "--all"))
		older := func(of []string) func(string) bool {
			return func(item string) bool {
				return !slices.ContainsFunc(of, func(other string) bool { return title(item) == title(other) })
			}
		}
		before, after := slices.DeleteFunc(fresh, older(key)), slices.DeleteFunc(slices.Clone(key), older(fresh))
		agree(t, mode, before, after)

		for _, item := range key {
			want := 1
			if boxes(item) == "" || strings.Contains(item, "Measured: skipped") {
				want = 0
			}
			if got := strings.Count(item, "☒"); got != want {
				t.Errorf("%s: %d boxes are ticked, want %d:\n%s", mode, got, want, item)
			}
		}
	}
}

// agree compares a worksheet's questions with a key's.
func agree(t *testing.T, mode string, sheet, key []string) {
	t.Helper()
	if len(sheet) == 0 || len(sheet) != len(key) {
		t.Errorf("%s: %d questions on the sheet, %d on the key", mode, len(sheet), len(key))
		return
	}
	for i := range key {
		if title(sheet[i]) != title(key[i]) || boxes(sheet[i]) != boxes(key[i]) {
			t.Errorf("%s: the sheet has\n%s\nand the key\n%s", mode, sheet[i], key[i])
		}
	}
}

// title is a question's text without its number.
func title(item string) string {
	line, _, _ := strings.Cut(item, "\n")
	_, text, _ := strings.Cut(line, " ")
	return text
}

// items splits a worksheet into its questions.
func items(text string) []string { return strings.Split(text, "\n**")[1:] }

// boxes is a question's line of boxes with all of them unticked.
func boxes(item string) string {
	for line := range strings.Lines(strings.ReplaceAll(item, "☒", "☐")) {
		if strings.HasPrefix(line, "☐") {
			return line
		}
	}
	return ""
}

// The drawing of a worksheet has the same blanks before a lab has run and afterward.
func TestWorksheetDrawingsAgree(t *testing.T) {
	drawing := func(args ...string) string {
		t.Helper()
		code, out, words := netlab(t, append([]string{"worksheet", "-o", "html"}, args...)...)
		if code != 0 {
			t.Fatalf("%v: exit code %d: %s", args, code, words)
		}
		_, rest, drawn := strings.Cut(out, "<figure>")
		text, _, _ := strings.Cut(rest, "</figure>")
		if !drawn {
			t.Fatalf("%v: there is no drawing", args)
		}
		return text
	}
	for _, mode := range scenarios.ModeNames() {
		if before, after := drawing(mode, "--all"), drawing(mode, "--all", "--recorded"); before != after {
			t.Errorf("%s: before the lab has run the drawing is\n%s\nand afterward\n%s", mode, before, after)
		}
	}
}
