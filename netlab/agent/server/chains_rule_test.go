//go:build linux

package server

import (
	"fmt"
	"strings"
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
					{Number: 2, Verdict: fact.PolicyDrop, In: "lo", Network: "1", Counts: true, Packets: 4},
					{Number: 3, Verdict: fact.VerdictReject, Every: true, Counts: true},
				},
				"ip FORWARD":    {{Number: 1, Verdict: fact.PolicyDrop, In: "docker0", Out: "docker0", Counts: true}, policy},
				"ip PREROUTING": {{Number: 1, Verdict: fact.PolicyDrop, In: "! br-1", To: "10.0.0.2/32", Counts: true}},
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
			{
				Number: 1, Verdict: fact.PolicyDrop, Network: "1", More: true, Counts: true, Packets: 3, Comment: "no echoes",
			},
			{Number: 3, Verdict: fact.PolicyDrop, Network: "tcp", Ports: "9"},
		},
		"inet on": {{Number: 1, Verdict: fact.VerdictReject, Every: true, Counts: true}},
	}
	if diff := cmp.Diff(want, alice.drops(t)); diff != "" {
		t.Errorf("what drops (-want +got):\n%s", diff)
	}
}

// What rules accept, where they jump to and what they translate, as engines and administrators write them, with both
// kinds of iptables. A rule whose condition is not read says so.
func TestChainsSayWhatPasses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, program, six string
	}{{"nft", "iptables-nft", "ip6tables-nft"}, {"legacy", "iptables-legacy", "ip6tables-legacy"}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			needs(t, test.program, test.six)
			alice := newBox(t)
			for _, rule := range []string{
				"-N DOCKER", "-A FORWARD -o br-1 -j DOCKER", "-N LAST",
				"-A DOCKER -d 172.18.0.2/32 ! -i br-1 -o br-1 -p tcp -m tcp --dport 80 -j ACCEPT",
				"-t nat -A POSTROUTING -s 172.18.0.0/16 ! -o br-1 -j MASQUERADE",
				"-t nat -A PREROUTING -p tcp -m tcp --dport 18080 -j DNAT --to-destination 172.18.0.2:80",
				"-A INPUT -s 10.0.0.0/12 -p udp -m udp --dport 8000:8010 -j ACCEPT",
				"-A INPUT -p tcp -m multiport --dports 80,443,8000:8010 -j ACCEPT",
				"-A INPUT ! -s 192.0.2.1/32 -p tcp -j ACCEPT", "-A INPUT -p tcp -m comment --comment x",
				"-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "-A INPUT -j LAST",
				"-A INPUT -p tcp -m tcp ! --dport 25 -j ACCEPT", "-A INPUT -p tcp -m tcp --sport 25 -j ACCEPT",
			} {
				alice.with(t, append([]string{test.program}, strings.Fields(rule)...)...)
			}
			alice.with(t, test.six, "-A", "INPUT", "-s", "fd00:18::/32", "-p", "tcp", "--dport", "22", "-j", "ACCEPT")
			accept, jump := fact.PolicyAccept, fact.VerdictJump
			want := map[string][]fact.Rule{
				"ip filter FORWARD": {{Number: 1, Verdict: jump, Chain: "DOCKER", Out: "br-1"}},
				"ip filter DOCKER": {{
					Number: 1, Verdict: accept, In: "! br-1", Out: "br-1", To: "172.18.0.2/32", Network: "tcp", Ports: "80",
				}},
				"ip nat POSTROUTING": {{Number: 1, Verdict: fact.VerdictMasquerade, Out: "! br-1", From: "172.18.0.0/16"}},
				"ip nat PREROUTING":  {{Number: 1, Verdict: fact.VerdictDNAT, Network: "tcp", Ports: "18080"}},
				"ip filter INPUT": {
					{Number: 1, Verdict: accept, From: "10.0.0.0/12", Network: "udp", Ports: "8000:8010"},
					{Number: 2, Verdict: accept, Network: "tcp", Ports: "80,443,8000:8010"},
					{Number: 3, Verdict: accept, From: "! 192.0.2.1/32", Network: "tcp"},
					{Number: 5, Verdict: accept, More: true},
					{Number: 6, Verdict: jump, Chain: "LAST", Every: true},
					{Number: 7, Verdict: accept, Network: "tcp", Ports: "! 25"},
					{Number: 8, Verdict: accept, Network: "tcp", More: true},
				},
				"ip6 filter INPUT": {{Number: 1, Verdict: accept, From: "fd00:18::/32", Network: "tcp", Ports: "22"}},
			}
			firewall, o, err := alice.Firewall(t.Context())
			check(t, err)
			if o.Reason != probe.OK {
				t.Fatalf("got %+v", o)
			}
			got := map[string][]fact.Rule{}
			for _, c := range firewall {
				for _, r := range c.Passes {
					r.Counts = false
					got[c.Family+" "+c.Table+" "+c.Name] = append(got[c.Family+" "+c.Table+" "+c.Name], r)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("what passes (-want +got):\n%s", diff)
			}
		})
	}
}

// The same in a table of nft, as engines with the nftables backend write it.
func TestChainsOfNftSayWhatPasses(t *testing.T) {
	t.Parallel()
	needs(t, "nft")
	alice := newBox(t)
	alice.with(t, "nft", `
		table ip docker-bridges {
			chain nat-POSTROUTING {
				type nat hook postrouting priority 100;
				oifname != "br-1" ip saddr 172.18.0.0/16 counter masquerade
			}
			chain in { ip daddr 172.18.0.2 tcp dport 80 counter accept; tcp dport { 80, 443 } accept; }
		}
		table inet guard {
			chain input { type filter hook input priority 0; tcp dport 8000-8010 accept; tcp dport > 1024 accept; }
		}`)
	accept := fact.PolicyAccept
	want := map[string][]fact.Rule{
		"nat-POSTROUTING": {{Number: 1, Verdict: fact.VerdictMasquerade, Out: "! br-1", From: "172.18.0.0/16", Counts: true}},
		"in": {
			{Number: 1, Verdict: accept, To: "172.18.0.2/32", Network: "tcp", Ports: "80", Counts: true},
			{Number: 2, Verdict: accept, Network: "tcp", Ports: "?", More: true},
		},
		"input": {
			{Number: 1, Verdict: accept, Network: "tcp", Ports: "8000:8010"},
			{Number: 2, Verdict: accept, Network: "tcp", Ports: "1025:65535"},
		},
	}
	firewall, _, err := alice.Firewall(t.Context())
	check(t, err)
	got := map[string][]fact.Rule{}
	for _, c := range firewall {
		got[c.Name] = c.Passes
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what passes (-want +got):\n%s", diff)
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
