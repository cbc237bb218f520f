package scan

import (
	"cmp"
	"context"
	"math/rand/v2"

	"golang.org/x/sync/errgroup"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/safely"
	"netlab/netlab/survey"
)

// How a computer outside asks a port: nothing is lost on the way, so three SYNs are enough to call it silent.
const (
	outsideSYNs  = 3
	outsideEvery = 60  // milliseconds
	outsideWait  = 200 // milliseconds
)

// askOutside asks the published ports that the host's firewall seems to close, from a computer beyond the host. It
// starts none if there are none. The error is that of ctx.
func askOutside(ctx context.Context, r *survey.Reader, f *Facts) error {
	exposed := f.exposures()
	rules := r.Taken(survey.RulesSeat)
	if len(exposed) == 0 || rules == nil {
		return nil
	}
	exposed = exposed[:min(len(exposed), maxSuspects)]
	outside, err := r.Seat(ctx, survey.OutsideSeat)
	if err != nil {
		f.Unasked = err
		return ctx.Err()
	}
	before, _, _ := rules.Client.Chains(ctx) // without counters, the answers alone decide
	ask := func(address string, port int) probe.Outcome {
		o, err := outside.Client.Ask(ctx, probe.Question{Reach: &probe.Reach{
			Network: "tcp", Address: address, Port: port,
			Sequence: rand.Uint32(), Count: outsideSYNs, EveryMS: outsideEvery, WaitMS: outsideWait, Reset: true,
		}})
		if err != nil {
			o = probe.Outcome{Reason: probe.Broken, Detail: err.Error()}
		}
		return o
	}
	var work errgroup.Group
	work.SetLimit(questionsAtOnce)
	for i := range exposed {
		x := &exposed[i]
		x.Address = cmp.Or(x.Address, survey.OutsideGateway(outside.Stack, x.family == ip6))
		work.Go(safely.Task(func() error {
			x.Answer = ask(x.Address, x.Published.HostPort)
			return ctx.Err()
		}))
	}
	if err := work.Wait(); err != nil {
		return err
	}
	meanwhile, _, _ := rules.Client.Chains(ctx)
	silent, dropped := map[string]probe.Outcome{}, map[string][]fact.Drop{}
	last := fact.Firewall(meanwhile)
	for i := range exposed {
		x := &exposed[i]
		x.Counted = counted(before, meanwhile, x.Closed)
		if x.Unused == 0 || x.Answer.Reason != probe.OK {
			continue
		}
		if _, known := silent[x.Address]; !known {
			o := ask(x.Address, x.Unused)
			after, _, _ := rules.Client.Chains(ctx)
			if o.Path != nil && last.SameRules(after) {
				dropped[x.Address] = fact.Dropped(last, after, uint64(o.Path.Sent), nil)
			}
			silent[x.Address], last = o, after
		}
		x.Silent, x.Dropped = silent[x.Address], dropped[x.Address]
	}
	f.Exposed = exposed
	return ctx.Err()
}

// counted reports whether a rule counted a packet between two readings, or may have.
func counted(before, after fact.Firewall, drop fact.Drop) bool {
	return !drop.Match.Counts || !before.SameRules(after) || after.Counted(drop) != before.Counted(drop)
}
