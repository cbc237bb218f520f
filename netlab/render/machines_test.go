package render

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"slices"
	"strings"
	"testing"

	"netlab/netlab/result"
)

// What a CI system counts is what the record counts, and a failure shows the evidence.
func TestJUnit(t *testing.T) {
	r := eventful()
	r.Scenarios = append(r.Scenarios, result.Scenario{Name: "overlay", Skipped: "this engine is not in a swarm"})
	var text bytes.Buffer
	if err := JUnit(&text, r, Options{}); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Skipped  int `xml:"skipped,attr"`
		Suites   []struct {
			Name  string `xml:"name,attr"`
			Cases []struct {
				Name    string `xml:"name,attr"`
				Failure *struct {
					Message string `xml:"message,attr"`
					Text    string `xml:",chardata"`
				} `xml:"failure"`
				Skipped *struct {
					Message string `xml:"message,attr"`
				} `xml:"skipped"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(text.Bytes(), &got); err != nil {
		t.Fatalf("%v in\n%s", err, &text)
	}
	count := map[string]int{}
	for _, sc := range r.Scenarios {
		if sc.Skipped != "" {
			count[result.Skipped]++ // a lab
		}
		for _, st := range sc.Steps {
			count[st.Verdict]++
		}
	}
	if got.Failures != count[result.Surprise] || got.Errors != count[result.Broken] ||
		got.Skipped != count[result.Skipped] {
		t.Errorf("got %d failures, %d errors and %d skipped, want %v", got.Failures, got.Errors, got.Skipped, count)
	}
	if last := got.Suites[len(got.Suites)-1]; last.Cases[0].Skipped == nil ||
		last.Cases[0].Skipped.Message != "this engine is not in a swarm" {
		t.Errorf("the lab that could not run: got %+v", last)
	}
	tests, failed := 0, false
	for _, s := range got.Suites {
		tests += len(s.Cases)
		for _, c := range s.Cases {
			failed = failed || c.Failure != nil && c.Failure.Message != "" && strings.Contains(c.Failure.Text, "Seen")
		}
	}
	if tests != got.Tests || !failed {
		t.Errorf("%d test cases, told as %d; a failure with evidence: %v\n%s", tests, got.Tests, failed, &text)
	}
}

func readCSV(t *testing.T, r *result.Record) [][]string {
	t.Helper()
	var text bytes.Buffer
	if err := CSV(&text, r); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&text).ReadAll() // all rows as long as the heading
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// A spreadsheet of a comparison has the table's cells.
func TestCSVOfAComparison(t *testing.T) {
	lines, side := readCSV(t, sixModes()), Side(sixModes())
	if want := []string{"group", "question", "bridge"}; !slices.Equal(lines[0][:3], want) {
		t.Errorf("got the heading %q, want it to begin with %q", lines[0], want)
	}
	if len(lines) != 1+len(side.Rows) {
		t.Fatalf("got %d lines, want a heading and %d rows", len(lines), len(side.Rows))
	}
	for i, row := range side.Rows {
		for k, cell := range row.Cells {
			if got := lines[1+i][2+k]; got != cell.Text {
				t.Errorf("%s, %s: got %q, want %q", row.ID, side.Columns[k].Label, got, cell.Text)
			}
		}
	}
}

func TestCSVOfABench(t *testing.T) {
	r := benched()
	lines := readCSV(t, r)
	if len(lines) != 1+len(r.Bench.Figures) {
		t.Errorf("got %d lines, want a heading and %d figures", len(lines), len(r.Bench.Figures))
	}
}

// A class has a row for each question, with its section and the guess.
func TestCSVOfAClass(t *testing.T) {
	r := class()
	questions := 0
	for _, sc := range r.Scenarios {
		for _, st := range sc.Steps {
			if st.Do == nil {
				questions++
			}
		}
	}
	lines := readCSV(t, r)
	if len(lines) != 1+questions || lines[1][0] != r.Parts[0].Title {
		t.Errorf("got %d lines and the section %q, want %d and %q", len(lines), lines[1][0], 1+questions, r.Parts[0].Title)
	}
}

// A name from a file is no formula in a spreadsheet.
func TestCSVIsNoFormula(t *testing.T) {
	r := lesson()
	r.Scenarios[0].Name = `=HYPERLINK("http://example.com")`
	for _, line := range readCSV(t, r)[1:] {
		if strings.HasPrefix(line[1], "=") {
			t.Errorf("got the cell %q", line[1])
		}
	}
}
