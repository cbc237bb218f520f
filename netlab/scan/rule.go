package scan

import (
	"cmp"
	"fmt"
	"slices"

	"netlab/netlab/result"
)

// A rule finds causes of one kind in the facts. The id of what it returns is filled in.
type rule struct {
	id   string
	find func(*Facts) []result.Finding
}

// rules is the closed list. What they find is listed in this order, problems before warnings.
func rules() []rule {
	return []rule{
		{"stale-namespace", staleNamespace},
		{"published-nobody-behind", publishedNobodyBehind},
		{"listens-on-loopback", listensOnLoopback},
		{"listen-backlog-full", backlogFull},
		{"stale-address", staleAddress},
		{"hosts-entry-wrong", hostsEntryWrong},
		{"network-id-stale", networkIDStale},
		{"not-running", notRunning},
		{"alias-shared", aliasShared},
	}
}

// Causes returns the ids of all causes that Diagnose can name.
func Causes() []string {
	var ids []string
	for _, r := range rules() {
		ids = append(ids, r.id)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Diagnose judges the facts. Its result has no times.
func Diagnose(f *Facts) *result.Scan {
	s := &result.Scan{
		Schema: result.Schema, Kind: result.KindScan, Containers: len(f.Ends), Networks: f.networks(),
		Findings: []result.Finding{}, Unseen: f.unseen(),
	}
	for _, r := range rules() {
		for _, found := range r.find(f) {
			found.ID = r.id
			s.Findings = append(s.Findings, found)
		}
	}
	slices.SortStableFunc(s.Findings, func(a, b result.Finding) int { return cmp.Compare(rank(a), rank(b)) })
	return s
}

func rank(f result.Finding) int {
	if f.Severity == result.Problem {
		return 0
	}
	return 1
}

// a finding made of a cause.
func found(severity string, c *result.Cause) result.Finding {
	return result.Finding{Cause: *c, Severity: severity}
}

// networks counts the networks that the scan is about.
func (f *Facts) networks() int {
	if f.Whole {
		return len(f.Networks)
	}
	on := map[string]bool{}
	for _, e := range f.Ends {
		for _, p := range f.Endpoints(e.Container) {
			on[p.Network] = true
		}
	}
	return len(on)
}

// unseen lists what could not be read, so that nothing found there is no proof.
func (f *Facts) unseen() []string {
	unseen := []string{}
	for _, e := range f.Ends {
		if e.Container.Running() && e.Stack == nil && !f.unstable(&e) {
			unseen = append(unseen, fmt.Sprintf("netlab could not look into %s: %v", e.Container.Name, e.Err))
		}
	}
	return unseen
}
