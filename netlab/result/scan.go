package result

// KindScan is the kind of a Scan, which is a document of its own, and no [Record].
const KindScan = "scan"

// A Scan is what is wrong with the networks of the containers on an engine, or is about to go wrong.
type Scan struct {
	Schema     string    `json:"schema"`
	Kind       string    `json:"kind"`
	Containers int       `json:"containers"` // that were looked at
	Networks   int       `json:"networks"`   // that they are on; all if nothing was chosen
	Findings   []Finding `json:"findings"`   // worst first; never null
	Unseen     []string  `json:"unseen"`     // what could not be seen; never null
	TookUS     int64     `json:"took_us"`
}

// The severities of a Finding.
const (
	Problem = "problem" // something does not work
	Warning = "warning" // something works only in part, will stop to work, or may be meant
	Note    = "note"    // a setting that changes what networks do, and is probably meant
)

// A Finding is a cause that was found without a question.
type Finding struct {
	Cause
	Severity string `json:"severity"`
}

// Count returns how many findings have a severity.
func (s *Scan) Count(severity string) int {
	n := 0
	for _, f := range s.Findings {
		if f.Severity == severity {
			n++
		}
	}
	return n
}

// Wrong reports whether anything is wrong or about to go wrong. A note is neither.
func (s *Scan) Wrong() bool { return s.Count(Problem)+s.Count(Warning) > 0 }
