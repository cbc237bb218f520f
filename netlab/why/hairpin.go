package why

import (
	"cmp"
	"context"
	"fmt"
	"strconv"

	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
	"netlab/netlab/survey"
)

const bridgeFilter = "net.bridge.bridge-nf-call-iptables"

// hairpinMissing: a published port leads back to the asker's own bridge, and no userland proxy stands in between. Then
// the bridge must send packets back to where they came from, and answers must pass the host's address translation.
func hairpinMissing(f *Facts, t *Try) *result.Cause {
	from := f.From.Container
	if from == nil || f.From.OnHost() || t.Kind != OnHost || t.Through == nil || t.Outcome.Reason != probe.Timeout ||
		t.Outcome.Path == nil || t.Drop != nil || f.Host == nil || len(f.Shared(from, t.Server)) == 0 || t.Translated == nil {
		return nil
	}
	cause := &result.Cause{
		Object: t.Server.Name,
		Evidence: []probe.Evidence{
			say.Inspected(t.Server, "host port %d forwards to %s", t.Through.HostPort, t.Through.Port),
			say.Seen("the host's firewall", "rule %d of DOCKER in the table nat translates port %s for all interfaces, so no "+
				"userland proxy is used", t.Translated.Number, t.Translated.Ports),
		},
	}
	if f.StackOwner(from) == f.StackOwner(t.Server) {
		port, bridge := hostEnds(f.Host, f.From.Stack.Link(t.Outcome.Path.Link))
		if bridge == nil || port.Hairpin {
			return nil
		}
		cause.Title = fmt.Sprintf("%s asks for its own published port, and its bridge sends nothing back to where it "+
			"came from.", from.Name)
		cause.Direction = result.Request
		cause.Evidence = append(cause.Evidence, say.Seen("links of the host",
			"hairpin mode is off on %s, the other end of %s's %s", port.Name, from.Name, t.Outcome.Path.Link))
		cause.Fix = []result.Fix{
			say.Fix(result.FixApplication, "Use localhost:%d.", t.Port),
			say.Run(say.Fix(result.FixHost, "Turn hairpin mode on. This lasts until the container restarts. Or start the "+
				"engine with its userland proxy."),
				"bridge link set dev "+port.Name+" hairpin on"),
		}
		return cause
	}
	if setting := f.Host.Sysctl(bridgeFilter); setting == "1" || t.Replied == 0 {
		return nil
	}
	cause.Title = fmt.Sprintf("%s answers %s directly over their bridge, and not from the host's address that %s asked.",
		t.Server.Name, from.Name, from.Name)
	cause.Direction = result.Reply
	cause.Evidence = append(cause.Evidence,
		say.Seen(t.Server.Name, "%d SYNs arrived, and %d replies left", t.Arrived, t.Replied),
		say.Seen("the host", "%s is %s", bridgeFilter, cmp.Or(f.Host.Sysctl(bridgeFilter), "not there")))
	cause.Fix = []result.Fix{
		say.Fix(result.FixApplication, "Use %s:%d.", f.nameOf(t.Server), t.Port),
		say.Run(say.Fix(result.FixHost, "Let bridges pass packets to iptables. Or start the engine with its userland proxy."),
			"modprobe br_netfilter; sysctl -w "+bridgeFilter+"=1"),
	}
	return cause
}

// findTranslation looks for the rule that leads packets to a published port to the container also if they come from the
// container's own bridge. With a userland proxy the rule leaves them out, "! docker0".
func (r *Reader) findTranslation(ctx context.Context, t *Try) {
	if t.Kind != OnHost || t.Through == nil || t.Outcome.Reason != probe.Timeout {
		return
	}
	rules, err := r.Seat(ctx, survey.RulesSeat)
	if err != nil {
		return
	}
	chains, o, err := rules.Client.Firewall(ctx)
	if err != nil || o.Reason != probe.OK {
		return // there is no proof then
	}
	_, network := survey.SplitPort(t.Through.Port)
	for _, c := range chains {
		for i, rule := range c.Passes {
			if c.Table == "nat" && c.Name == "DOCKER" && rule.Verdict == "dnat" && rule.In == "" &&
				rule.Ports == strconv.Itoa(t.Through.HostPort) && rule.Network == network {
				t.Translated = &c.Passes[i]
				return
			}
		}
	}
}
