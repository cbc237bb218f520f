package scan

import (
	"cmp"
	"fmt"
	"slices"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
	"netlab/netlab/survey"
)

// A Way is where the host's kernel sends packets of a bridge network, asked without sending one.
type Way struct {
	Network string
	Address string        // of a container there, or one that a container could have
	Out     probe.Outcome // from the address to outside
	Back    probe.Outcome // to the address
}

// beyond stands for any address beyond the host. It is reserved for documentation (RFC 5737), so no route is about it
// alone.
const beyond = "198.51.100.1"

// way returns what is known about a network, or nil.
func (f *Facts) way(network string) *Way {
	i := slices.IndexFunc(f.Ways, func(w Way) bool { return w.Network == network })
	if i < 0 {
		return nil
	}
	return &f.Ways[i]
}

// leavesBy is the interface that the packets of a network's containers leave the host by, or "".
func (f *Facts) leavesBy(n *fact.Network) string {
	if w := f.way(n.Name); w != nil && w.Out.Reason == probe.OK && w.Out.Path != nil {
		return w.Out.Path.Link
	}
	return egress(f.Host)
}

// policyRoute: a routing rule sends a network's packets, or the answers to them, elsewhere.
func policyRoute(f *Facts) []result.Finding {
	if f.Host == nil {
		return nil
	}
	var all []result.Finding
	for _, n := range f.bridges() {
		w := f.way(n.Name)
		if w == nil {
			continue
		}
		if c := strayReply(f.Host, n, w); c != nil {
			all = append(all, found(f.grave(n), c))
		}
		if c, severity := f.strayRequest(n, w); c != nil {
			all = append(all, found(severity, c))
		}
	}
	return all
}

// strayReply is the cause if packets for a network's containers do not go to its bridge because of a routing rule.
func strayReply(host *fact.Stack, n *fact.Network, w *Way) *result.Cause {
	if w.Back.Reason == probe.Broken ||
		w.Back.Reason == probe.OK && (w.Back.Path == nil || w.Back.Path.Link == n.Interface) {
		return nil
	}
	r := ruleFor(host, w.Address, beyond, "", &w.Back)
	if r == nil {
		return nil
	}
	return &result.Cause{
		Title:  fmt.Sprintf("A routing rule on the host keeps packets for %s from its bridge: %s.", n.Name, said(&w.Back)),
		Object: n.Name, Direction: result.Reply,
		Evidence: []probe.Evidence{
			say.Seen("ip rule on the host", "%s", r),
			say.Seen("ip route get "+w.Address, "%s, but the network's bridge is %s", said(&w.Back), n.Interface),
		},
		Fix: []result.Fix{lookUpMain(n, r, "to")},
	}
}

// strayRequest is the cause if a routing rule sends what a network's containers send another way than what the host
// sends, or nowhere.
func (f *Facts) strayRequest(n *fact.Network, w *Way) (*result.Cause, string) {
	own := f.Own.Path
	if n.Internal || f.Own.Reason != probe.OK || own == nil || w.Out.Reason == probe.Broken ||
		w.Out.Reason == probe.OK && (w.Out.Path == nil || w.Out.Path.Link == own.Link) {
		return nil, ""
	}
	r := ruleFor(f.Host, beyond, w.Address, n.Interface, &w.Out)
	if r == nil {
		return nil, ""
	}
	cause := &result.Cause{
		Title: fmt.Sprintf("A routing rule on the host sends what leaves %s another way: %s. The host itself uses %s.",
			n.Name,
			said(&w.Out), own.Link),
		Object: n.Name, Direction: result.Request,
		Evidence: []probe.Evidence{
			say.Seen("ip rule on the host", "%s", r),
			say.Seen(fmt.Sprintf("ip route get %s from %s iif %s", beyond, w.Address, n.Interface), "%s", said(&w.Out)),
			say.Seen("ip route get "+beyond, "%s", said(&f.Own)),
		},
		Fix: []result.Fix{lookUpMain(n, r, "from")},
	}
	if w.Out.Reason == probe.OK {
		return cause, result.Warning // it may be meant
	}
	cause.Title = fmt.Sprintf("A routing rule on the host lets nothing leave %s: %s.", n.Name, said(&w.Out))
	return cause, f.grave(n)
}

// said is the kernel's answer to the question for a route: "dev tun0, table 100".
func said(o *probe.Outcome) string {
	if o.Path == nil {
		return o.Detail
	}
	return fmt.Sprintf("dev %s, table %s", o.Path.Link, fact.TableName(o.Path.Table))
}

// lookUpMain is how to have a network's packets look up the main table before a rule sends them elsewhere.
func lookUpMain(n *fact.Network, r *fact.RoutingRule, direction string) result.Fix {
	fix := say.Fix(result.FixHost,
		"Look up the main table first for this network. A VPN client may have a setting for it.")
	if r.Priority < 2 {
		return fix
	}
	return say.Run(fix, fmt.Sprintf("ip rule add priority %d %s %s lookup main", r.Priority-1, direction,
		cmp.Or(n.Subnet, n.IPv6Subnet)))
}

// ruleFor returns the routing rule before that of the main table that decided about a packet, or nil if it was none:
// the first that selects it and leads to the table that has the route, or says itself what becomes of it.
func ruleFor(host *fact.Stack, to, from, in string, decided *probe.Outcome) *fact.RoutingRule {
	for i := range host.Rules {
		r := &host.Rules[i]
		if r.Family == ip && r.Priority < fact.PriorityMain && r.Table != fact.TableLocal && r.Table != fact.TableMain &&
			selects(r, to, from, in) && decides(host, r, to, decided) {
			return r
		}
	}
	return nil
}

// selects reports whether a rule is about a packet without a mark, as far as the rule was read.
func selects(r *fact.RoutingRule, to, from, in string) bool {
	matches := survey.Within(r.From, from) && survey.Within(r.To, to) && (r.In == "" || r.In == in) && r.Mark == "" &&
		r.Out == ""
	return !r.Narrow && matches != r.Not
}

// decides reports whether what the kernel said comes from a rule.
func decides(host *fact.Stack, r *fact.RoutingRule, to string, decided *probe.Outcome) bool {
	switch {
	case decided.Path != nil:
		return r.Action == "" && r.Table == decided.Path.Table
	case r.Action != "":
		return r.Action == "blackhole" || r.Action == "unreachable" || r.Action == "prohibit"
	}
	return slices.ContainsFunc(host.OtherRoutes, func(o fact.Route) bool { // a route there that sends nothing
		return o.Table == r.Table && o.Kind != "" && o.Kind != "throw" && survey.Within(o.Destination, to)
	})
}
