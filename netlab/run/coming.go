package run

import (
	"context"
	"errors"
	"slices"

	"netlab/netlab/lab"
	"netlab/netlab/result"
	"netlab/netlab/safely"
	"netlab/netlab/scenario"
)

// A coming lab is one that is being built. The lab is nil if this engine cannot run it, and then its scenario's
// result says so.
type coming struct {
	done chan struct{} // closed once the two fields below are valid
	lab  *lab.Lab
	err  error
}

// begin starts building the lab of the i-th scenario.
func (s *Session) begin(ctx context.Context, i int) {
	c := &coming{done: make(chan struct{})}
	s.coming[i] = c
	safely.Go(ctx, func() {
		defer close(c.done)
		c.err = safely.Do(func() (err error) {
			c.lab, err = s.build(ctx, s.scenarios[i], &s.record.Scenarios[i])
			return err
		})
	})
}

// build builds the lab. It returns nil if this engine cannot run it, and out says so.
func (s *Session) build(ctx context.Context, sc *scenario.Scenario, out *result.Scenario) (*lab.Lab, error) {
	if out.Skipped != "" {
		return nil, nil // no lab is an answer
	}
	o := s.labOptions()
	if s.world != nil {
		o.World = s.world.lab
	}
	l, err := s.site.Build(ctx, sc, o)
	var impossible lab.Impossible
	if s.world != nil && !errors.As(err, &impossible) {
		<-s.world.done // asking waits until everything shared exists; without it, building fails for that reason
		if s.world.err != nil {
			err = s.world.err
		}
	}
	if errors.As(err, &impossible) {
		out.Skipped = impossible.Reason
		if l != nil {
			s.removal.begin(ctx, l, out)
		}
		return nil, nil // no lab is an answer
	}
	return l, err
}

func (s *Session) labOptions() lab.Options {
	return lab.Options{
		Name: s.options.Name, KeepUntil: s.options.KeepUntil, InitSwarm: s.options.InitSwarm, Second: s.options.Second,
		Kernel: s.options.Kernel,
	}
}

// take waits for the lab of the i-th scenario and transfers it to the caller, which must remove it.
func (s *Session) take(ctx context.Context, i int) (*lab.Lab, error) {
	if s.coming[i] == nil {
		s.begin(ctx, i)
	}
	c := s.coming[i]
	select {
	case <-c.done:
	case <-ctx.Done():
		return nil, context.Cause(ctx) // Close waits for what is still being built
	}
	if c.err != nil {
		return nil, c.err // if there is a lab, Close removes it
	}
	l := c.lab
	c.lab = nil
	return l, nil
}

// Settle waits until nothing is being built ahead of Show, so that a measurement elsewhere is not disturbed.
func (s *Session) Settle(ctx context.Context) {
	settled := make(chan struct{})
	safely.Go(ctx, func() {
		s.settled()
		close(settled)
	})
	select {
	case <-settled:
	case <-ctx.Done():
	}
}

func (s *Session) settled() {
	<-s.opened
	for _, c := range append(slices.Clone(s.coming), s.world) {
		if c != nil {
			<-c.done
		}
	}
}

// Lost reports whether a lab that was built ahead is gone, together with its engine or because someone removed it.
func (s *Session) Lost() bool {
	select {
	case <-s.opened:
	default:
		return false // there is none yet
	}
	return slices.ContainsFunc(append(slices.Clone(s.coming), s.world), func(c *coming) bool {
		select {
		case <-c.ready():
			return c.lab != nil && c.lab.Lost()
		default:
			return false
		}
	})
}

// ready returns a channel that is closed when the lab exists, or nil for a lab that has not been started.
func (c *coming) ready() <-chan struct{} {
	if c == nil {
		return nil
	}
	return c.done
}
