//go:build linux

package server

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"syscall"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// A family is a protocol family of the firewall's tables in a network namespace.
type family struct {
	name     string // as in nft(8)
	protocol uint8
}

// families returns them. Legacy iptables has no tables for IPv4 and IPv6 together.
func families() []family {
	return []family{{"ip", unix.NFPROTO_IPV4}, {"ip6", unix.NFPROTO_IPV6}, {"inet", unix.NFPROTO_INET}}
}

// addressSize is how many bytes an address of the family has.
func (f family) addressSize() int {
	if f.protocol == unix.NFPROTO_IPV6 {
		return 16
	}
	return 4
}

// hookNames returns the netfilter hooks by number (enum nf_inet_hooks).
func hookNames() []string { return []string{"prerouting", "input", "forward", "output", "postrouting"} }

// readChains answers probe.Chains. It leaves out what this kernel does not have.
func readChains(q probe.Chains) ([]fact.Chain, probe.Outcome) {
	var found []fact.Chain
	for _, read := range []func(family) ([]fact.Chain, error){nftChains, legacyChains} {
		for _, f := range families() {
			chains, err := read(f)
			switch {
			case errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES):
				detail := fmt.Sprintf("reading the firewall needs NET_ADMIN: %v", err)
				return nil, probe.Outcome{Reason: probe.Denied, Detail: detail}
			case err != nil:
				return nil, broken("reading the firewall: %v", err)
			}
			found = append(found, chains...)
		}
	}
	if !q.Passes {
		for i := range found {
			found[i].Passes = nil
		}
	}
	return found, probe.Outcome{Reason: probe.OK}
}

// nftChains reads the chains of nftables, in the kernel's order. It does not use a library that reads whole rules:
// such a library fails on matches that it does not know, which do not matter here, and does not return the counter of
// a chain's policy.
func nftChains(f family) ([]fact.Chain, error) {
	found, err := nftDump(unix.NFT_MSG_GETCHAIN, f)
	if err != nil {
		return nil, err
	}
	off, err := dormantTables(f)
	if err != nil {
		return nil, err
	}
	chains := make([]fact.Chain, 0, len(found))
	for _, attributes := range found {
		if slices.Contains(off, attributes.text(unix.NFTA_CHAIN_TABLE)) {
			continue
		}
		chain, err := nftChain(attributes)
		if err != nil {
			return nil, err
		}
		chain.Family = f.name
		chains = append(chains, chain)
	}
	rules, err := nftDump(unix.NFT_MSG_GETRULE, f)
	if err != nil {
		return nil, err
	}
	jumps := make([]fact.Chain, len(chains)) // the counters of the rules that jump to each chain
	numbers := make([]int, len(chains))      // how many rules each chain has so far
	for _, attributes := range rules {
		rule, err := nftRule(f, attributes)
		if err != nil {
			return nil, err
		}
		for i, c := range chains {
			if c.Table != attributes.text(unix.NFTA_RULE_TABLE) {
				continue
			}
			if c.Name == attributes.text(unix.NFTA_RULE_CHAIN) {
				numbers[i]++
				addCounts(&chains[i], rule.counts...)
				rule.does.Number = numbers[i]
				keepRule(&chains[i], rule.does)
			}
			if c.Name == rule.does.Chain {
				addCounts(&jumps[i], rule.counts...)
			}
		}
	}
	for i := range chains {
		// An empty chain counts nothing, but the rules that jump to it do. DOCKER-USER is empty from engine 28 on.
		if chains[i].Rules == 0 {
			chains[i].Packets, chains[i].Rules = jumps[i].Packets, jumps[i].Rules
		}
	}
	return chains, nil
}

// dormantTables returns the tables that are switched off: no packet passes their chains.
func dormantTables(f family) ([]string, error) {
	const dormant = 1 // NFT_TABLE_F_DORMANT
	tables, err := nftDump(unix.NFT_MSG_GETTABLE, f)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, t := range tables {
		if number(t.get(unix.NFTA_TABLE_FLAGS))&dormant != 0 {
			names = append(names, t.text(unix.NFTA_TABLE_NAME))
		}
	}
	return names, nil
}

func nftChain(of attributes) (fact.Chain, error) {
	chain := fact.Chain{Table: of.text(unix.NFTA_CHAIN_TABLE), Name: of.text(unix.NFTA_CHAIN_NAME)}
	hook, err := parseAttributes(of.get(unix.NFTA_CHAIN_HOOK))
	if err != nil {
		return chain, err
	}
	if number := hook.get(unix.NFTA_HOOK_HOOKNUM); len(number) == 4 {
		if n := binary.BigEndian.Uint32(number); n < uint32(len(hookNames())) {
			chain.Hook = hookNames()[n]
		}
		chain.Policy = fact.PolicyAccept
	}
	if policy := of.get(unix.NFTA_CHAIN_POLICY); len(policy) == 4 && binary.BigEndian.Uint32(policy) == 0 { // NF_DROP
		chain.Policy = fact.PolicyDrop
	}
	policy := fact.Rule{Verdict: fact.PolicyDrop, Every: true}
	if counters := of.get(unix.NFTA_CHAIN_COUNTERS); counters != nil { // only counts if iptables has set it
		if policy.Packets, err = nftPackets(counters); err != nil {
			return chain, err
		}
		policy.Counts = true
		addCounts(&chain, policy.Packets)
	}
	if chain.Policy == fact.PolicyDrop {
		chain.Drops = append(chain.Drops, policy)
	}
	return chain, nil
}

func nftPackets(counter []byte) (uint64, error) {
	parts, err := parseAttributes(counter)
	if err != nil {
		return 0, err
	}
	packets := parts.get(unix.NFTA_COUNTER_PACKETS)
	if len(packets) != 8 {
		return 0, errors.New("nftables sent a counter without packets")
	}
	return binary.BigEndian.Uint64(packets), nil
}

// keepRule adds a rule to its chain, unless it decides nothing.
func keepRule(chain *fact.Chain, r fact.Rule) {
	switch r.Verdict {
	case "":
	case fact.PolicyDrop, fact.VerdictReject:
		chain.Drops = append(chain.Drops, r)
	default:
		chain.Passes = append(chain.Passes, r)
	}
}

func addCounts(chain *fact.Chain, packets ...uint64) {
	for _, n := range packets {
		chain.Packets += n
		chain.Rules++
	}
}

// nftDump reads all objects of a kind. A kernel without nftables has none.
func nftDump(kind int, f family) ([]attributes, error) {
	const tries = 8 // a list that changes during the read is read again; the last try is accepted
	var messages [][]byte
	var err error
	for range tries {
		request := nl.NewNetlinkRequest(unix.NFNL_SUBSYS_NFTABLES<<8|kind, unix.NLM_F_DUMP)
		request.AddData(&nl.Nfgenmsg{NfgenFamily: f.protocol, Version: nl.NFNETLINK_V0})
		messages, err = request.Execute(unix.NETLINK_NETFILTER, 0)
		if !errors.Is(err, nl.ErrDumpInterrupted) {
			break
		}
	}
	switch {
	case errors.Is(err, unix.EPROTONOSUPPORT), errors.Is(err, unix.EINVAL), errors.Is(err, unix.EOPNOTSUPP),
		errors.Is(err, unix.EAFNOSUPPORT):
		return nil, nil // without nfnetlink, without nftables, or without this family
	case settled(err) != nil:
		return nil, fmt.Errorf("asking nftables: %w", err)
	}
	all := make([]attributes, 0, len(messages))
	for _, m := range messages {
		if len(m) < nl.SizeofNfgenmsg {
			return nil, errors.New("nftables sent a short message")
		}
		parsed, err := parseAttributes(m[nl.SizeofNfgenmsg:])
		if err != nil {
			return nil, err
		}
		all = append(all, parsed)
	}
	return all, nil
}

// attributes holds the attributes of a netlink message or of a nested attribute.
type attributes []syscall.NetlinkRouteAttr

func parseAttributes(b []byte) (attributes, error) {
	all, err := nl.ParseRouteAttr(b)
	if err != nil {
		return nil, fmt.Errorf("reading a netlink message: %w", err)
	}
	return all, nil
}

// get returns the value of an attribute, or nil if it is missing.
func (a attributes) get(kind uint16) []byte {
	const flags = unix.NLA_F_NESTED | unix.NLA_F_NET_BYTEORDER
	for _, attribute := range a {
		if attribute.Attr.Type&^flags == kind {
			return attribute.Value
		}
	}
	return nil
}

func (a attributes) text(kind uint16) string { return unix.ByteSliceToString(a.get(kind)) }
