package scan

import (
	"slices"
	"strings"
	"testing"

	"netlab/netlab/fact"
	"netlab/netlab/survey"
)

// logging is machine with a second container, and web publishes UDP too, which a rule translates. One flow to it is
// read twice.
func logging(leads string, expires, later int) *Facts {
	f := guarded()
	f.Containers = append(f.Containers, fact.Container{
		ID: "id-of-db", Name: "db", State: "running", Mode: "app",
		Endpoints: []fact.ContainerEndpoint{{Network: "app", ID: "n1", IPv4: "172.18.0.3"}},
	})
	f.Ends = nil
	for i := range f.Containers {
		f.Ends = append(f.Ends, survey.End{Container: &f.Containers[i], Stack: &fact.Stack{}})
	}
	f.Containers[0].Ports = []fact.Binding{{Port: "5140/udp", HostIP: "0.0.0.0", HostPort: 514}}
	f.chain("filter", "DOCKER").Passes = []fact.Rule{{
		Number: 1, Verdict: fact.PolicyAccept, To: "172.18.0.2/32", Network: "udp", Ports: "5140",
	}}
	f.chain("nat", "DOCKER").Passes = []fact.Rule{{Number: 1, Verdict: fact.VerdictDNAT, Network: "udp", Ports: "514"}}
	f.Host.Neighbors = []fact.Neighbor{{Address: "172.18.0.9", State: "failed"}, {Address: "172.18.0.8", State: "stale"}}
	flow := fact.Flow{From: "203.0.113.9:40000", To: "192.0.2.10:514", Leads: leads, ExpiresS: expires}
	f.Flows = []fact.Flow{flow}
	flow.ExpiresS = later
	f.FlowsLater = []fact.Flow{flow}
	return f
}

// flow changes the flow of logging.
func (f *Facts) flow(change func(*fact.Flow)) *Facts {
	change(&f.Flows[0])
	change(&f.FlowsLater[0])
	return f
}

// A flow is only in the way if it leads where new ones would not go, and if packets still arrive.
func TestConntrackStale(t *testing.T) {
	t.Parallel()
	const gone = "an address that no container has."
	const web = "problem published-nobody-behind web" // nothing listens in these containers
	unpublished := func(f *Facts) *Facts { f.Containers[0].Ports = nil; return f }
	for name, test := range map[string]struct {
		facts *Facts
		want  string // the object of the finding, and the end of its title; "" if nothing is found
	}{
		"leads to the container that publishes": {logging("172.18.0.2:5140", 30, 30), ""},
		"leads to an address that nothing has":  {logging("172.18.0.9:5140", 30, 30), "web " + gone},
		"no packet since":                       {logging("172.18.0.9:5140", 30, 28), ""},
		"a packet, after a while":               {logging("172.18.0.9:5140", 12, 29), "web " + gone},
		"its port is no longer published":       {unpublished(logging("172.18.0.9:5140", 30, 30)), "the host " + gone},
		"an address that may answer":            {logging("172.18.0.8:5140", 30, 30), ""},
		"an address elsewhere":                  {logging("203.0.113.80:5140", 30, 30), ""},
		"leads to another container":            {logging("172.18.0.3:5140", 30, 30), "web the address of db."},
		"to another, but not published":         {unpublished(logging("172.18.0.3:5140", 30, 30)), ""},
		"stays on the host":                     {logging("192.0.2.10:514", 30, 30), "web the host itself."},
		"stays there, from a container": {
			logging("192.0.2.10:514", 30, 30).flow(func(f *fact.Flow) { f.From = "172.18.0.3:40000" }), "",
		},
		"stays there, from the host": {
			logging("192.0.2.10:514", 30, 30).flow(func(f *fact.Flow) { f.From = "192.0.2.10:40000" }), "",
		},
		"published at another address": {
			logging("192.0.2.10:514", 30, 30).change("web", func(c *fact.Container) { c.Ports[0].HostIP = "127.0.0.1" }), "",
		},
	} {
		got := ""
		for _, found := range Diagnose(test.facts).Findings {
			if found.ID == "conntrack-stale" {
				_, end, _ := strings.Cut(found.Title, ", ")
				got = found.Object + " " + end
			} else if words := found.Severity + " " + found.ID + " " + found.Object; words != web {
				t.Errorf("%s: %s is found too", name, words)
			}
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
	f := logging("192.0.2.10:514", 30, 30)
	f.chain("nat", "DOCKER").Passes = nil
	if got := f.strays(); len(got) > 0 { // the rule is what is missing
		t.Errorf("no rule translates: got %+v", got)
	}
	f = logging("172.18.0.9:5140", 30, 30)
	f.FlowsLater = nil
	if got := named(Diagnose(f)); slices.Contains(got, "problem conntrack-stale web") {
		t.Errorf("the flow is gone: got %q", got)
	}
	f = logging("172.18.0.9:5140", 30, 30)
	f.Whole, f.Ends = false, f.Ends[1:]
	if got := f.strays(); len(got) > 0 {
		t.Errorf("another container is chosen: got %+v", got)
	}
}
