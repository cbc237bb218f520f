//go:build linux

package server

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// The rules that drop, their numbers among all rules of their chain, and what they match, with both kinds of
// iptables.
func TestChainsSayWhatDrops(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, program, six string
		legacy             bool
	}{
		{"nft", "iptables-nft", "ip6tables-nft", false},
		{"legacy", "iptables-legacy", "ip6tables-legacy", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			needs(t, test.program, test.six)
			alice := newBox(t)
			for _, rule := range [][]string{
				{test.program, "-A", "INPUT", "-p", "tcp", "-j", "ACCEPT"},
				{test.program, "-A", "INPUT", "-p", "icmp", "-i", "lo", "-j", "DROP"},
				{test.program, "-A", "INPUT", "-j", "REJECT"},
				{test.program, "-A", "FORWARD", "-i", "docker0", "-o", "docker0", "-j", "DROP"},
				{test.program, "-P", "FORWARD", "DROP"},
				{test.program, "-t", "raw", "-A", "PREROUTING", "-d", "10.0.0.2", "!", "-i", "br-1", "-j", "DROP"},
				{test.six, "-A", "OUTPUT", "!", "-o", "br-1", "-j", "DROP"},
			} {
				alice.with(t, rule...)
			}
			alice.send(t, 4)
			policy := fact.Rule{Verdict: fact.PolicyDrop, Every: true, Counts: true}
			want := map[string][]fact.Rule{
				"ip INPUT": {
					{Number: 2, Verdict: fact.PolicyDrop, In: "lo", Counts: true, Packets: 4},
					{Number: 3, Verdict: fact.VerdictReject, Every: true, Counts: true},
				},
				"ip FORWARD":    {{Number: 1, Verdict: fact.PolicyDrop, In: "docker0", Out: "docker0", Counts: true}, policy},
				"ip PREROUTING": {{Number: 1, Verdict: fact.PolicyDrop, In: "! br-1", Counts: true}},
				"ip6 OUTPUT":    {{Number: 1, Verdict: fact.PolicyDrop, Out: "! br-1", Counts: true}},
			}
			if !test.legacy { // nftables reports a chain before its rules
				want["ip FORWARD"] = []fact.Rule{policy, want["ip FORWARD"][0]}
			}
			if diff := cmp.Diff(want, alice.drops(t)); diff != "" {
				t.Errorf("what drops (-want +got):\n%s", diff)
			}
		})
	}
}

// Tables written by nft, for IPv4 and IPv6 together, with a comment and without counters.
func TestChainsOfNft(t *testing.T) {
	t.Parallel()
	needs(t, "nft")
	alice := newBox(t)
	alice.with(t, "nft", `
		table inet guard {
			chain in {
				type filter hook input priority 0; policy drop;
				icmp type echo-request counter drop comment "no echoes"
				iifname "lo" accept
				tcp dport 9 drop
			}
			chain on { type filter hook forward priority 0; policy accept; counter reject; }
		}`)
	alice.send(t, 3)
	want := map[string][]fact.Rule{
		"inet in": {
			{Verdict: fact.PolicyDrop, Every: true},
			{Number: 1, Verdict: fact.PolicyDrop, Counts: true, Packets: 3, Comment: "no echoes"},
			{Number: 3, Verdict: fact.PolicyDrop},
		},
		"inet on": {{Number: 1, Verdict: fact.VerdictReject, Every: true, Counts: true}},
	}
	if diff := cmp.Diff(want, alice.drops(t)); diff != "" {
		t.Errorf("what drops (-want +got):\n%s", diff)
	}
}

// drops returns the rules that drop, by family and chain.
func (b *box) drops(t *testing.T) map[string][]fact.Rule {
	t.Helper()
	drops := map[string][]fact.Rule{}
	for _, c := range b.chains(t) {
		if len(c.Drops) > 0 {
			drops[c.Family+" "+c.Name] = c.Drops
		}
	}
	return drops
}

// send sends n echo requests over loopback, which get no reply.
func (b *box) send(t *testing.T, n int) {
	t.Helper()
	var work errgroup.Group
	for range n {
		work.Go(func() error {
			o, err := b.Ask(t.Context(), probe.Question{Ping: &probe.Ping{Host: "127.0.0.1"}})
			if err == nil && o.Reason != probe.Timeout {
				err = fmt.Errorf("got %+v", o)
			}
			return err
		})
	}
	check(t, work.Wait())
}
