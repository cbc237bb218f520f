package why

import (
	"context"
	"fmt"
	"math/rand/v2"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/survey"
)

// sourceAsks is how many connections are asked for to find the rule that gives them another source.
const sourceAsks = 5

// findMasquerade looks for the rule of the host's firewall that gave the packets to a published port another source
// address. It counts each connection once.
func (r *Reader) findMasquerade(ctx context.Context, asker *survey.Seat, t *Try, q probe.Reach) {
	if t.Through == nil || t.Source == "" || t.Outcome.Reason != probe.OK ||
		survey.Has(asker.Stack, survey.Parsed(t.Source)) {
		return
	}
	rules, err := r.Seat(ctx, survey.RulesSeat)
	if err != nil {
		return // the source is known, but not the rule
	}
	before, o, err := rules.Client.Firewall(ctx)
	if err != nil || o.Reason != probe.OK {
		return
	}
	for range sourceAsks {
		q.Sequence, q.Count = rand.Uint32(), 1
		if _, err := asker.Client.Ask(ctx, probe.Question{Reach: &q}); err != nil {
			return
		}
	}
	after, o, err := rules.Client.Firewall(ctx)
	if err != nil || o.Reason != probe.OK {
		return
	}
	if found := masquerades(before, after); len(found) == 1 {
		t.Masked = found[0]
	}
}

// masquerades names the rules that gave as many connections another source as were asked for between two readings.
// Others may use the host too.
func masquerades(before, after fact.Firewall) []string {
	type place struct {
		family, table, chain string
		legacy               bool
		number               int
	}
	counted := map[place]uint64{}
	var found []string
	each := func(f fact.Firewall, do func(place, fact.Chain, fact.Rule)) {
		for _, c := range f {
			for _, r := range c.Passes {
				if r.Counts && (r.Verdict == fact.VerdictMasquerade || r.Verdict == fact.VerdictSNAT) {
					do(place{c.Family, c.Table, c.Name, c.Legacy, r.Number}, c, r)
				}
			}
		}
	}
	each(before, func(at place, _ fact.Chain, r fact.Rule) { counted[at] = r.Packets })
	each(after, func(at place, c fact.Chain, r fact.Rule) {
		if was, known := counted[at]; known && r.Packets >= was+sourceAsks && r.Packets < was+sourceAsks+burstMore {
			rule := fact.Drop{Table: c.Table, Chain: c.Name, Rule: r.Number}.String()
			if r.Comment != "" {
				rule += fmt.Sprintf(" (%q)", r.Comment)
			}
			found = append(found, rule)
		}
	})
	return found
}
