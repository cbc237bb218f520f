package result

import "time"

// A Part is what a class saw at once: a run or a comparison.
type Part struct {
	Title     string `json:"title"`
	Kind      string `json:"kind"`      // run or compare
	Scenarios int    `json:"scenarios"` // how many of the record's are this part's, in order
	All       bool   `json:"all,omitempty"`
	Failed    string `json:"failed,omitempty"` // why it came to no end; its scenarios are as far as it came
	TookUS    int64  `json:"took_us"`          // microseconds, with all waits
}

// NewClass begins the record of a class, of which nothing has been shown.
func NewClass(title, netlab string, started time.Time) *Record {
	return &Record{
		Schema: Schema, Kind: KindClass, Netlab: netlab, Started: started.UTC().Truncate(time.Second), Title: title,
		Engines: []Engine{}, Scenarios: []Scenario{}, Leftovers: []Leftover{},
	}
}

// Add appends a part of a class, with what its own record has but for its audit.
func (r *Record) Add(p Part, of *Record) {
	p.Kind, p.Scenarios, p.TookUS = of.Kind, len(of.Scenarios), of.TookUS
	r.Parts = append(r.Parts, p)
	// They are the same ones, and the facts are as they were last, unless the part never saw them.
	if len(r.Engines) == 0 || len(of.Engines) > 0 && len(of.Engines[0].Facts) > 0 {
		r.Engines = of.Engines
	}
	r.Scenarios = append(r.Scenarios, of.Scenarios...)
	r.Count()
}

// AddAudits appends what was found on the engine before and after the parts of a class, shown or not. The engine was
// asked what is left where it was asked after each of them.
func (r *Record) AddAudits(all ...*Record) {
	r.Audited = len(all) > 0
	for _, of := range all {
		r.addAudit(of)
	}
}

func (r *Record) addAudit(of *Record) {
	r.Leftovers = append(r.Leftovers, of.Leftovers...)
	r.Swept = append(r.Swept, of.Swept...)
	if r.Held == "" {
		r.Held = of.Held
	}
	r.Audited = r.Audited && of.Audited
	r.AgentBytes = max(r.AgentBytes, of.AgentBytes)
}

// Split returns the parts of a class as records of their own, with its engines; nothing of a record of another kind.
// What was left on the engine is the class's matter, not theirs.
func (r *Record) Split() []*Record {
	parts := make([]*Record, 0, len(r.Parts))
	rest := r.Scenarios
	for _, p := range r.Parts {
		n := max(0, min(p.Scenarios, len(rest))) // a file may say anything
		part := &Record{
			Schema: r.Schema, Kind: p.Kind, Netlab: r.Netlab, Started: r.Started, TookUS: p.TookUS, Engines: r.Engines,
			Scenarios: rest[:n:n],
		}
		part.Count()
		parts, rest = append(parts, part), rest[n:]
	}
	return parts
}
