package run

import (
	"context"
	"fmt"
	"time"

	"netlab/netlab/poll"
	"netlab/netlab/probe"
	"netlab/netlab/scenario"
)

// If no answer is expected and one arrives, the engine may have left a gap: whenever anyone creates a network, it
// removes the rule that jumps to its isolation chains and inserts it again at the front, and for a few milliseconds
// no bridge is isolated (libnetwork's EnsureJumpRule; seen on 20.10). That is not a property of the mode, so the
// question is asked again until it gets no answer twice in a row. A class of thirty creates sixty networks within
// seconds, and an answer has come through a gap twice in a row. If nothing isolates, every try gets an answer.
const (
	gapTries = 6
	gapPause = 200 * time.Millisecond
	silences = 2
)

// untilSilent repeats the question until it gets no answer often enough to rule out chance, or returns the last answer.
// It records as evidence that an answer arrived at first.
func (j *judge) untilSilent(ctx context.Context, c scenario.Check, first answer) (answer, error) {
	last, silent := first, 0
	for tries := 0; tries < gapTries && silent < silences; tries++ {
		if poll.Pause(ctx, gapPause) != nil {
			return first, nil
		}
		a, err := j.askOne(ctx, c)
		if err != nil {
			return last, err
		}
		if silent++; a.Reason != probe.Timeout {
			silent, last = 0, a
			continue
		}
		if silent == silences {
			a.Evidence = append(a.Evidence, probe.Evidence{
				Source: "at first", Text: fmt.Sprintf("it was answered (%s), then got no answer %d times", first.Reason, silences),
			})
			return a, nil
		}
	}
	return last, nil
}

// onceMore asks a question that should have been answered, and was not, a second time: a machine that is busy loses
// packets, and a probe is little more than one. It records as evidence that there was no answer at first.
func (j *judge) onceMore(ctx context.Context, c scenario.Check, first answer) (answer, error) {
	a, err := j.askOne(ctx, c)
	if err != nil || ctx.Err() != nil || silent(a.Reason) || a.Reason == first.Reason {
		return first, err
	}
	text := fmt.Sprintf("it got no answer (%s)", first.Reason)
	if first.Reason == probe.Accepted {
		text = "it was accepted, but the lab's listener did not answer"
	}
	a.Evidence = append(a.Evidence, probe.Evidence{Source: "at first", Text: text})
	return a, nil
}

// silent reports whether nothing came back.
func silent(r probe.Reason) bool { return r == probe.Timeout || r == probe.DNSNoAnswer }
