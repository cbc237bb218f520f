package lab

import (
	"context"
	"slices"
	"sync"
	"time"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/poll"
	"netlab/netlab/safely"
)

// A Silence is a question that got no answer.
type Silence struct {
	From string
	Asks ask.Question
}

// Others use the host too, so a single packet in a counter proves nothing. Each try asks the question dropCalls
// times, so a rule that dropped its packets counts at least that many more on every try.
const (
	dropCalls = 8
	dropTries = 2
	dropMoves = 5 // how often to begin again because another lab's rules came or went
	dropLook  = 20 * time.Millisecond
	dropLimit = 400 * time.Millisecond
	dropReads = 20 // or for as long as this many readings of the firewall take, on a busy machine
)

// Dropped asks a silent question again, several times at once, and returns which rule of the host's firewall counted
// its packets. It returns nil if the firewall cannot be read.
func (l *Lab) Dropped(ctx context.Context, s Silence) *fact.Drop {
	l.site.dropping.Lock() // labs that run at the same time would find each other's packets in the counters
	defer l.site.dropping.Unlock()
	client, err := l.readIn().helpers.any(ctx)
	if err != nil {
		return nil
	}
	drop, err := l.dropped(ctx, client, s)
	if err != nil {
		return nil
	}
	return &drop
}

func (l *Lab) dropped(ctx context.Context, client agentClient, s Silence) (fact.Drop, error) {
	var found []fact.Drop
	var firewall fact.Firewall
	for try, moves := 0, 0; try < dropTries; try++ {
		before, after, err := l.countSilence(ctx, client, s)
		if err != nil {
			return fact.Drop{}, err
		}
		moved := !before.SameRules(after) || try > 0 && !firewall.SameRules(after)
		if moved && moves < dropMoves {
			try, moves, found = -1, moves+1, nil // begin again
			continue
		}
		now := fact.Dropped(before, after, dropCalls, bridgesOf(&l.inventory))
		if try > 0 {
			now = slices.DeleteFunc(now, func(d fact.Drop) bool { return !slices.Contains(found, d) })
		}
		found, firewall = now, after
	}
	if len(found) != 1 { // a packet is only dropped once
		return fact.Drop{Maybe: firewall.Uncounted()}, nil
	}
	return found[0], nil
}

// countSilence asks a silent question several times at once, and reads the firewall before and after. It does not
// wait for the questions to time out: it ends as soon as a rule has counted enough packets.
func (l *Lab) countSilence(ctx context.Context, client agentClient, s Silence) (
	before, after fact.Firewall, err error,
) {
	began := time.Now()
	if before, err = readChains(ctx, client); err != nil {
		return nil, nil, err
	}
	asking, stop := context.WithTimeout(ctx, max(dropLimit, dropReads*time.Since(began)))
	var work sync.WaitGroup
	defer work.Wait()
	defer stop()
	for range dropCalls {
		work.Go(safely.In(ctx, func() { l.Ask(asking, s.From, s.Asks) }))
	}
	for {
		over := poll.Pause(asking, dropLook) != nil
		after, err = readChains(ctx, client)
		if over || err != nil || len(fact.Dropped(before, after, dropCalls, nil)) > 0 {
			return before, after, err
		}
	}
}

func readChains(ctx context.Context, client agentClient) (fact.Firewall, error) {
	chains, o, err := client.Chains(ctx)
	if err == nil {
		err = asError(o)
	}
	return chains, err
}

// bridgesOf returns the engine's Linux bridges that the lab uses.
func bridgesOf(inv *inventory) []string {
	bridges := []string{inv.site.bridge.Interface}
	for _, n := range inv.networks {
		bridges = append(bridges, n.fact.Interface)
	}
	return bridges
}
