//go:build linux

package server

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"netlab/netlab/fact"
)

// An nftableRule is a list of expressions: loads into a register, comparisons of it, a counter, a verdict. iptables
// writes the same, with its own matches and targets where nftables has none.
type nftableRule struct {
	counts []uint64   // the packet count of each counter
	to     string     // the chain it jumps to; "" for none
	drop   *fact.Rule // nil if it neither drops nor rejects
}

// nftRule reads what a rule counts, where it jumps to, and what it drops.
func nftRule(of attributes) (nftableRule, error) {
	var rule nftableRule
	list, err := parseAttributes(of.get(unix.NFTA_RULE_EXPRESSIONS))
	if err != nil {
		return rule, err
	}
	matched := fact.Rule{Every: true, Comment: nftComment(of.get(unix.NFTA_RULE_USERDATA))}
	var loaded uint32 // the key of the last meta expression
	for _, element := range list {
		expression, err := parseAttributes(element.Value)
		if err != nil {
			return rule, err
		}
		data, err := parseAttributes(expression.get(unix.NFTA_EXPR_DATA))
		if err != nil {
			return rule, err
		}
		switch name := expression.text(unix.NFTA_EXPR_NAME); name {
		case "counter":
			packets, err := nftPackets(expression.get(unix.NFTA_EXPR_DATA))
			if err != nil {
				return rule, err
			}
			rule.counts = append(rule.counts, packets)
			matched.Counts, matched.Packets = true, packets
		case "immediate":
			var code uint32
			if code, rule.to, err = nftVerdict(data); err != nil {
				return rule, err
			}
			if code == nfDrop && rule.to == "" {
				matched.Verdict = fact.PolicyDrop
			}
		case "reject":
			matched.Verdict = fact.VerdictReject
		case "target":
			if data.text(unix.NFTA_TARGET_NAME) == targetReject {
				matched.Verdict = fact.VerdictReject
			}
		case "match":
			matched.Every = matched.Every && data.text(unix.NFTA_MATCH_NAME) == "comment"
		case "meta":
			loaded = number(data.get(unix.NFTA_META_KEY))
			matched.Every = false
		case "cmp":
			if err := nftInterface(&matched, loaded, data); err != nil {
				return rule, err
			}
			loaded = 0
		default:
			matched.Every = false
		}
	}
	if matched.Verdict != "" {
		rule.drop = &matched
	}
	return rule, nil
}

const (
	nfDrop       = 0 // NF_DROP
	targetReject = "REJECT"
)

// nftVerdict returns the code of an immediate verdict, and the chain of a jump. For any other immediate, the code is
// not one of the kernel's.
func nftVerdict(data attributes) (code uint32, to string, err error) {
	inner, err := parseAttributes(data.get(unix.NFTA_IMMEDIATE_DATA))
	if err != nil {
		return 0, "", err
	}
	verdict, err := parseAttributes(inner.get(unix.NFTA_DATA_VERDICT))
	if err != nil {
		return 0, "", err
	}
	if verdict.get(unix.NFTA_VERDICT_CODE) == nil {
		return ^uint32(0), "", nil
	}
	return number(verdict.get(unix.NFTA_VERDICT_CODE)), verdict.text(unix.NFTA_VERDICT_CHAIN), nil
}

// nftInterface records the interface if the comparison is about one.
func nftInterface(rule *fact.Rule, loaded uint32, data attributes) error {
	value, err := parseAttributes(data.get(unix.NFTA_CMP_DATA))
	if err != nil {
		return err
	}
	name := unix.ByteSliceToString(value.get(unix.NFTA_DATA_VALUE))
	if number(data.get(unix.NFTA_CMP_OP)) == unix.NFT_CMP_NEQ {
		name = "! " + name
	}
	switch loaded {
	case unix.NFT_META_IIFNAME:
		rule.In = name
	case unix.NFT_META_OIFNAME:
		rule.Out = name
	}
	return nil
}

// nftComment finds a rule's comment in the data that nft(8) stores with it: entries that start with one byte each for
// type and length.
func nftComment(userdata []byte) string {
	const comment = 0 // NFTNL_UDATA_RULE_COMMENT
	for len(userdata) >= 2 {
		kind, length := userdata[0], int(userdata[1])
		userdata = userdata[2:]
		if length > len(userdata) {
			return ""
		}
		if kind == comment {
			return unix.ByteSliceToString(userdata[:length])
		}
		userdata = userdata[length:]
	}
	return ""
}

// number returns the number in an attribute, or 0 if it is not one.
func number(b []byte) uint32 {
	if len(b) != 4 {
		return 0
	}
	return binary.BigEndian.Uint32(b)
}
