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

// nftLoad says what a meta, payload or ct expression loads.
func nftLoad(f family, name string, data attributes) field {
	switch name {
	case "ct":
		return field{}
	case "meta":
		return field{family: f, name: map[uint32]string{
			unix.NFT_META_IIFNAME: fieldIn, unix.NFT_META_OIFNAME: fieldOut, unix.NFT_META_L4PROTO: fieldProtocol,
			unix.NFT_META_NFPROTO: fieldFamily,
		}[number(data.get(unix.NFTA_META_KEY))]}
	}
	at, length := number(data.get(unix.NFTA_PAYLOAD_OFFSET)), number(data.get(unix.NFTA_PAYLOAD_LEN))
	switch number(data.get(unix.NFTA_PAYLOAD_BASE)) {
	case unix.NFT_PAYLOAD_TRANSPORT_HEADER:
		if at <= 2 && at+length >= 4 { // nft loads both ports at once if a rule names both
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

// masked is the field combined with a mask, or unknown if the expression does anything else to it.
func (loaded field) masked(data attributes) (field, error) {
	mask, err := parseAttributes(data.get(unix.NFTA_BITWISE_MASK))
	if err != nil {
		return loaded, err
	}
	xor, err := parseAttributes(data.get(unix.NFTA_BITWISE_XOR))
	if err != nil {
		return loaded, err
	}
	loaded.mask = mask.get(unix.NFTA_DATA_VALUE)
	if loaded.mask == nil || ones(xor.get(unix.NFTA_DATA_VALUE)) > 0 {
		return field{}, nil
	}
	return loaded, nil
}

// nftCompare records what a comparison of a field says about the packets that a rule matches.
func nftCompare(rule *fact.Rule, loaded field, name string, data attributes) error {
	value := func(kind uint16) ([]byte, error) {
		of, err := parseAttributes(data.get(kind))
		return of.get(unix.NFTA_DATA_VALUE), err
	}
	var prefix string
	if name == "range" {
		low, err := value(unix.NFTA_RANGE_FROM_DATA)
		if err != nil {
			return err
		}
		high, err := value(unix.NFTA_RANGE_TO_DATA)
		if err != nil {
			return err
		}
		if number(data.get(unix.NFTA_RANGE_OP)) != unix.NFT_RANGE_EQ {
			prefix = not
		}
		text := ""
		if loaded.isPort(low) && loaded.isPort(high) {
			text = prefix + portRange(binary.BigEndian.Uint16(low), binary.BigEndian.Uint16(high))
		}
		enter(rule, loaded.name, text)
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
	case loaded.isPort(with):
		boundPorts(rule, op, int(binary.BigEndian.Uint16(with)))
		return nil
	default:
		enter(rule, loaded.name, "")
		return nil
	}
	compareField(rule, loaded, prefix, with)
	return nil
}

// isPort reports whether a field is a destination port, and nothing else, compared with a value.
func (loaded field) isPort(with []byte) bool {
	return loaded.name == fieldPort && loaded.mask == nil && len(with) == 2
}

// boundPorts records that a port is less or more than another. nft writes a range as two such comparisons.
func boundPorts(rule *fact.Rule, op uint32, port int) {
	low, high := 0, 1<<16-1
	if rule.Ports != "" {
		a, b, isRange := strings.Cut(rule.Ports, ":")
		var err, err2 error
		low, err = strconv.Atoi(a)
		high, err2 = strconv.Atoi(b)
		if !isRange || err != nil || err2 != nil {
			rule.More = true
			return
		}
	}
	switch op {
	case unix.NFT_CMP_LT:
		high = min(high, port-1)
	case unix.NFT_CMP_LTE:
		high = min(high, port)
	case unix.NFT_CMP_GT:
		low = max(low, port+1)
	case unix.NFT_CMP_GTE:
		low = max(low, port)
	}
	rule.Ports = fmt.Sprintf("%d:%d", low, high)
}

// compareField records that a field has a value, or not.
func compareField(rule *fact.Rule, loaded field, prefix string, with []byte) {
	text := ""
	switch loaded.name {
	case fieldIn, fieldOut:
		text = linkText(with)
	case fieldProtocol:
		if len(with) == 1 {
			text = protocolName(with[0])
		}
	case fieldFrom, fieldTo:
		size := loaded.family.addressSize()
		if loaded.name == fieldFrom && loaded.mask == nil && prefix == "" && len(with) == 2*size {
			// nft loads both addresses at once if a rule names both.
			enter(rule, fieldTo, subnetText(with[size:], 8*size))
			with = with[:size]
		}
		text = comparedSubnet(loaded, with)
	case fieldPort:
		if loaded.isPort(with) {
			text = strconv.Itoa(int(binary.BigEndian.Uint16(with)))
		}
	case fieldFamily:
		if loaded.family.protocol != unix.NFPROTO_INET {
			return // it is the table's own
		}
	}
	if loaded.mask != nil && loaded.name != fieldFrom && loaded.name != fieldTo {
		text = ""
	}
	if text != "" {
		text = prefix + text
	}
	enter(rule, loaded.name, text)
}

// enter records what a rule matches in a field. With "" it is something that was not read. A rule has room for one
// value of each field; the first one counts, and another is something more.
func enter(rule *fact.Rule, name, text string) {
	at := map[string]*string{
		fieldIn: &rule.In, fieldOut: &rule.Out, fieldFrom: &rule.From, fieldTo: &rule.To, fieldProtocol: &rule.Network,
		fieldPort: &rule.Ports,
	}[name]
	switch {
	case at != nil && text != "" && (*at == "" || *at == text):
		*at = text
		return
	case name == fieldPort && rule.Ports == "":
		rule.Ports = unreadPorts
	}
	rule.More = true
}

// linkText returns the name of an interface that is compared, with a plus sign for the beginning of a name, as iptables
// writes it: a whole name is compared including the zero byte that ends it.
func linkText(with []byte) string {
	name := unix.ByteSliceToString(with)
	if len(name) == len(with) {
		name += "+"
	}
	return name
}

// comparedSubnet returns the subnet that an address is compared with, or "" if it is none. iptables loads as many bytes
// as the prefix has, or combines the address with a mask.
func comparedSubnet(loaded field, with []byte) string {
	size := loaded.family.addressSize()
	if len(with) > size || loaded.mask != nil && len(loaded.mask) != len(with) {
		return ""
	}
	length := 8 * len(with)
	if loaded.mask != nil {
		if length = ones(loaded.mask); !isPrefix(loaded.mask) {
			return ""
		}
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

// isPrefix reports whether a mask is that of a subnet: no bit is set after one that is not.
func isPrefix(mask []byte) bool {
	n := ones(mask)
	for i, b := range mask {
		if b != byte(0xff<<(8-min(max(n-8*i, 0), 8))) {
			return false
		}
	}
	return true
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
		ports := portRange(low, high)
		if inverse&2 != 0 { // XT_TCP_INV_DSTPT, XT_UDP_INV_DSTPT
			ports = not + ports
		}
		enter(rule, fieldPort, ports)
	case name == "multiport" && len(info) >= 48 && info[0] == multiportSource:
		rule.Every, rule.More = false, true
	case name == "multiport" && len(info) >= 48:
		rule.Every = false
		enter(rule, fieldPort, multiport(info))
	default:
		rule.Every, rule.More = false, true
		if name == "set" || name == "multiport" {
			enter(rule, fieldPort, "")
		}
	}
}

// What a multiport match compares (enum xt_multiport_flags): ports of the source, of the destination, or of either.
const multiportSource, multiportDestination = 0, 1

// multiport reads struct xt_multiport_v1: what it compares, how many ports, the ports, whether each begins a range,
// and whether it is inverted. It returns "" if it is not about destination ports alone.
func multiport(info []byte) string {
	const most = 15
	count := min(int(info[1]), most)
	if info[0] != multiportDestination {
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
