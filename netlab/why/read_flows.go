package why

import (
	"context"
	"time"

	"netlab/netlab/fact"
	"netlab/netlab/poll"
	"netlab/netlab/probe"
	"netlab/netlab/survey"
)

// findStrays looks for flows of the asker's own programs to the target that the kernel leads elsewhere.
func (r *Reader) findStrays(ctx context.Context, f *Facts) error {
	rules := r.Taken(survey.RulesSeat)
	if f.Target.Network != "udp" || rules == nil {
		return nil
	}
	flows, _, _ := rules.Client.Flows(ctx, f.UDPFlows()) // without connection tracking there are none
	var fw *fact.Firewall
	if chains, o, err := rules.Client.Firewall(ctx); err == nil && o.Reason == probe.OK {
		fw = &chains
	}
	if f.Astray = f.strays(flows, fw); len(f.Astray) == 0 {
		return ctx.Err()
	}
	if err := poll.Pause(ctx, fact.StraySeconds*time.Second); err != nil {
		return err
	}
	f.FlowsLater, _, _ = rules.Client.Flows(ctx, f.UDPFlows())
	return ctx.Err()
}
