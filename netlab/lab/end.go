package lab

import (
	"context"
	"errors"
	"slices"

	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/safely"
)

// Keep lets the lab outlive its owner, except for its helpers.
func (l *Lab) Keep(ctx context.Context) error {
	l.kernel.close()
	errs := []error{l.helpers.stop(ctx)}
	for _, s := range l.sessions() {
		errs = append(errs, s.Keep(ctx))
	}
	return errors.Join(errs...)
}

// Release starts removing the containers that are not needed any more, without waiting for it. Outside computers stay,
// because a helper needs the process of one.
func (l *Lab) Release(ctx context.Context, needed func(name string) bool) {
	ctx = context.WithoutCancel(ctx)
	for _, p := range l.peers {
		if p.machine || p.container == nil || p.released || needed(p.name) ||
			slices.ContainsFunc(l.peers, func(other *peer) bool { return other.spec.Share == p.name && needed(other.name) }) {
			continue
		}
		p.released = true
		p.close()
		l.releasing.Go(safely.In(ctx, func() {
			ctx, stop := context.WithTimeout(ctx, removalLimit)
			defer stop()
			err := l.site.busy(func() error { return p.container.Remove(ctx) })
			if err == nil { // otherwise Close tries again
				l.released.Add(1)
			}
		}))
	}
}

// Close removes the lab while nothing is being measured. It finishes even if ctx is canceled. The count includes what
// Build removed after it failed.
func (l *Lab) Close(ctx context.Context) (removed fact.Objects, err error) {
	err = l.site.busy(func() (err error) { removed, err = l.remove(ctx); return err })
	removed.Add(l.early)
	removed.Containers += int(l.released.Swap(0))
	l.early = fact.Objects{}
	return removed, err
}

func (l *Lab) remove(ctx context.Context) (fact.Objects, error) {
	l.kernel.close()
	for _, p := range l.peers {
		p.close()
	}
	l.releasing.Wait()
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), removalLimit)
	defer stop()
	var total fact.Objects
	var errs []error
	for _, s := range l.sessions() {
		removed, err := s.Remove(ctx)
		total.Add(removed)
		errs = append(errs, err)
	}
	if l.second != nil && errors.Join(errs...) == nil {
		errs = append(errs, l.second.AwaitRest(ctx))
	}
	return total, errors.Join(errs...)
}

// Leftovers returns what the engines still have of the lab.
func (l *Lab) Leftovers(ctx context.Context) ([]engine.Object, error) {
	var objects []engine.Object
	var failed []error
	for _, s := range l.sessions() {
		left, err := s.Leftovers(ctx)
		objects, failed = append(objects, left...), append(failed, err)
	}
	return objects, errors.Join(failed...)
}
