package render

import (
	"slices"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/result"
)

// because is the reason of the expected answer. A reason that names Docker only applies if one of Docker's rules
// counted the packets.
func because(st *result.Step) string {
	drop := dropped(st)
	if drop == nil || st.Verdict != result.AsExpected || st.Expected == nil || st.Expected.DroppedBy != ask.Docker ||
		drop.Docker {
		return st.Because
	}
	off := fact.Label{Name: ask.EngineFact(ask.FactForwarding), Value: ask.ForwardingOff}
	const unknown = "Something on this host dropped the packets"
	rule := upper(flat(drop.String())) + " dropped the packets"
	switch {
	case drop.Chain == "" && slices.Contains(st.Condition, off):
		return "This host does not forward packets between its interfaces."
	case drop.Unread:
		return unknown + "."
	case drop.Chain != "" && drop.Rule == 0:
		return rule + ": no rule accepted them."
	case drop.Chain == fact.UserChain:
		return rule + ". Docker leaves that chain to you."
	case drop.Chain != "":
		return rule + ". Docker did not write that rule."
	case drop.Maybe != "":
		return unknown + ", and no rule of Docker's counted them. " + upper(maybe(drop)) + "."
	}
	return unknown + ", but no rule of Docker's counted them."
}

// droppedBy says what dropped the packets of an answer, or "" if nothing is known about it.
func droppedBy(st *result.Step) string {
	const seenIn = "the host's firewall: "
	switch drop := dropped(st); {
	case drop == nil:
		return ""
	case drop.Chain != "" && drop.Comment != "":
		return seenIn + flat(drop.String()) + " dropped these packets (" + flat(drop.Comment) + ")"
	case drop.Chain != "":
		return seenIn + flat(drop.String()) + " dropped these packets"
	case drop.Maybe != "" && st.Verdict != result.AsExpected:
		return seenIn + "no counter says what dropped these packets, and " + maybe(drop)
	}
	return ""
}

func dropped(st *result.Step) *fact.Drop {
	if st.Observed == nil {
		return nil
	}
	return st.Observed.Dropped
}

func maybe(drop *fact.Drop) string {
	return "chain " + flat(drop.Maybe) + " drops whatever its rules do not accept, without counting it"
}

// upper begins a sentence.
func upper(s string) string { return strings.ToUpper(s[:min(1, len(s))]) + s[min(1, len(s)):] }
