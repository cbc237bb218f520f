package why

import (
	"slices"
	"strings"
	"testing"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// remote is a question of web, on the overlay network far, to a container of another node that does not answer. The
// packets leave for its node.
func remote() *Facts {
	f := lost()
	f.Networks[0].Name, f.Networks[0].Driver = "far", "overlay"
	f.Containers[0].Endpoints[0].Network = "far"
	f.Tries[0].Address = "172.18.0.9"
	f.Tries[0].Outcome.Path.Gateway = ""
	f.Tries[0].Tunnel = &Tunnel{
		Overlay: &fact.Overlay{
			Name: "far", VXLAN: 4097, Nodes: []string{"192.0.2.1", "192.0.2.7"},
			Tasks: []fact.OverlayTask{{Name: "db", Address: "172.18.0.9", Node: "192.0.2.7"}},
		},
		Node: "192.0.2.7", Left: 3, Gossip: probe.Outcome{Reason: probe.OK},
	}
	return f
}

func TestOverlayPortsBlocked(t *testing.T) {
	t.Parallel()
	silent := probe.Outcome{Reason: probe.Timeout, Detail: "no answer for 1.1 s"}
	drop := func(r fact.Rule) *fact.Drop {
		return &fact.Drop{Table: "filter", Chain: "OUTPUT", Rule: 1, Family: "ip", Match: r}
	}
	of := func(ports string) fact.Rule {
		return fact.Rule{Number: 1, Network: "udp", Ports: ports, Verdict: fact.PolicyDrop}
	}
	unknown := func(f *Facts) {
		f.Tries, f.Lookup = nil, &Lookup{Name: "db", Asked: []Asked{{
			Name: "db", Server: "127.0.0.11", Outcome: probe.Outcome{Reason: probe.NameNotFound, Detail: "NXDOMAIN"},
		}}}
		f.Deaf = &Deaf{
			Node: fact.Node{Name: "two", Address: "192.0.2.7", Ready: true}, Gossip: silent,
			Overlay: &fact.Overlay{Name: "far", Nodes: []string{"192.0.2.1"}},
		}
	}
	for name, test := range map[string]struct {
		change func(*Facts)
		cause  string
		tells  string // what would tell, if there is no cause
	}{
		"none comes back": {nil, "overlay-ports-blocked", ""},
		"it answers a ping": {func(f *Facts) {
			f.Tries[0].Tunnel.Gossip, f.Tries[0].Tunnel.Ping = silent, probe.Outcome{Reason: probe.OK}
		}, "overlay-ports-blocked", ""},
		"it answers nothing":   {func(f *Facts) { f.Tries[0].Tunnel.Gossip = silent }, "", "is up"},
		"some come back":       {func(f *Facts) { f.Tries[0].Tunnel.Answers = 2 }, "", "rules for 4789/udp"},
		"none leaves":          {func(f *Facts) { f.Tries[0].Tunnel.Left = 0 }, "", ""},
		"a node without it":    {func(f *Facts) { f.Tries[0].Tunnel.Node = "192.0.2.8" }, "", ""},
		"a rule of this host":  {func(f *Facts) { f.Tries[0].Drop = drop(of("4789")) }, "overlay-ports-blocked", ""},
		"a rule about another": {func(f *Facts) { f.Tries[0].Drop = drop(of("53")) }, "firewall", ""},
		"a rule about all":     {func(f *Facts) { f.Tries[0].Drop = drop(of("")) }, "firewall", ""},
		"the name is unknown":  {unknown, "overlay-ports-blocked", ""},
	} {
		f := remote()
		if test.change != nil {
			test.change(f)
		}
		w := Diagnose(f)
		want := []string{test.cause}
		if test.cause == "" {
			want = nil
		}
		if !slices.Equal(ids(w), want) || (w.Verdict == result.Unknown) != (test.cause == "") {
			t.Errorf("%s: got %q, %s, want %q", name, ids(w), w.Verdict, test.cause)
		}
		if !strings.Contains(strings.Join(w.Unseen, " "), test.tells) {
			t.Errorf("%s: would tell %q, want %q", name, w.Unseen, test.tells)
		}
	}
}
