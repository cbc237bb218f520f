package scan

import (
	"cmp"
	"fmt"
	"slices"

	"netlab/netlab/result"
	"netlab/netlab/survey"
)

// A rule finds causes of one kind in the facts. The id of what it returns is filled in.
type rule struct {
	id   string
	find func(*Facts) []result.Finding
	host bool // it is about the Docker host and networks, not about chosen containers
}

// rules is the closed list. What they find is listed in this order, problems before warnings.
func rules() []rule {
	return []rule{
		{id: result.CauseDockerRulesMissing, find: dockerRulesMissing, host: true},
		{id: result.CauseForwardingOff, find: forwardingOff, host: true},
		{id: result.CauseFirewall, find: firewall, host: true},
		{id: "firewall-backend-mixed", find: firewallBackendMixed, host: true},
		{id: result.CauseSubnetOverlap, find: subnetOverlap, host: true},
		{id: result.CausePolicyRoute, find: policyRoute, host: true},
		{id: result.CauseMasqueradeMissing, find: masqueradeMissing, host: true},
		{id: result.CauseMacvlanParentDown, find: macvlanParentDown, host: true},
		{id: result.CauseICCDisabled, find: iccWithoutEffect, host: true},

		{id: "firewall-does-not-cover", find: firewallDoesNotCover},
		{id: result.CauseConntrackStale, find: conntrackStale},
		{id: "stale-namespace", find: staleNamespace},
		{id: result.CausePublishedNobodyBehind, find: publishedNobodyBehind},
		{id: result.CauseListensOnLoopback, find: listensOnLoopback},
		{id: result.CauseListenBacklogFull, find: backlogFull},
		{id: "stale-address", find: staleAddress},
		{id: result.CauseHostsEntryWrong, find: hostsEntryWrong},
		{id: result.CauseNetworkIDStale, find: networkIDStale},
		{id: result.CauseNotRunning, find: notRunning},
		{id: result.CauseAliasShared, find: aliasShared},

		{id: result.CauseDNSUpstream, find: dnsUpstream, host: true},
		{id: result.CausePoolExhausted, find: poolExhausted, host: true},
		{id: result.CauseMTUTooLarge, find: mtuTooLarge, host: true},

		{id: result.CauseDesktopVM, find: desktopVM, host: true},
		{id: result.CauseRootlessBoundary, find: rootlessBoundary, host: true},
		{id: result.CauseWSLMirrored, find: wslMirrored, host: true},
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
			if r.host && !f.concerns(found.Object) {
				continue
			}
			found.ID = r.id
			s.Findings = append(s.Findings, found)
		}
	}
	worst := []string{result.Problem, result.Warning, result.Note}
	slices.SortStableFunc(s.Findings, func(a, b result.Finding) int {
		return cmp.Compare(slices.Index(worst, a.Severity), slices.Index(worst, b.Severity))
	})
	return s
}

// concerns reports whether a finding about the host or about a network matters for the chosen containers.
func (f *Facts) concerns(object string) bool {
	return f.Whole || f.Network(object) == nil || slices.ContainsFunc(f.Ends, func(e survey.End) bool {
		return f.IsOn(e.Container, object)
	})
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
	switch {
	case f.Host == nil:
		unseen = append(unseen, "netlab could not look at the host, so something may be wrong there.")
	case f.Firewall == nil:
		unseen = append(unseen, "netlab could not read the host's firewall, so something may be wrong there.")
	}
	if f.Unasked != nil {
		unseen = append(unseen, fmt.Sprintf("netlab could not simulate a computer outside, so published ports may be open "+
			"although the host's firewall seems to close them: %v", f.Unasked))
	}
	for _, e := range f.Ends {
		if e.Container.Running() && e.Stack == nil && !unstable(&e, f.Now) {
			unseen = append(unseen, fmt.Sprintf("netlab could not look into %s: %v", e.Container.Name, e.Err))
		}
	}
	return unseen
}
