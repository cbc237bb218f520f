//go:build linux

package server

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// routeFamilies returns the families of routes and rules, by their names in ip(8).
func routeFamilies() []family { return []family{{"ip", unix.AF_INET}, {"ip6", unix.AF_INET6}} }

// readRoutes returns the main table, IPv4 first, and the routes of the tables that only rules lead to.
func readRoutes(names map[int]string) (main, others []fact.Route, err error) {
	main = []fact.Route{}
	kinds := map[int]string{
		unix.RTN_BLACKHOLE: "blackhole", unix.RTN_UNREACHABLE: "unreachable", unix.RTN_PROHIBIT: "prohibit",
		unix.RTN_THROW: "throw",
	}
	for _, f := range routeFamilies() {
		every := &netlink.Route{Table: unix.RT_TABLE_UNSPEC}
		list, err := netlink.RouteListFiltered(int(f.protocol), every, netlink.RT_FILTER_TABLE)
		if settled(err) != nil {
			return nil, nil, fmt.Errorf("reading the routes: %w", err)
		}
		for _, r := range list {
			route := fact.Route{
				Destination: "0.0.0.0/0", Link: names[r.LinkIndex], Source: text(r.Src), Gateway: gatewayOf(r.Gw, r.Via),
				Kind: kinds[r.Type],
			}
			switch {
			case r.Dst != nil:
				route.Destination = r.Dst.String()
			case f.protocol == unix.AF_INET6:
				route.Destination = "::/0"
			}
			ways := []fact.Route{route}
			if len(r.MultiPath) > 0 {
				ways = nil
			}
			for _, hop := range r.MultiPath {
				route.Link, route.Gateway = names[hop.LinkIndex], gatewayOf(hop.Gw, hop.Via)
				ways = append(ways, route)
			}
			switch r.Table {
			case fact.TableMain:
				main = append(main, ways...)
			case fact.TableDefault, fact.TableLocal:
			default:
				for i := range ways {
					ways[i].Table = r.Table
				}
				others = append(others, ways...)
			}
		}
	}
	return main, others, nil
}

// gatewayOf returns the gateway of a route, or "". One of the other family is in via (RFC 5549).
func gatewayOf(gateway net.IP, via netlink.Destination) string {
	if v, ok := via.(*netlink.Via); ok && gateway == nil {
		gateway = v.Addr
	}
	return text(gateway)
}

// readRules returns the routing rules. It does not use a library, because that leaves out what a rule does.
func readRules() ([]fact.RoutingRule, error) {
	var rules []fact.RoutingRule
	for _, f := range routeFamilies() {
		request := nl.NewNetlinkRequest(unix.RTM_GETRULE, unix.NLM_F_DUMP)
		request.AddData(nl.NewIfInfomsg(int(f.protocol)))
		messages, err := request.Execute(unix.NETLINK_ROUTE, unix.RTM_NEWRULE)
		var errno syscall.Errno
		switch {
		case errors.As(err, &errno):
			continue // a kernel without this family, or without rules
		case settled(err) != nil:
			return nil, fmt.Errorf("reading the routing rules: %w", err)
		}
		for _, m := range messages {
			if len(m) < unix.SizeofRtMsg {
				return nil, errors.New("reading the routing rules: the kernel sent a short message")
			}
			rule, err := parseRule(m)
			if err != nil {
				return nil, err
			}
			rule.Family = f.name
			rules = append(rules, rule)
		}
	}
	return rules, nil
}

// parseRule reads a rule: struct fib_rule_hdr, which has the layout of struct rtmsg, and attributes (fib_rules.h).
func parseRule(message []byte) (fact.RoutingRule, error) {
	header := nl.DeserializeRtMsg(message)
	of, err := parseAttributes(message[header.Len():])
	if err != nil {
		return fact.RoutingRule{}, err
	}
	word := func(kind uint16) uint32 {
		if b := of.get(kind); len(b) >= 4 {
			return binary.NativeEndian.Uint32(b)
		}
		return 0
	}
	subnet := func(kind uint16, bits uint8) string {
		a, ok := netip.AddrFromSlice(of.get(kind))
		if !ok {
			return ""
		}
		return netip.PrefixFrom(a, int(bits)).String()
	}
	rule := fact.RoutingRule{
		Priority: int(word(nl.FRA_PRIORITY)), Not: header.Flags&unix.FIB_RULE_INVERT != 0,
		From: subnet(nl.FRA_SRC, header.Src_len), To: subnet(nl.FRA_DST, header.Dst_len),
		In: of.text(nl.FRA_IIFNAME), Out: of.text(nl.FRA_OIFNAME), Narrow: header.Tos != 0,
		Table: int(word(unix.RTA_TABLE)),
	}
	for _, a := range of {
		rule.Narrow = rule.Narrow || narrows(a.Attr.Type)
	}
	if mark, mask := word(nl.FRA_FWMARK), of.get(nl.FRA_FWMASK); mask != nil && word(nl.FRA_FWMASK) != 0 {
		rule.Mark = fmt.Sprintf("%#x", mark)
		if m := word(nl.FRA_FWMASK); m != ^uint32(0) {
			rule.Mark += fmt.Sprintf("/%#x", m)
		}
	}
	if b := of.get(nl.FRA_SUPPRESS_PREFIXLEN); b != nil {
		rule.AtLeast = int(int32(word(nl.FRA_SUPPRESS_PREFIXLEN))) + 1 // -1 for a rule that suppresses nothing
	}
	switch header.Type {
	case unix.FR_ACT_TO_TBL:
	case unix.FR_ACT_GOTO:
		rule.Action = fmt.Sprintf("goto %d", word(nl.FRA_GOTO))
	case unix.FR_ACT_NOP:
		rule.Action = "nop"
	case unix.FR_ACT_BLACKHOLE:
		rule.Action = "blackhole"
	case unix.FR_ACT_UNREACHABLE:
		rule.Action = "unreachable"
	case unix.FR_ACT_PROHIBIT:
		rule.Action = "prohibit"
	}
	if rule.Action != "" {
		rule.Table = 0
	}
	return rule, nil
}

// narrows reports whether a rule with an attribute selects by something that a fact.RoutingRule does not have. Those
// after the ports are of newer kernels: DSCP, the flow label, masks of ports.
func narrows(attribute uint16) bool {
	switch attribute {
	case nl.FRA_TUN_ID, nl.FRA_SUPPRESS_IFGROUP, nl.FRA_L3MDEV, nl.FRA_UID_RANGE, nl.FRA_IP_PROTO, nl.FRA_SPORT_RANGE:
		return true
	}
	return attribute >= nl.FRA_DPORT_RANGE
}

// noWay returns why the kernel knows no way for a packet, by its answer to RTM_GETROUTE (net/ipv4/fib_semantics.c,
// fib_props; fib_frontend.c, fib_validate_source). It is "" for any other error. For a packet that came in, Linux 6.13
// and later say EINVAL for every refusal.
func noWay(err error) string {
	switch {
	case errors.Is(err, unix.ENETUNREACH):
		return probe.WayNone
	case errors.Is(err, unix.EHOSTUNREACH):
		return probe.WayUnreachable
	case errors.Is(err, unix.EINVAL):
		return probe.WayBlackhole
	case errors.Is(err, unix.EACCES):
		return probe.WayProhibit
	case errors.Is(err, unix.EXDEV):
		return probe.WaySpoofed
	}
	return ""
}

// routeGet answers probe.RouteGet.
func routeGet(q probe.RouteGet) probe.Outcome {
	to, err := netip.ParseAddr(q.To)
	if err != nil {
		return broken("%q is not an address", q.To)
	}
	options := &netlink.RouteGetOptions{Iif: q.In}
	if q.From != "" {
		from, err := netip.ParseAddr(q.From)
		if err != nil {
			return broken("%q is not an address", q.From)
		}
		options.SrcAddr = net.IP(from.AsSlice())
	}
	routes, err := netlink.RouteGetWithOptions(net.IP(to.AsSlice()), options)
	var errno syscall.Errno
	switch {
	case errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EXDEV):
		errors.As(err, &errno)
		return probe.Outcome{Reason: probe.Denied, Detail: errnoWords(errno), Value: noWay(err)}
	case errors.As(err, &errno) && errnoReason(errno) != probe.Broken:
		return probe.Outcome{Reason: errnoReason(errno), Detail: errnoWords(errno), Value: noWay(err)}
	case err != nil:
		return broken("asking for the route to %s: %v", to, err)
	case len(routes) == 0:
		return broken("asking for the route to %s: the kernel sent none", to)
	}
	r := routes[0]
	path := &probe.Path{Source: text(r.Src), Gateway: gatewayOf(r.Gw, r.Via), Table: r.Table}
	if link, err := netlink.LinkByIndex(r.LinkIndex); err == nil {
		path.Link = link.Attrs().Name
	}
	return probe.Outcome{Reason: probe.OK, Path: path}
}
