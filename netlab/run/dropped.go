package run

import (
	"context"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/lab"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/scenario"
)

// dropper finds what dropped the packets of a silent question.
func (j *judge) dropper(ctx context.Context, i int) error {
	c := j.steps[i].Check
	q := c.Asks
	if chains, ok := q.(ask.Chains); ok { // the same packets, without reading the counters for each connection
		q = chains.Connection()
	}
	drop := j.lab.Dropped(ctx, lab.Silence{From: c.From, Asks: q})
	blame(drop, &j.out[i], j.chosen(*c).DroppedBy != "")
	if j.witness != nil {
		return j.witness.rest(ctx) // these packets belong to no question
	}
	return nil
}

// wantsDropper reports whether to find what dropped a question's packets: if a reason names Docker, if the silence is a
// surprise, or if its control failed.
func (j *judge) wantsDropper(c scenario.Check, st *result.Step) bool {
	if _, arp := c.Asks.(ask.ARP); arp || st.Observed == nil {
		return false
	}
	if r := st.Observed.Reason; r != probe.Timeout && r != probe.DNSNoAnswer {
		return false
	}
	switch st.Verdict {
	case result.Surprise, result.Broken:
		return true
	case result.AsExpected:
		return j.chosen(c).DroppedBy != ""
	}
	return false
}

// blame records what dropped a question's packets: drop is nil if the firewall could not be read. If a rule counted the
// packets of a question whose reason names Docker, its "no" needs no control.
func blame(drop *fact.Drop, st *result.Step, names bool) {
	if drop == nil {
		drop = &fact.Drop{Unread: true}
	}
	st.Observed.Dropped = drop
	if names && st.Verdict == result.Broken && drop.Chain != "" {
		st.Verdict, st.Unproven = result.AsExpected, ""
	}
}
