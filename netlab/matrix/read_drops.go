package matrix

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/survey"
)

const (
	burstEvery = 3  // milliseconds
	burstWait  = 60 // milliseconds
	burstMore  = 8  // packets that others may send at the same time
	maxMoves   = 3  // how often to begin again because the rules changed: a container came or went
)

// bursts are how many packets are sent at least, all silent ports together, to find the rule that drops them. Others
// use the host too, so a rule must count about as many both times, which a steady flow to another rule does not.
func bursts() []int { return []int{8, 24} }

// dropsLimit is how long the search may take.
const dropsLimit = 3 * time.Second

// findDrops looks for what drops the packets to silent ports: first for all of them together, then for those between
// the same two networks, then for each.
func (r *Reader) findDrops(ctx context.Context, f *Facts, silent []asking) {
	rules, err := r.Seat(ctx, survey.RulesSeat)
	if err != nil || len(silent) == 0 {
		return
	}
	ctx, stop := context.WithTimeout(ctx, dropsLimit)
	defer stop()
	if r.explain(ctx, f, rules, silent) {
		return
	}
	for _, between := range split(silent, f.networks) {
		if len(between) < len(silent) && r.explain(ctx, f, rules, between) {
			continue
		}
		one := func(a asking) string { return fmt.Sprint(a.From, " ", a.To, " ", a.Port) }
		for _, single := range split(between, one) {
			if len(single) < len(between) {
				r.explain(ctx, f, rules, single)
			}
		}
	}
}

// networks names the networks of an asker, and that of the address that it asks.
func (f *Facts) networks(a asking) string {
	from := f.Members[a.From].Container
	_, to := f.Owner(a.Address, from)
	text := ""
	for _, e := range f.Endpoints(from) {
		text += e.Network + " "
	}
	return text + "> " + to
}

// split groups asks by a key, in the order in which the keys occur.
func split(asks []asking, key func(asking) string) [][]asking {
	var groups [][]asking
	index := map[string]int{}
	for _, a := range asks {
		k := key(a)
		i, known := index[k]
		if !known {
			i = len(groups)
			index[k], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], a)
	}
	return groups
}

// explain sends bursts to all of these ports, and reports whether the counters of the host's firewall show what dropped
// all of them.
func (r *Reader) explain(ctx context.Context, f *Facts, rules *survey.Seat, asks []asking) bool {
	var bridges []string
	for _, n := range f.Networks {
		if n.Driver == fact.DriverBridge {
			bridges = append(bridges, n.Interface)
		}
	}
	q := probe.Reach{Network: "tcp", EveryMS: burstEvery, WaitMS: burstWait}
	var found, last Dropped
	var ruled fact.Firewall
	for i, moves := 0, 0; i < len(bursts()); i++ {
		q.Count = (bursts()[i] + len(asks) - 1) / len(asks)
		if i > 0 {
			q.Count = max(q.Count, 3) // not the same as before
		}
		before, err := read(ctx, rules)
		if err != nil || r.burst(ctx, f, asks, q) != nil {
			return false
		}
		after, err := read(ctx, rules)
		if err != nil {
			return false
		}
		if !before.SameRules(after) || i > 0 && !ruled.SameRules(after) {
			if moves++; moves > maxMoves {
				return false
			}
			i = -1 // begin again
			continue
		}
		ok := false
		found, ok = counted(before, after, len(asks)*q.Count, bridges)
		if !ok || i > 0 && (found.Rule != last.Rule && !(found.Several && last.Several)) {
			return false
		}
		found.Asks, found.Bursts[0], found.Bursts[1] = len(asks), last.Bursts[1], len(asks)*q.Count
		last, ruled = found, after
	}
	for _, a := range asks {
		a.Drop = &found
	}
	return true
}

// burst sends the packets, whose answers do not matter.
func (r *Reader) burst(ctx context.Context, f *Facts, asks []asking, q probe.Reach) error {
	return r.each(ctx, f, asks, atOnce, func(seat *survey.Seat, a asking) {
		one := q
		one.Address, one.Port, one.Sequence = a.Address, a.Port, rand.Uint32()
		_, _ = seat.Client.Ask(ctx, probe.Question{Reach: &one}) // if it was not sent, no rule counts enough
	})
}

// counted returns the rule that counted this many packets, or Docker's rules if together they did.
func counted(before, after fact.Firewall, packets int, bridges []string) (Dropped, bool) {
	fits := func(n uint64) bool { return n >= uint64(packets) && n < uint64(packets+burstMore) }
	var sum uint64
	var single, docker []fact.Drop
	for _, d := range fact.Dropped(before, after, 1, bridges) {
		n := after.Counted(d) - before.Counted(d)
		if fits(n) {
			single = append(single, d)
		}
		if d.Docker {
			sum += n
			docker = append(docker, d)
		}
	}
	switch {
	case len(single) == 1: // a packet is only dropped once
		return Dropped{Rule: single[0]}, true
	case len(single) == 0 && fits(sum):
		slices.SortStableFunc(docker, func(a, b fact.Drop) int { return cmp.Compare(after.Counted(b), after.Counted(a)) })
		return Dropped{Rule: docker[0], Several: true}, true
	}
	return Dropped{}, false
}

func read(ctx context.Context, rules *survey.Seat) (fact.Firewall, error) {
	chains, o, err := rules.Client.Chains(ctx)
	if err == nil && o.Reason != probe.OK {
		err = fmt.Errorf("reading the firewall: %s", o.Detail)
	}
	return chains, err
}
