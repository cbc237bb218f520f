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
	counts []uint64  // the packet count of each counter
	does   fact.Rule // its Verdict is "" if it only counts
}

// nftRule reads what a rule counts, what it matches and what it does.
func nftRule(f family, of attributes) (nftableRule, error) {
	var rule nftableRule
	list, err := parseAttributes(of.get(unix.NFTA_RULE_EXPRESSIONS))
	if err != nil {
		return rule, err
	}
	matched := &rule.does
	matched.Every, matched.Comment = true, nftComment(of.get(unix.NFTA_RULE_USERDATA))
	var loaded field // what the last load put into the register
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
			verdict, to, err := nftVerdict(data)
			if err != nil {
				return rule, err
			}
			if verdict != "" {
				matched.Verdict, matched.Chain = verdict, to
			}
		case "reject":
			matched.Verdict = fact.VerdictReject
		case "masq":
			matched.Verdict = fact.VerdictMasquerade
		case "redir":
			matched.Verdict = fact.VerdictDNAT
		case "nat":
			matched.Verdict = fact.VerdictSNAT
			if number(data.get(unix.NFTA_NAT_TYPE)) == unix.NFT_NAT_DNAT {
				matched.Verdict = fact.VerdictDNAT
			}
		case "target":
			matched.Verdict = targetVerdict(data.text(unix.NFTA_TARGET_NAME))
		case "match":
			matchExtension(matched, data.text(unix.NFTA_MATCH_NAME), data.get(unix.NFTA_MATCH_INFO))
		case "meta", "payload", "ct":
			if data.get(source(name)) != nil {
				break // it writes, and matches nothing
			}
			matched.Every = false
			loaded = nftLoad(f, name, data)
		case "bitwise":
			if loaded, err = loaded.masked(data); err != nil {
				return rule, err
			}
		case "lookup":
			matched.Every = false
			enter(matched, loaded.name, "")
			loaded = field{}
			if to := data.get(unix.NFTA_LOOKUP_DREG); to != nil && number(to) == unix.NFT_REG_VERDICT {
				matched.Verdict = fact.VerdictUnread
			}
		case "cmp", "range":
			if err := nftCompare(matched, loaded, name, data); err != nil {
				return rule, err
			}
		case "queue", "synproxy":
			matched.Verdict = fact.VerdictUnread
		case "log", "notrack", "last":
		default:
			matched.Every, matched.More = false, true
			loaded = field{}
		}
	}
	return rule, nil
}

// source returns the attribute of an expression that writes: the register that it takes the value from.
func source(name string) uint16 {
	switch name {
	case "meta":
		return unix.NFTA_META_SREG
	case "payload":
		return unix.NFTA_PAYLOAD_SREG
	}
	return unix.NFTA_CT_SREG
}

const (
	nfDrop       = 0 // NF_DROP
	nfAccept     = 1 // NF_ACCEPT
	targetReject = "REJECT"
)

// targetVerdict returns what a target of iptables does to a packet, or "" if it decides nothing.
func targetVerdict(name string) string {
	return map[string]string{
		targetReject: fact.VerdictReject, "MASQUERADE": fact.VerdictMasquerade, "SNAT": fact.VerdictSNAT,
		"DNAT": fact.VerdictDNAT, "REDIRECT": fact.VerdictDNAT, "NFQUEUE": fact.VerdictUnread,
		"TPROXY": fact.VerdictUnread, "SYNPROXY": fact.VerdictUnread,
	}[name]
}

// nftVerdict returns what an immediate verdict does, and the chain of a jump. It returns "" for any other immediate
// and for a return.
func nftVerdict(data attributes) (verdict, to string, err error) {
	inner, err := parseAttributes(data.get(unix.NFTA_IMMEDIATE_DATA))
	if err != nil {
		return "", "", err
	}
	of, err := parseAttributes(inner.get(unix.NFTA_DATA_VERDICT))
	if err != nil {
		return "", "", err
	}
	code := of.get(unix.NFTA_VERDICT_CODE)
	to = of.text(unix.NFTA_VERDICT_CHAIN)
	switch {
	case code == nil:
		return "", "", nil
	case to != "":
		return fact.VerdictJump, to, nil
	case number(code) == nfDrop:
		return fact.PolicyDrop, "", nil
	case number(code) == nfAccept:
		return fact.PolicyAccept, "", nil
	}
	return "", "", nil
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
