package why

import (
	"fmt"
	"slices"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
	"netlab/netlab/survey"
)

// elsewhere reports whether the host's kernel sends a packet another way than it should: by another interface, or not
// at all.
func elsewhere(o *probe.Outcome, link string) bool {
	return o != nil && o.Value != probe.WaySpoofed && (o.Reason != probe.OK || o.Path != nil && o.Path.Link != link)
}

// policyRoute: a routing rule of the host sends the container's packets, or the answers to them, another way than the
// host's own.
func policyRoute(f *Facts, t *Try) *result.Cause {
	w := t.Way
	if w == nil || f.Host == nil || w.Host == nil || w.Host.Path == nil ||
		w.Host.Reason != probe.OK && w.Host.Reason != probe.Refused {
		return nil
	}
	source := t.Outcome.Path.Source
	cause := &result.Cause{Direction: result.Request}
	var o *probe.Outcome
	var rules []fact.RoutingRule
	var question, repair string
	switch {
	case elsewhere(w.Request, w.Host.Path.Link):
		o, rules = w.Request, rulesAbout(f, t.Address, source, w.In, w.Request)
		question = fmt.Sprintf("ip route get %s from %s iif %s", t.Address, source, w.In)
		repair = "from"
	case elsewhere(w.Reply, w.In) && w.Answers > 0:
		o, rules = w.Reply, rulesAbout(f, source, t.Address, w.AnswerIn, w.Reply)
		question = fmt.Sprintf("ip route get %s from %s iif %s", source, t.Address, w.AnswerIn)
		repair, cause.Direction = "to", result.Reply
	}
	if len(rules) == 0 {
		return nil
	}
	rule := rules[0]
	what := "packets"
	if cause.Direction == result.Reply {
		what = "answers for"
	}
	cause.Object = rule.String()
	cause.Title = fmt.Sprintf("A routing rule on the host sends %s of %s another way: %s.", what, f.From.Name(), rule)
	if cause.Direction == result.Reply {
		cause.Title = fmt.Sprintf("A routing rule on the host sends answers for %s another way: %s.", f.From.Name(), rule)
	}
	said := o.Detail
	if o.Path != nil {
		said = fmt.Sprintf("dev %s, table %s", o.Path.Link, fact.TableName(o.Path.Table))
	}
	cause.Evidence = []probe.Evidence{
		say.Seen("ip rule on the host", "%s", rule),
		say.Seen("the host's kernel", "%s: %s", question, said),
	}
	if cause.Direction == result.Request {
		cause.Evidence = append(cause.Evidence, say.Seen("the host", "asked the same over %s: %s", w.Host.Path.Link,
			answerOf(w.Host)))
	} else {
		cause.Evidence = append(cause.Evidence, say.Seen("the host", "%d answers arrived at %s, and none got to %s",
			w.Answers,
			w.AnswerIn, f.From.Name()))
	}
	n := f.networkOf(source)
	if n == nil || n.Subnet == "" || rule.Priority < 1 {
		cause.Fix = []result.Fix{say.Fix(result.FixHost, "Remove the rule, or add one before it that looks up main.")}
		return cause
	}
	cause.Fix = []result.Fix{
		say.Run(say.Fix(result.FixHost,
			"Look up the main table first for this network. A VPN client may have a setting for it."),
			fmt.Sprintf("ip rule add priority %d %s %s lookup main", rule.Priority-1, repair, n.Subnet)),
	}
	return cause
}

// rulesAbout returns the routing rules of the host, before that of the main table, that decide about a packet: they
// select it, and lead to the table that has the route, or say themselves what becomes of it.
func rulesAbout(f *Facts, to, from, in string, decided *probe.Outcome) []fact.RoutingRule {
	return slices.DeleteFunc(slices.Clone(f.Host.Rules), func(r fact.RoutingRule) bool {
		if r.Priority >= fact.PriorityMain || r.Table == fact.TableLocal || r.Table == fact.TableMain || r.Narrow ||
			r.Mark != "" && !r.Not || r.Family != "ip" && r.Family != "" {
			return true
		}
		selects := survey.Within(r.From, from) && survey.Within(r.To, to) && (r.In == "" || r.In == in)
		if r.Mark == "" && selects == r.Not {
			return true
		}
		if r.Action != "" {
			return decided.Reason == probe.OK || r.Action == "goto" || r.Action == "nop"
		}
		return decided.Path != nil && decided.Path.Table != r.Table || decided.Path == nil && !refuses(f.Host, r.Table, to)
	})
}

// refuses reports whether a routing table has a route that sends no packets to an address.
func refuses(host *fact.Stack, table int, to string) bool {
	return slices.ContainsFunc(host.OtherRoutes, func(r fact.Route) bool {
		return r.Table == table && r.Kind != "" && survey.Within(r.Destination, to)
	})
}

// rpFilter: the host's kernel dropped the packets, or the answers, because it would not answer their sender through the
// interface that they came by.
func rpFilter(f *Facts, t *Try) *result.Cause {
	w := t.Way
	if w == nil {
		return nil
	}
	source := t.Outcome.Path.Source
	direction, from, in, o := result.Request, source, w.In, w.Request
	switch {
	case spoofs(w.Request) && w.Spoofed >= w.Sent && w.Sent > 0:
	case spoofs(w.Reply) && w.Answers > 0 && w.Spoofed >= w.Answers:
		direction, from, in, o = result.Reply, t.Address, w.AnswerIn, w.Reply
	default:
		return nil
	}
	what := "packets of " + f.From.Name()
	if direction == result.Reply {
		what = "the answers"
	}
	return &result.Cause{
		Title:  fmt.Sprintf("rp_filter drops %s on %s: the host would answer %s through another interface.", what, in, from),
		Object: in, Direction: direction,
		Evidence: []probe.Evidence{
			say.Seen("/proc/net/netstat of the host", "IPReversePathFilter grew by %d while %d packets were sent", w.Spoofed,
				w.Sent),
			say.Seen("the host's kernel", "asked for the route of such a packet from %s on %s: %s", from, in, o.Detail),
		},
		Fix: unspoof(f, source, from, in, direction),
	}
}

// unspoof is what to do about packets from an address that rp_filter drops on an interface.
func unspoof(f *Facts, source, from, in, direction string) []result.Fix {
	loose := say.Run(say.Fix(result.FixHost, "Let the filter accept a sender that the host reaches through any interface "+
		"(2). The kernel uses the higher of this value and conf.all.rp_filter."),
		"sysctl -w net.ipv4.conf."+in+".rp_filter=2")
	if n := f.networkOf(source); n != nil && direction == result.Request {
		if r := f.overlapping(n, source); r != nil { // the answers would not find back either
			return []result.Fix{say.Run(
				say.Fix(result.FixHost, "Remove the host's route to %s through %s.", r.Destination, r.Link),
				fmt.Sprintf("ip route del %s dev %s", r.Destination, r.Link))}
		}
	}
	if l := f.Host.Link(in); l != nil && !slices.ContainsFunc(l.Addresses, func(cidr string) bool {
		return strings.Contains(cidr, ".")
	}) {
		loose = say.Fix(result.FixHost, "Give %s an IPv4 address. Without one, the filter drops the packets in its "+
			"loose mode (2) too.", in)
	}
	return []result.Fix{loose, say.Fix(result.FixHost, "Or correct the host's route to %s.", from)}
}

// spoofs reports whether the kernel does not take a packet in. It says EXDEV for rp_filter, or from 6.13 on EINVAL, as
// for a blackhole: only the counter tells these apart.
func spoofs(o *probe.Outcome) bool {
	return o != nil && (o.Value == probe.WaySpoofed || o.Value == probe.WayBlackhole)
}
