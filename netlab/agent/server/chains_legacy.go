//go:build linux

package server

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"netlab/netlab/fact"
)

// The two options that iptables-legacy uses to read a table, and their constants
// (include/uapi/linux/netfilter_ipv4/ip_tables.h and netfilter/x_tables.h; ip6_tables.h has the same numbers).
const (
	getInfo      = 64 // IPT_SO_GET_INFO
	getEntries   = 65 // IPT_SO_GET_ENTRIES
	entriesStart = 40 // in struct ipt_get_entries
	targetStart  = 32 // after struct xt_entry_target: the verdict, or the name of a chain
	errorTarget  = "ERROR"
	inverseIn    = 1  // IPT_INV_VIA_IN: the rule matches every interface except this
	inverseOut   = 2  // IPT_INV_VIA_OUT
	inverseFrom  = 8  // IPT_INV_SRCIP
	inverseTo    = 16 // IPT_INV_DSTIP
	inverseParts = 32 // IPT_INV_FRAG
	inverseProto = 64 // IPT_INV_PROTO
	fragments    = 1  // IPT_F_FRAG

	verdictDrop   = -1 // -NF_DROP - 1
	verdictAccept = -2 // -NF_ACCEPT - 1
)

// tableInfo is struct ipt_getinfo.
type tableInfo struct {
	Name       [32]byte
	ValidHooks uint32
	HookEntry  [5]uint32
	Underflow  [5]uint32
	NumEntries uint32
	Size       uint32
}

// legacyTables reads the tables of one family.
type legacyTables struct {
	family
	names  string // the file that lists the tables of this network namespace
	domain int
	level  int
	// Where struct ipt_entry or ip6t_entry holds the two offsets, of the target and of the next entry, and the
	// counter.
	offsets, counter int
}

// legacyChains reads the chains of legacy iptables. It only asks for existing tables, because the kernel would create
// a missing one.
func legacyChains(f family) ([]fact.Chain, error) {
	if f.protocol == unix.NFPROTO_INET {
		return nil, nil
	}
	t := legacyTables{f, "/proc/self/net/ip_tables_names", unix.AF_INET, unix.SOL_IP, 88, 96}
	if f.protocol == unix.NFPROTO_IPV6 {
		t = legacyTables{f, "/proc/self/net/ip6_tables_names", unix.AF_INET6, unix.SOL_IPV6, 140, 152}
	}
	names, err := os.ReadFile(t.names)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, nil
	}
	fd, err := unix.Socket(t.domain, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_RAW)
	if err != nil {
		// Without NET_RAW; the options are the same for every socket of the family.
		fd, err = unix.Socket(t.domain, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	}
	if err != nil {
		return nil, fmt.Errorf("opening a socket: %w", err)
	}
	defer unix.Close(fd)
	var found []fact.Chain
	for _, name := range strings.Fields(string(names)) {
		chains, err := t.read(fd, name)
		if err != nil {
			return nil, fmt.Errorf("reading the table %q: %w", name, err)
		}
		found = append(found, chains...)
	}
	return found, nil
}

func (t legacyTables) read(fd int, name string) ([]fact.Chain, error) {
	const tries = 8 // the reported size is out of date if the table has changed since
	for range tries {
		var info tableInfo
		buf := make([]byte, binary.Size(info))
		copy(buf, name)
		if err := getsockopt(fd, t.level, getInfo, buf); err != nil {
			return nil, err
		}
		if _, err := binary.Decode(buf, binary.NativeEndian, &info); err != nil {
			return nil, err
		}
		buf = make([]byte, entriesStart+int(info.Size))
		copy(buf, name)
		binary.NativeEndian.PutUint32(buf[len(info.Name):], info.Size)
		err := getsockopt(fd, t.level, getEntries, buf)
		if errors.Is(err, unix.EAGAIN) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return t.parse(info, buf[entriesStart:])
	}
	return nil, errors.New("it changes all the time")
}

// parse reads a table, which holds the rules of one chain after another. A hook's chain begins at the offset in info
// and ends with its policy. A user's chain begins with an ERROR target that holds its name, and ends with a return.
// Both ends have a counter too.
func (t legacyTables) parse(info tableInfo, entries []byte) ([]fact.Chain, error) {
	var chains []fact.Chain
	names := t.chainNames(entries)
	for at := 0; at < len(entries); {
		entry := entries[at:]
		if len(entry) < t.counter+16 {
			return nil, errors.New("an entry is cut off")
		}
		target := int(binary.NativeEndian.Uint16(entry[t.offsets:]))
		next := int(binary.NativeEndian.Uint16(entry[t.offsets+2:]))
		if target < t.counter+16 || next < target+targetStart+4 || next > len(entry) {
			return nil, errors.New("an entry is not one")
		}
		targetName := unix.ByteSliceToString(entry[target+2 : target+targetStart-1])
		payload := entry[target+targetStart : next]
		chain := fact.Chain{Family: t.name, Table: unix.ByteSliceToString(info.Name[:]), Legacy: true}
		for n, hook := range hookNames() {
			if info.ValidHooks&(1<<n) != 0 && int(info.HookEntry[n]) == at {
				chain.Name, chain.Hook, chain.Policy = strings.ToUpper(hook), hook, fact.PolicyAccept
				chains = append(chains, chain)
			}
		}
		if targetName == errorTarget {
			if at+next < len(entries) { // otherwise the end of the table, which has no other name
				chain.Name = unix.ByteSliceToString(payload)
				chains = append(chains, chain)
			}
			at += next
			continue
		}
		if len(chains) == 0 {
			return nil, errors.New("a rule is in no chain")
		}
		current := &chains[len(chains)-1]
		packets := binary.NativeEndian.Uint64(entry[t.counter:])
		addCounts(current, packets)
		rule := fact.Rule{Number: current.Rules, Counts: true, Packets: packets}
		for n := range info.Underflow {
			if info.ValidHooks&(1<<n) != 0 && int(info.Underflow[n]) == at {
				rule.Number = 0 // a policy
			}
		}
		rule.Verdict = targetVerdict(targetName)
		verdict := int32(binary.NativeEndian.Uint32(payload)) // of the standard target, whose name is empty
		switch {
		case targetName != "":
		case verdict == verdictDrop:
			rule.Verdict = fact.PolicyDrop
		case verdict == verdictAccept && rule.Number > 0:
			rule.Verdict = fact.PolicyAccept
		case verdict > 0 && int(verdict) != at+next: // where to go on; right behind it for a rule that only counts
			rule.Verdict, rule.Chain = fact.VerdictJump, names[int(verdict)]
		}
		if rule.Verdict != "" {
			t.match(&rule, entry[:target])
			keepRule(current, rule)
		}
		if rule.Number == 0 && rule.Verdict == fact.PolicyDrop {
			current.Policy = fact.PolicyDrop
		}
		at += next
	}
	return chains, nil
}

// chainNames returns the names of the user's chains by where their rules begin, behind the entry that has the name.
func (t legacyTables) chainNames(entries []byte) map[int]string {
	names := map[int]string{}
	for at := 0; at+t.counter+16 <= len(entries); {
		target := int(binary.NativeEndian.Uint16(entries[at+t.offsets:]))
		next := int(binary.NativeEndian.Uint16(entries[at+t.offsets+2:]))
		if next < target+targetStart || at+next > len(entries) {
			break // parse says so
		}
		entry := entries[at : at+next]
		at += next
		if unix.ByteSliceToString(entry[target+2:target+targetStart-1]) == errorTarget {
			names[at] = unix.ByteSliceToString(entry[target+targetStart:])
		}
	}
	return names
}

// match records what an entry matches: struct ipt_ip or ip6t_ip6 at its beginning, and the matches after its counter.
func (t legacyTables) match(rule *fact.Rule, entry []byte) {
	const nameSize = unix.IFNAMSIZ
	size := 4
	protocol, flags := 80, 83 // after the masks of the interfaces; invflags after the protocol and the flags
	if t.domain == unix.AF_INET6 {
		size, protocol, flags = 16, 128, 132
	}
	links := 4 * size // after two addresses and their masks
	text := func(s string, inverse byte) string {
		if s != "" && entry[flags]&inverse != 0 {
			return not + s
		}
		return s
	}
	name := func(at int) string { return unix.ByteSliceToString(entry[at : at+nameSize]) }
	subnet := func(at int) string {
		mask := entry[at+2*size : at+3*size]
		length := ones(mask)
		switch {
		case length == 0:
			return ""
		case !isPrefix(mask):
			rule.More = true
			return ""
		}
		return subnetText(entry[at:at+size], length)
	}
	rule.In, rule.Out = text(name(links), inverseIn), text(name(links+nameSize), inverseOut)
	rule.From, rule.To = text(subnet(0), inverseFrom), text(subnet(size), inverseTo)
	if number := binary.NativeEndian.Uint16(entry[protocol:]); number != 0 {
		rule.Network = text(protocolName(byte(number)), inverseProto)
	}
	if t.domain == unix.AF_INET && (entry[flags-1]&fragments != 0 || entry[flags]&inverseParts != 0) {
		rule.More = true // only the fragments of packets after the first
	}
	rule.Every = !slices.ContainsFunc(entry[:flags+1], func(b byte) bool { return b != 0 })
	for at := t.counter + 16; at+targetStart <= len(entry); {
		next := int(binary.NativeEndian.Uint16(entry[at:])) // struct xt_entry_match: its size, a name, a revision
		if next < targetStart || at+next > len(entry) {
			rule.Every, rule.More = false, true
			return
		}
		matchExtension(rule, unix.ByteSliceToString(entry[at+2:at+targetStart-1]), entry[at+targetStart:at+next])
		at += next
	}
}

// getsockopt reads an option into buf, which also holds the request. (Package unix only has it for fixed types.)
func getsockopt(fd, level, option int, buf []byte) error {
	size := uint32(len(buf))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), uintptr(level), uintptr(option),
		uintptr(unsafe.Pointer(&buf[0])), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 {
		return errno
	}
	return nil
}
