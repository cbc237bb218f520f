//go:build linux

package server

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/fact"
)

// passing returns what a chain of a box accepts, jumps to or translates, by number, without counters.
func (b *box) passing(t *testing.T, family, table, chain string) map[int]fact.Rule {
	t.Helper()
	firewall, _, err := b.Firewall(t.Context())
	check(t, err)
	found := map[int]fact.Rule{}
	for _, c := range firewall {
		if c.Family != family || c.Table != table || c.Name != chain {
			continue
		}
		for _, r := range append(c.Passes, c.Drops...) {
			number := r.Number
			r.Number, r.Counts, r.Packets = 0, false, 0
			found[number] = r
		}
	}
	return found
}

// A rule never seems to match more than it does: what is not read of it is More, and what it excludes stays excluded.
func TestNftMatches(t *testing.T) {
	t.Parallel()
	needs(t, "nft")
	for _, test := range []struct {
		family, rule string
		want         fact.Rule // without its verdict, if that is accept
	}{
		{"ip", `iifname "br-*" accept`, fact.Rule{In: "br-+"}},
		{"ip", `oifname != "veth*" accept`, fact.Rule{Out: "! veth+"}},
		{"ip", `iifname "docker0" ct state established,related accept`, fact.Rule{In: "docker0", More: true}},
		{"ip", `ip saddr 10.0.0.0/8 ct state new accept`, fact.Rule{From: "10.0.0.0/8", More: true}},
		{"ip", `ip saddr 10.0.0.1 ip daddr 10.0.0.2 accept`, fact.Rule{From: "10.0.0.1/32", To: "10.0.0.2/32"}},
		{"ip6", `ip6 saddr fd00::1 ip6 daddr fd00::2 accept`, fact.Rule{From: "fd00::1/128", To: "fd00::2/128"}},
		{"ip", `ip saddr & 255.0.0.255 == 10.0.0.5 accept`, fact.Rule{More: true}},
		{"ip", `tcp dport & 1 == 1 accept`, fact.Rule{Network: "tcp", Ports: "?", More: true}},
		{"ip", `tcp sport 53 tcp dport 1024 accept`, fact.Rule{Network: "tcp", Ports: "?", More: true}},
		{"ip", `tcp dport != 22 tcp dport != 23 accept`, fact.Rule{Network: "tcp", Ports: "! 22", More: true}},
		{
			"ip", `tcp dport >= 1024 tcp dport != 8080 accept`,
			fact.Rule{Network: "tcp", Ports: "1024:65535", More: true},
		},
		{"ip", `iifname != "a" iifname != "b" accept`, fact.Rule{In: "! a", More: true}},
		{"ip", `ip saddr != 10.0.0.1 ip saddr != 10.0.0.2 accept`, fact.Rule{From: "! 10.0.0.1/32", More: true}},
		{"ip", `meta l4proto != tcp meta l4proto != udp accept`, fact.Rule{Network: "! tcp", More: true}},
		{"inet", `meta nfproto ipv6 tcp dport 22 accept`, fact.Rule{Network: "tcp", Ports: "22", More: true}},
		{"inet", `iifname { "lo", "eth0" } accept`, fact.Rule{More: true}},
		{"ip", `ct state vmap { established : accept, invalid : drop }`, fact.Rule{Verdict: fact.VerdictUnread, More: true}},
		{"ip", `iifname vmap { "eth0" : jump other, "lo" : accept }`, fact.Rule{Verdict: fact.VerdictUnread, More: true}},
		{"ip", `log prefix "all: " counter drop`, fact.Rule{Verdict: fact.PolicyDrop, Every: true}},
		{"ip", `meta mark set 0x1 accept`, fact.Rule{Every: true}},
		{"ip", `limit rate 10/second accept`, fact.Rule{More: true}},
		{
			"ip", `udp dport 53 meta mark set ip saddr map { 10.0.0.1 : 0x1 } accept`,
			fact.Rule{Network: "udp", Ports: "53", More: true},
		},
	} {
		if test.want.Verdict == "" {
			test.want.Verdict = fact.PolicyAccept
		}
		t.Run(test.rule, func(t *testing.T) {
			t.Parallel()
			alice := newBox(t)
			alice.with(t, "nft", "table "+test.family+" guard { chain other { }; chain in { "+test.rule+"; }; }")
			if diff := cmp.Diff(map[int]fact.Rule{1: test.want}, alice.passing(t, test.family, "guard", "in")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// The same for both kinds of iptables.
func TestIptablesMatches(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		rule string
		want fact.Rule // without its verdict, if that is accept
	}{
		{"-i br-+ -j ACCEPT", fact.Rule{In: "br-+"}},
		{"! -o veth+ -j ACCEPT", fact.Rule{Out: "! veth+"}},
		{"-f -j DROP", fact.Rule{Verdict: fact.PolicyDrop, More: true}},
		{"-s 10.0.0.5/255.0.0.255 -j ACCEPT", fact.Rule{More: true}},
		{"-s 10.0.0.1 -d 10.0.0.2 -j ACCEPT", fact.Rule{From: "10.0.0.1/32", To: "10.0.0.2/32"}},
		{
			"-p tcp -m multiport --ports 80,443 -j ACCEPT",
			fact.Rule{Network: "tcp", Ports: "?", More: true},
		},
		{
			"-p tcp -m tcp --dport 1:100 -m multiport ! --dports 22,80 -j ACCEPT",
			fact.Rule{Network: "tcp", Ports: "1:100", More: true},
		},
		{"-i eth0 -m conntrack --ctstate NEW -j ACCEPT", fact.Rule{In: "eth0", More: true}},
		{"-p sctp -j ACCEPT", fact.Rule{Network: "132"}},
		{"-j NFQUEUE --queue-num 0", fact.Rule{Verdict: fact.VerdictUnread, Every: true}},
	} {
		if test.want.Verdict == "" {
			test.want.Verdict = fact.PolicyAccept
		}
		for _, program := range []string{"iptables-nft", "iptables-legacy"} {
			t.Run(program+" "+test.rule, func(t *testing.T) {
				t.Parallel()
				needs(t, program)
				alice := newBox(t)
				alice.with(t, append([]string{program, "-A", "FORWARD"}, strings.Fields(test.rule)...)...)
				if diff := cmp.Diff(map[int]fact.Rule{1: test.want}, alice.passing(t, "ip", "filter", "FORWARD")); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		}
	}
}

// A table that is switched off drops nothing.
func TestDormantTable(t *testing.T) {
	t.Parallel()
	needs(t, "nft")
	alice := newBox(t)
	alice.with(t, "nft", `
		table inet off { flags dormant; chain in { type filter hook input priority 0; policy drop; }; }
		table inet on { chain in { type filter hook input priority 0; policy accept; }; }`)
	for _, c := range alice.chains(t) {
		if c.Table != "on" {
			t.Errorf("got %+v, which no packet passes", c)
		}
	}
	alice.pingItself(t, 1)
}
