package result

import "time"

// A Part is one section of a class: a run or a comparison.
type Part struct {
	Title     string `json:"title"`
	Kind      string `json:"kind"`      // run or compare
	Scenarios int    `json:"scenarios"` // how many of the record's scenarios belong to this section, in order
	All       bool   `json:"all,omitempty"`
	Failed    string `json:"failed,omitempty"` // why it did not finish; its scenarios are complete up to that point
	TookUS    int64  `json:"took_us"`          // microseconds, including all waits
}

// NewClass begins the record of a class that has shown nothing yet.
func NewClass(title, netlab string, started time.Time) *Record {
	return &Record{
		Schema: Schema, Kind: KindClass, Netlab: netlab, Started: started.UTC().Truncate(time.Second), Title: title,
		Engines: []Engine{}, Scenarios: []Scenario{}, Leftovers: []Leftover{},
	}
}

// Add appends a section of a class, with everything in its own record except the audit.
func (r *Record) Add(p Part, of *Record) {
	p.Kind, p.Scenarios, p.TookUS = of.Kind, len(of.Scenarios), of.TookUS
	r.Parts = append(r.Parts, p)
	// The engines are the same ones. The latest facts win, unless this section has none.
	if len(r.Engines) == 0 || len(of.Engines) > 0 && len(of.Engines[0].Facts) > 0 {
		r.Engines = of.Engines
	}
	r.Scenarios = append(r.Scenarios, of.Scenarios...)
	r.Count()
}

// AddAudits appends what was found on the engine before and after the sections of a class, shown or not. The class
// counts as audited if every section was.
func (r *Record) AddAudits(records ...*Record) {
	r.Audited = len(records) > 0
	for _, of := range records {
		r.addAudit(of)
	}
}

func (r *Record) addAudit(of *Record) {
	r.Leftovers = append(r.Leftovers, of.Leftovers...)
	r.Swept = append(r.Swept, of.Swept...)
	r.Stuck = append(r.Stuck, of.Stuck...)
	if r.Held == "" {
		r.Held = of.Held
	}
	r.Audited = r.Audited && of.Audited
	r.AgentBytes = max(r.AgentBytes, of.AgentBytes)
}

// Split returns the sections of a class as separate records, with its engines. It returns nothing for another kind of
// record. What was left on the engine belongs to the class, not to its sections.
func (r *Record) Split() []*Record {
	parts := make([]*Record, 0, len(r.Parts))
	rest := r.Scenarios
	for _, p := range r.Parts {
		n := max(0, min(p.Scenarios, len(rest))) // a file may contain any number
		part := &Record{
			Schema: r.Schema, Kind: p.Kind, Netlab: r.Netlab, Started: r.Started, TookUS: p.TookUS, Engines: r.Engines,
			Scenarios: rest[:n:n],
		}
		part.Count()
		parts, rest = append(parts, part), rest[n:]
	}
	return parts
}
