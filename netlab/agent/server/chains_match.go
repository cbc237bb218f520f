//go:build linux

package server

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"netlab/netlab/fact"
)

// A field is a part of a packet that a rule loads, to compare it.
type field struct {
	name   string // one of the constants below; "" for any other
	family family // of an address
	mask   []byte // that it was combined with, or nil
}

const (
	fieldIn       = "in"
	fieldOut      = "out"
	fieldProtocol = "protocol"
	fieldFrom     = "from"
	fieldTo       = "to"
	fieldPort     = "port" // of the destination
	fieldFamily   = "family"
)

// not precedes what a rule does not match, as iptables writes it.
const not = "! "

// nftLoad says what a meta or payload expression loads.
func nftLoad(f family, name string, data attributes) field {
	if name == "meta" {
		return field{name: map[uint32]string{
			unix.NFT_META_IIFNAME: fieldIn, unix.NFT_META_OIFNAME: fieldOut, unix.NFT_META_L4PROTO: fieldProtocol,
			unix.NFT_META_NFPROTO: fieldFamily,
		}[number(data.get(unix.NFTA_META_KEY))]}
	}
	at := number(data.get(unix.NFTA_PAYLOAD_OFFSET))
	switch number(data.get(unix.NFTA_PAYLOAD_BASE)) {
	case unix.NFT_PAYLOAD_TRANSPORT_HEADER:
		if at == 2 && number(data.get(unix.NFTA_PAYLOAD_LEN)) == 2 {
			return field{name: fieldPort}
		}
	case unix.NFT_PAYLOAD_NETWORK_HEADER:
		four := map[uint32]string{9: fieldProtocol, 12: fieldFrom, 16: fieldTo}
		six := map[uint32]string{6: fieldProtocol, 8: fieldFrom, 24: fieldTo}
		switch f.protocol {
		case unix.NFPROTO_IPV4:
			return field{name: four[at], family: f}
		case unix.NFPROTO_IPV6:
			return field{name: six[at], family: f}
		}
	}
	return field{}
}

// nftCompare records what a comparison of a field says about the packets that a rule matches.
func nftCompare(rule *fact.Rule, loaded field, name string, data attributes) error {
	value := func(kind uint16) ([]byte, error) {
		of, err := parseAttributes(data.get(kind))
		return of.get(unix.NFTA_DATA_VALUE), err
	}
	var prefix string
	switch name {
	case "range":
		low, err := value(unix.NFTA_RANGE_FROM_DATA)
		if err != nil {
			return err
		}
		high, err := value(unix.NFTA_RANGE_TO_DATA)
		if err != nil {
			return err
		}
		if loaded.name != fieldPort || len(low) != 2 || len(high) != 2 {
			rule.More = true
			return nil
		}
		if number(data.get(unix.NFTA_RANGE_OP)) != unix.NFT_RANGE_EQ {
			prefix = not
		}
		rule.Ports = prefix + portRange(binary.BigEndian.Uint16(low), binary.BigEndian.Uint16(high))
		return nil
	case "lookup":
		if loaded.name == fieldPort {
			rule.Ports = unreadPorts
		}
		rule.More = true
		return nil
	}
	with, err := value(unix.NFTA_CMP_DATA)
	if err != nil {
		return err
	}
	switch op := number(data.get(unix.NFTA_CMP_OP)); {
	case op == unix.NFT_CMP_EQ:
	case op == unix.NFT_CMP_NEQ:
		prefix = not
	case loaded.name == fieldPort && len(with) == 2:
		boundPorts(rule, op, int(binary.BigEndian.Uint16(with)))
		return nil
	default:
		rule.More = true
		return nil
	}
	compareField(rule, loaded, prefix, with)
	return nil
}

// boundPorts records that a port is less or more than another. nft writes a range as two such comparisons.
func boundPorts(rule *fact.Rule, op uint32, port int) {
	low, high := 0, 1<<16-1
	if a, b, isRange := strings.Cut(rule.Ports, ":"); isRange {
		low, _ = strconv.Atoi(a)
		high, _ = strconv.Atoi(b)
	}
	switch op {
	case unix.NFT_CMP_LT:
		high = port - 1
	case unix.NFT_CMP_LTE:
		high = port
	case unix.NFT_CMP_GT:
		low = port + 1
	case unix.NFT_CMP_GTE:
		low = port
	}
	rule.Ports = fmt.Sprintf("%d:%d", low, high)
}

// compareField records that a field has a value, or not.
func compareField(rule *fact.Rule, loaded field, prefix string, with []byte) {
	switch loaded.name {
	case fieldIn:
		rule.In = prefix + unix.ByteSliceToString(with)
	case fieldOut:
		rule.Out = prefix + unix.ByteSliceToString(with)
	case fieldProtocol:
		if len(with) == 1 {
			rule.Network = prefix + protocolName(with[0])
		}
	case fieldFrom:
		rule.From = prefix + comparedSubnet(loaded, with)
	case fieldTo:
		rule.To = prefix + comparedSubnet(loaded, with)
	case fieldPort:
		if len(with) == 2 {
			rule.Ports = prefix + strconv.Itoa(int(binary.BigEndian.Uint16(with)))
		}
	case fieldFamily: // the port or the protocol that follows says more
	default:
		rule.More = true
	}
}

// comparedSubnet returns the subnet that an address is compared with. iptables loads as many bytes as the prefix has,
// or combines the address with a mask.
func comparedSubnet(loaded field, with []byte) string {
	size := 4
	if loaded.family.protocol == unix.NFPROTO_IPV6 {
		size = 16
	}
	if len(with) > size || loaded.mask != nil && len(loaded.mask) != len(with) {
		return ""
	}
	length := 8 * len(with)
	if loaded.mask != nil {
		length = ones(loaded.mask)
	}
	return subnetText(append(bytes.Clone(with), make([]byte, size-len(with))...), length)
}

func subnetText(address []byte, length int) string {
	a, ok := netip.AddrFromSlice(address)
	if !ok {
		return ""
	}
	return netip.PrefixFrom(a, length).String()
}

func ones(mask []byte) int {
	n := 0
	for _, b := range mask {
		n += bits.OnesCount8(b)
	}
	return n
}

func protocolName(number byte) string {
	switch number {
	case unix.IPPROTO_TCP:
		return "tcp"
	case unix.IPPROTO_UDP:
		return "udp"
	}
	return strconv.Itoa(int(number))
}

// unreadPorts stands for ports in a set or another match that is not read.
const unreadPorts = "?"

func portRange(low, high uint16) string {
	if low == high {
		return strconv.Itoa(int(low))
	}
	return fmt.Sprintf("%d:%d", low, high)
}

// matchExtension records what an extension of iptables matches (include/uapi/linux/netfilter/xt_tcpudp.h and
// xt_multiport.h). Only destination ports are read.
func matchExtension(rule *fact.Rule, name string, info []byte) {
	native := binary.NativeEndian
	switch {
	case name == "comment":
		rule.Comment = unix.ByteSliceToString(info)
	case name == "tcp" && len(info) >= 12, name == "udp" && len(info) >= 9:
		rule.Every = false
		inverse := info[8] // of struct xt_udp
		if name == "tcp" {
			inverse = info[11]
			rule.More = rule.More || info[8] != 0 || info[9] != 0 // an option or flags
		}
		if native.Uint16(info) != 0 || native.Uint16(info[2:]) != 0xffff {
			rule.More = true // source ports
		}
		low, high := native.Uint16(info[4:]), native.Uint16(info[6:])
		if low == 0 && high == 0xffff {
			return
		}
		rule.Ports = portRange(low, high)
		if inverse&2 != 0 { // XT_TCP_INV_DSTPT, XT_UDP_INV_DSTPT
			rule.Ports = not + rule.Ports
		}
	case name == "multiport" && len(info) >= 48:
		rule.Every = false
		rule.Ports = multiport(info)
		rule.More = rule.More || rule.Ports == ""
	default:
		rule.Every, rule.More = false, true
		if name == "set" || name == "multiport" {
			rule.Ports = unreadPorts
		}
	}
}

// multiport reads struct xt_multiport_v1: what it compares, how many ports, the ports, whether each begins a range,
// and whether it is inverted. It returns "" if it is not about destination ports.
func multiport(info []byte) string {
	const source, most = 0, 15
	count := min(int(info[1]), most)
	if info[0] == source {
		return ""
	}
	var words []string
	for i := 0; i < count; i++ {
		low := binary.NativeEndian.Uint16(info[2+2*i:])
		high := low
		if info[2+2*most+i] != 0 && i+1 < count {
			i++
			high = binary.NativeEndian.Uint16(info[2+2*i:])
		}
		words = append(words, portRange(low, high))
	}
	if info[2+3*most] != 0 {
		return not + strings.Join(words, ",")
	}
	return strings.Join(words, ",")
}
