package run

import (
	"context"
	"slices"
	"strings"

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

// blame records what dropped a question's packets, or nothing if drop is nil because the firewall could not be read.
// A reason that names Docker only applies if one of Docker's rules counted the packets. If a rule counted them, the
// "no" of such a question needs no control.
func blame(drop *fact.Drop, st *result.Step, names bool) {
	if drop != nil && drop.Rule != "" {
		text := drop.Rule + " dropped these packets"
		if drop.Comment != "" {
			text += " (" + drop.Comment + ")"
		}
		st.Observed.Evidence = append(st.Observed.Evidence, probe.Evidence{
			Source: "the host's firewall", Text: text,
		})
	}
	if names && st.Verdict == result.Broken && drop != nil && drop.Rule != "" {
		st.Verdict, st.Why = result.AsExpected, ""
	}
	if st.Verdict != result.AsExpected {
		if drop == nil || drop.Rule == "" && drop.Maybe == "" {
			return // then nothing is known about it
		}
		if drop.Rule == "" {
			st.Observed.Evidence = append(st.Observed.Evidence, probe.Evidence{
				Source: "the host's firewall", Text: "no counter says what dropped these packets, and " + maybe(drop.Maybe),
			})
		}
		return
	}
	switch {
	case drop != nil && drop.Docker:
	case (drop == nil || drop.Rule == "") && slices.Contains(st.Condition, notForwarded):
		st.Because = "This host does not forward packets between its interfaces."
	default:
		st.Because = whoDropped(drop)
	}
}

// notForwarded is the fact that explains a silence without a firewall.
var notForwarded = fact.Label{Name: "engine.forwarding", Value: "off"}

// whoDropped returns the reason if none of Docker's rules counted a question's packets.
func whoDropped(drop *fact.Drop) string {
	const unknown = "Something on this host dropped the packets"
	switch {
	case drop == nil:
		return unknown + "."
	case strings.HasPrefix(drop.Rule, "the policy"):
		return upper(drop.Rule) + " dropped the packets: no rule accepted them."
	case strings.HasSuffix(drop.Rule, " of DOCKER-USER"):
		return upper(drop.Rule) + " dropped the packets. Docker leaves that chain to you."
	case drop.Rule != "":
		return upper(drop.Rule) + " dropped the packets. Docker did not write that rule."
	case drop.Maybe != "":
		return unknown + ", and no rule of Docker's counted them. " + upper(maybe(drop.Maybe)) + "."
	}
	return unknown + ", but no rule of Docker's counted them."
}

func maybe(chain string) string {
	return "chain " + chain + " drops whatever its rules do not accept, without counting it"
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
