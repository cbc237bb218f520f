//go:build linux

package server

import (
	"os/exec"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// with runs a command in the network namespace of b.
func (b *box) with(t *testing.T, command ...string) {
	t.Helper()
	args := append([]string{"--net", "--target", strconv.Itoa(b.pid)}, command...)
	if out, err := exec.Command("nsenter", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", command, err, out)
	}
}

// needs skips a test that sets up a firewall if the program for it is missing.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range append(programs, "nsenter") {
		if _, err := exec.LookPath(p); err != nil {
			t.Skip("no " + p)
		}
	}
}

func (b *box) chains(t *testing.T) []fact.Chain {
	t.Helper()
	chains, o, err := b.Chains(t.Context())
	check(t, err)
	if o.Reason != probe.OK {
		t.Fatalf("got %+v", o)
	}
	return chains
}

// pingItself sends n echo requests over loopback. INPUT and OUTPUT each see a request and its reply, two packets.
func (b *box) pingItself(t *testing.T, n int) {
	t.Helper()
	o, err := b.Ask(t.Context(), probe.Question{Ping: &probe.Ping{Host: "127.0.0.1", Count: n}})
	check(t, err)
	if o.Reason != probe.OK {
		t.Fatalf("got %+v", o)
	}
}

func TestNoChains(t *testing.T) {
	t.Parallel()
	if got := newBox(t).chains(t); len(got) > 0 {
		t.Errorf("a new namespace has the chains %+v", got)
	}
}

func TestChains(t *testing.T) {
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
				{"-N", "DOCKER-USER"},
				{"-A", "INPUT", "-p", "icmp", "-j", "DOCKER-USER"},
				{"-A", "INPUT", "-p", "icmp", "-m", "icmp", "--icmp-type", "echo-request", "-m", "comment", "--comment", "x"},
				{"-A", "DOCKER-USER", "-j", "RETURN"},
				{"-A", "DOCKER-USER", "-p", "udp", "-j", "DROP"},
				{"-P", "FORWARD", "DROP"},
				{"-A", "OUTPUT", "-p", "tcp"},
			} {
				alice.with(t, append([]string{test.program}, rule...)...)
			}
			alice.with(t, test.six, "-A", "FORWARD", "-j", "DROP")
			alice.pingItself(t, 5)

			// Five requests and five replies arrive; the second rule of INPUT only counts the requests.
			want := map[string]fact.Chain{
				"ip INPUT":       {Hook: "input", Policy: "accept", Packets: 10 + 5, Rules: 2},
				"ip FORWARD":     {Hook: "forward", Policy: "drop", Rules: 1}, // a policy counts once it has been set
				"ip OUTPUT":      {Hook: "output", Policy: "accept", Rules: 1},
				"ip DOCKER-USER": {Packets: 10, Rules: 2},
				"ip6 FORWARD":    {Hook: "forward", Policy: "accept", Rules: 1},
			}
			if test.legacy { // every policy counts there, and so does the end of every chain
				want["ip INPUT"] = fact.Chain{Hook: "input", Policy: "accept", Packets: 10 + 5 + 10, Rules: 3}
				want["ip OUTPUT"] = fact.Chain{Hook: "output", Policy: "accept", Packets: 10, Rules: 2}
				want["ip DOCKER-USER"] = fact.Chain{Packets: 10, Rules: 3}
				want["ip6 FORWARD"] = fact.Chain{Hook: "forward", Policy: "accept", Rules: 2}
			}
			got := map[string]fact.Chain{}
			for _, c := range alice.chains(t) {
				key := c.Family + " " + c.Name
				if c.Table != "filter" || c.Legacy != test.legacy {
					t.Errorf("got %+v, which nobody made", c)
				}
				if _, asked := want[key]; asked {
					c.Family, c.Table, c.Name, c.Legacy, c.Drops = "", "", "", false, nil
					got[key] = c
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("chains (-want +got):\n%s", diff)
			}
		})
	}
}

// The counter of a policy. A base chain of nftables has one if it was restored with one.
func TestChainsCountAPolicy(t *testing.T) {
	t.Parallel()
	needs(t, "iptables-nft-restore", "sh")
	alice := newBox(t)
	const saved = `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [7:84]\nCOMMIT\n`
	alice.with(t, "sh", "-c", "printf '"+saved+"' | iptables-nft-restore -c")
	alice.pingItself(t, 3)
	want := []fact.Chain{
		{Family: "ip", Table: "filter", Name: "INPUT", Hook: "input", Policy: "accept", Packets: 6, Rules: 1},
		{Family: "ip", Table: "filter", Name: "FORWARD", Hook: "forward", Policy: "drop", Packets: 7, Rules: 1},
	}
	var got []fact.Chain
	for _, c := range alice.chains(t) {
		c.Drops = nil
		if c.Name != "OUTPUT" {
			got = append(got, c)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("chains (-want +got):\n%s", diff)
	}
}

// In nftables an empty chain counts nothing; the rules that jump to it do.
func TestChainsCountAnEmptyOne(t *testing.T) {
	t.Parallel()
	needs(t, "iptables-nft")
	alice := newBox(t)
	for _, rule := range [][]string{
		{"-N", "DOCKER-USER"},
		{"-A", "INPUT", "-p", "icmp", "-m", "icmp", "--icmp-type", "echo-request", "-j", "DOCKER-USER"},
		{"-A", "INPUT", "-p", "icmp", "-m", "icmp", "--icmp-type", "echo-reply", "-g", "DOCKER-USER"},
	} {
		alice.with(t, append([]string{"iptables-nft"}, rule...)...)
	}
	alice.pingItself(t, 3)
	for _, c := range alice.chains(t) {
		if c.Family == "ip" && c.Name == "DOCKER-USER" {
			if c.Packets != 6 || c.Rules != 2 {
				t.Errorf("got %d packets by %d rules, want the 6 of the 2 rules that lead to it", c.Packets, c.Rules)
			}
			return
		}
	}
	t.Error("the empty chain is not there")
}
