package render

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"netlab/netlab/result"
)

// The JUnit format, as CI systems read it: https://github.com/testmoapp/junitxml describes what they have in common.
type (
	junitSuites struct {
		XMLName xml.Name `xml:"testsuites"`
		Name    string   `xml:"name,attr"`
		Time    string   `xml:"time,attr"` // seconds, as everywhere in this format
		junitSum
		Suites []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name      string `xml:"name,attr"`
		Timestamp string `xml:"timestamp,attr"`
		junitSum
		Cases []junitCase `xml:"testcase"`
	}
	junitSum struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Skipped  int `xml:"skipped,attr"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitMessage `xml:"failure"`
		Error   *junitMessage `xml:"error"`
		Skipped *junitMessage `xml:"skipped"`
		Out     string        `xml:"system-out,omitempty"` // the answer
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"` // the evidence
	}
)

// JUnit writes a record as test results: each question is a test case, a surprise is a failure with its evidence, and a
// question without a result is an error. A lab that could not run is one skipped test case.
func JUnit(w io.Writer, r *result.Record, o Options) error {
	o.All = true
	suites := junitSuites{Name: "netlab " + flat(r.Kind), Time: junitSeconds(r.TookUS)}
	for i := range r.Scenarios {
		sc := &r.Scenarios[i]
		suite := junitSuite{Name: flat(sc.Name), Timestamp: r.Started.UTC().Format("2006-01-02T15:04:05")}
		if sc.Skipped != "" {
			suite.add(junitCase{
				Class: junitClass(sc), Name: "lab", Time: "0", Skipped: &junitMessage{Message: flat(sc.Skipped)},
			})
		}
		for k := range sc.Steps {
			if st := &sc.Steps[k]; st.Do == nil || st.Verdict != "" && st.Verdict != result.AsExpected {
				suite.add(junitStep(sc, st, o))
			}
		}
		suites.Tests += suite.Tests
		suites.Failures += suite.Failures
		suites.Errors += suite.Errors
		suites.Skipped += suite.Skipped
		suites.Suites = append(suites.Suites, suite)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(suites); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s *junitSuite) add(c junitCase) {
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

func junitStep(sc *result.Scenario, st *result.Step, o Options) junitCase {
	t := Tell(sc, st, o)
	c := junitCase{Class: junitClass(sc), Name: t.Question, Time: "0"}
	if id := st.Check + st.Measure; id != "" {
		c.Name = flat(id) + ": " + t.Question
	}
	if st.Observed != nil {
		c.Time = junitSeconds(st.Observed.TookUS)
	}
	answer := t.Answer.String()
	var lines []string
	for _, n := range t.Notes {
		lines = append(lines, n.String())
	}
	said := flat(orElse(why(sc, st), st.Difference()))
	message := &junitMessage{Message: orElse(said, answer), Text: strings.Join(lines, "\n")}
	switch st.Verdict {
	case result.Surprise:
		c.Failure = message
	case result.Broken:
		c.Error = message
	case result.Skipped:
		c.Skipped = message
	default:
		c.Out = answer
	}
	return c
}

func junitClass(sc *result.Scenario) string { return "netlab." + flat(sc.Name) }

func junitSeconds(us int64) string { return fmt.Sprintf("%.6f", float64(us)/1e6) }
