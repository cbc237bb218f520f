package why

import (
	"cmp"
	"strings"

	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
)

// hostName is how the host's network namespace is called.
const hostName = "the host"

// Reasons of the kernel's that the rules know.
const (
	noSocket  = "NO_SOCKET"      // nothing listens, so it refuses
	netfilter = "NETFILTER_DROP" // a rule or policy of a firewall, or another program at a netfilter hook
)

// lost returns the kernel's first word about packets that got lost: those that were refused got an answer.
func (t *Try) lost() *Dropped {
	for i := range t.Kernel {
		if t.Kernel[i].Reason != noSocket {
			return &t.Kernel[i]
		}
	}
	return nil
}

// String is the kernel's word as evidence: "NETFILTER_DROP, in from br-5e1c9a of the host (6 packets)".
func (d *Dropped) String() string {
	text := d.Reason
	switch {
	case d.Interface == "":
	case d.Way == probe.WayIn:
		text += ", in from " + d.Interface
	case d.Way == probe.WayOut:
		text += ", out to " + d.Interface
	default:
		text += ", at " + d.Interface
	}
	switch d.Namespace {
	case "":
	case hostName:
		text += " of the host"
	default:
		text += " of " + d.Namespace
	}
	what := "packet"
	if d.Direction == result.Reply {
		what = "answer"
	}
	return text + " (" + count(d.Packets, what) + ")"
}

// place says in whose network namespace it was, or "".
func (d *Dropped) place() string {
	switch d.Namespace {
	case "":
		return ""
	case hostName:
		return " on the host"
	}
	return " in " + d.Namespace + "'s network namespace"
}

// heard is the kernel's word as evidence.
func (d *Dropped) heard() probe.Evidence { return say.Seen("the kernel", "%s", d.String()) }

// firewalled: the kernel says that a firewall dropped the packets, and no counter tells which rule.
func firewalled(f *Facts, t *Try) *result.Cause {
	d := t.lost()
	if t.Drop != nil || d == nil || d.Reason != netfilter {
		return nil
	}
	cause := &result.Cause{
		Title:     "A firewall drops the packets" + d.place() + ". No counter tells which rule.",
		Object:    cmp.Or(d.Namespace, d.Interface, netfilter),
		Direction: d.Direction, Evidence: []probe.Evidence{d.heard()},
	}
	if d.Direction == result.Reply {
		cause.Title = strings.Replace(cause.Title, "packets", "answers", 1)
	}
	list := "nft list ruleset"
	switch {
	case d.Namespace == hostName || d.Namespace == "":
		if t.Maybe != "" {
			cause.Evidence = append(cause.Evidence,
				say.Seen("the host's firewall", "the chain %s drops packets without counting them", t.Maybe))
		}
	default:
		if c := f.Container(d.Namespace); c != nil {
			list = "nsenter -t $(docker inspect -f '{{.State.Pid}}' " + c.Name + ") -n " + list
		}
	}
	cause.Fix = []result.Fix{say.Fix(result.FixHost,
		"Accept these packets before the rule that drops them, or remove it. To see all rules, as root: %s", list)}
	return cause
}
