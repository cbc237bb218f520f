package run

import (
	"context"
	"errors"
	"slices"

	"netlab/netlab/lab"
	"netlab/netlab/packet"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// A witness captures the packets that a lab's questions cause. The frames of two questions cannot be told apart, so
// questions are asked one at a time: a frame belongs to the question before it, until the network is quiet.
type witness struct {
	capture *lab.Capture
	out     *result.Scenario
	frames  Frames // nil if the frames themselves are not needed
}

// Frames receives what was captured, in order of time at each capture point. Check is the question's id, or "" for
// frames between two questions.
type Frames interface {
	Frame(sc *result.Scenario, place, check string, f probe.Frame) error
	// Places receives the capture points when the capture is over.
	Places(sc *result.Scenario) error
}

func newWitness(ctx context.Context, l *lab.Lab, out *result.Scenario, frames Frames) (*witness, error) {
	capture, err := l.Capture(ctx)
	if err != nil {
		return nil, err
	}
	return &witness{capture: capture, out: out, frames: frames}, nil
}

// watch asks a question and returns the packets that it caused.
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

// of removes what other containers send to themselves: a health check uses loopback all the time.
func (w *witness) of(asker string, sightings []probe.Sighting) []probe.Sighting {
	for _, p := range w.out.Peers {
		if p.Name == asker && p.Shares != "" {
			asker = p.Shares
		}
	}
	return slices.DeleteFunc(slices.Clone(sightings), func(s probe.Sighting) bool {
		return s.Frame.Link == "lo" && s.Peer != "" && s.Peer != asker
	})
}

// look is called when the lab has changed: it takes the frames so far, and starts capturing on new interfaces.
func (w *witness) look(ctx context.Context) error {
	if err := w.rest(ctx); err != nil {
		return err
	}
	return w.capture.Refresh(ctx)
}

// rest takes the frames that belong to no question.
func (w *witness) rest(ctx context.Context) error {
	frames, err := w.capture.Take(ctx)
	return errors.Join(err, w.hand(frames, ""))
}

func (w *witness) hand(sightings []probe.Sighting, check string) error {
	if w.frames == nil {
		return nil
	}
	for _, s := range sightings {
		if err := w.frames.Frame(w.out, s.Place, check, s.Frame); err != nil {
			return err
		}
	}
	return nil
}

// enter records the capture points as they are now.
func (w *witness) enter() {
	w.out.Places = w.capture.Places()
}

// close ends the capture and records its capture points. It finishes even if ctx is canceled.
func (w *witness) close(ctx context.Context) error {
	var errs []error
	if ctx.Err() == nil {
		errs = append(errs, w.rest(ctx))
	}
	w.enter()
	if w.frames != nil {
		errs = append(errs, w.frames.Places(w.out))
	}
	return errors.Join(append(errs, w.capture.Close(ctx))...)
}
