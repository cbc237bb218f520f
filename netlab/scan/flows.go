package scan

import (
	"slices"

	"netlab/netlab/fact"
	"netlab/netlab/result"
	"netlab/netlab/say"
	"netlab/netlab/survey"
)

// strays returns the flows that lead to the wrong place, and are sent to a chosen container.
func (f *Facts) strays() []fact.Stray {
	return slices.DeleteFunc(f.Strays(f.Flows, f.Firewall), func(s fact.Stray) bool {
		return !f.Whole && !slices.ContainsFunc(f.Ends, func(e survey.End) bool { return e.Container == s.Of })
	})
}

// conntrackStale: packets of a UDP flow go where the kernel led the first of them, although new flows go elsewhere.
// They keep the kernel's entry, which would expire, alive.
func conntrackStale(f *Facts) []result.Finding {
	var all []result.Finding
	var said []string
	for _, s := range f.strays() {
		again, used := s.Used(f.FlowsLater)
		if !used || slices.Contains(said, s.To+s.Leads) {
			continue
		}
		said = append(said, s.To+s.Leads)
		all = append(all, found(result.Problem, say.ConntrackStale(&s, again)))
	}
	return all
}
