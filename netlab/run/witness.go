package run

import (
	"context"
	"errors"

	"netlab/netlab/lab"
	"netlab/netlab/packet"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// A witness sees what a lab's questions put on the wire. Since the frames of two questions cannot be told apart, they
// are asked one at a time: a frame belongs to the question that it came after, until it was quiet.
type witness struct {
	capture *lab.Capture
	out     *result.Scenario
	frames  Frames // nil where nobody wants them
}

// Frames takes what was captured, in the order of time at each place. Check is the question's id, "" for what came
// between two questions.
type Frames interface {
	Frame(sc *result.Scenario, place, check string, f probe.Frame) error
	// Places is told where there was a capture, when it is over.
	Places(sc *result.Scenario) error
}

func newWitness(ctx context.Context, l *lab.Lab, out *result.Scenario, frames Frames) (*witness, error) {
	capture, err := l.Capture(ctx)
	if err != nil {
		return nil, err
	}
	return &witness{capture: capture, out: out, frames: frames}, nil
}

// watch asks, and returns the packets that this took.
func (w *witness) watch(ctx context.Context, check, asker string, ask func() probe.Outcome) (answer, error) {
	before, err := w.capture.Take(ctx)
	if err != nil {
		return answer{}, err
	}
	a := answer{Outcome: ask()}
	during, err := w.capture.TakeSettled(ctx)
	if err != nil {
		return a, err
	}
	a.packets, a.unlisted = packet.Packets(w.of(asker, during))
	return a, errors.Join(w.hand(before, ""), w.hand(during, check))
}

// of leaves out what other containers say to themselves: a health check asks on loopback, all the time.
func (w *witness) of(asker string, all []lab.Sighting) []packet.Sighting {
	for _, p := range w.out.Peers {
		if p.Name == asker && p.Shares != "" {
			asker = p.Shares
		}
	}
	var out []packet.Sighting
	for _, s := range all {
		if s.Frame.Link == "lo" && s.Peer != "" && s.Peer != asker {
			continue
		}
		out = append(out, packet.Sighting{Place: s.Place, Frame: s.Frame})
	}
	return out
}

// look is for when the lab has changed: it takes what came so far, and hears what there is now.
func (w *witness) look(ctx context.Context) error {
	if err := w.rest(ctx); err != nil {
		return err
	}
	return w.capture.Refresh(ctx)
}

// rest takes what belongs to no question.
func (w *witness) rest(ctx context.Context) error {
	frames, err := w.capture.Take(ctx)
	return errors.Join(err, w.hand(frames, ""))
}

func (w *witness) hand(all []lab.Sighting, check string) error {
	if w.frames == nil {
		return nil
	}
	for _, s := range all {
		if err := w.frames.Frame(w.out, s.Place, check, s.Frame); err != nil {
			return err
		}
	}
	return nil
}

// enter enters the places as they are now.
func (w *witness) enter() {
	w.out.Places = nil
	for _, p := range w.capture.Places() {
		w.out.Places = append(w.out.Places, result.Place(p))
	}
}

// close ends the capture and enters its places. It runs to its end even when ctx is cancelled.
func (w *witness) close(ctx context.Context) error {
	var all []error
	if ctx.Err() == nil {
		all = append(all, w.rest(ctx))
	}
	w.enter()
	if w.frames != nil {
		all = append(all, w.frames.Places(w.out))
	}
	return errors.Join(append(all, w.capture.Close(ctx))...)
}
