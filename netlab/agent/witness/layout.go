//go:build linux

package witness

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cilium/ebpf/btf"
)

// A layout is where the kernel that runs has what the program reads, in bytes from the start of each struct.
type layout struct {
	head, network, device, arrived, refdst int // sk_buff: head, network_header, dev, skb_iif, _skb_refdst
	index, name, net                       int // net_device: ifindex, name, nd_net
	inode                                  int // net: ns.inum
	destination                            int // dst_entry: dev

	reasons map[uint32]string // their names, without the prefix
}

// reasonPrefix begins the names of enum skb_drop_reason.
const reasonPrefix = "SKB_DROP_REASON_"

var errNoReasons = errors.New("this kernel gives no reasons for drops, which Linux 5.17 was the first to do")

// readLayout finds everything in the kernel's BTF. The error is a sentence about the kernel.
func readLayout(kernel *btf.Spec) (*layout, error) {
	l := &layout{reasons: map[uint32]string{}}
	var reasons *btf.Enum
	if err := kernel.TypeByName("skb_drop_reason", &reasons); err != nil || !tellsReason(kernel) {
		return nil, errNoReasons
	}
	for _, v := range reasons.Values {
		l.reasons[uint32(v.Value)] = strings.TrimPrefix(v.Name, reasonPrefix)
	}
	for _, field := range []struct {
		into *int
		in   string
		path []string
	}{
		{&l.head, "sk_buff", []string{"head"}},
		{&l.network, "sk_buff", []string{"network_header"}},
		{&l.device, "sk_buff", []string{"dev"}},
		{&l.arrived, "sk_buff", []string{"skb_iif"}},
		{&l.refdst, "sk_buff", []string{"_skb_refdst"}},
		{&l.index, "net_device", []string{"ifindex"}},
		{&l.name, "net_device", []string{"name"}},
		{&l.net, "net_device", []string{"nd_net", "net"}},
		{&l.inode, "net", []string{"ns", "inum"}},
		{&l.destination, "dst_entry", []string{"dev"}},
	} {
		var in *btf.Struct
		if err := kernel.TypeByName(field.in, &in); err != nil {
			return nil, fmt.Errorf("this kernel's BTF does not describe struct %s", field.in)
		}
		var err error
		if *field.into, err = offset(in, field.path); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// tellsReason reports whether the tracepoint says the reason. The kernel had the reasons before it did.
func tellsReason(kernel *btf.Spec) bool {
	const reason = 3 // after the tracepoint's own data, the packet and the place in the code
	var probe *btf.Typedef
	if kernel.TypeByName("btf_trace_kfree_skb", &probe) != nil {
		return false
	}
	pointer, _ := btf.UnderlyingType(probe.Type).(*btf.Pointer)
	if pointer == nil {
		return false
	}
	f, _ := pointer.Target.(*btf.FuncProto)
	if f == nil || len(f.Params) <= reason {
		return false
	}
	_, is := btf.UnderlyingType(f.Params[reason].Type).(*btf.Enum)
	return is
}

// offset follows the names of members into a struct.
func offset(in btf.Type, path []string) (int, error) {
	at := 0
	for _, name := range path {
		m, found := member(in, name)
		if !found {
			return 0, fmt.Errorf("this kernel's %s has no field %s", in.TypeName(), name)
		}
		at += int(m.Offset.Bytes())
		in = btf.UnderlyingType(m.Type)
	}
	return at, nil
}

// member finds a member of a struct or union, or of the nameless ones in it.
func member(in btf.Type, name string) (btf.Member, bool) {
	var members []btf.Member
	switch t := in.(type) {
	case *btf.Struct:
		members = t.Members
	case *btf.Union:
		members = t.Members
	}
	for _, m := range members {
		if m.Name == name {
			return m, m.BitfieldSize == 0
		}
		if m.Name != "" {
			continue
		}
		if inner, found := member(btf.UnderlyingType(m.Type), name); found {
			inner.Offset += m.Offset
			return inner, true
		}
	}
	return btf.Member{}, false
}
