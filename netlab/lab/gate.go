package lab

import (
	"context"
	"errors"
	"sync"

	"netlab/netlab/safely"
)

// errWithheld means that something was not made because something it needs could not be made. That other error is
// reported.
var errWithheld = errors.New("netlab could not create what it needs")

// A gate is where goroutines wait for something that another goroutine makes. What is written before open may be read
// after wait.
type gate struct {
	done chan struct{}
	err  error
}

func newGate() *gate { return &gate{done: make(chan struct{})} }

// open lets all waiters pass, or tells them that there is nothing to wait for. It must be called only once.
func (g *gate) open(err error) {
	g.err = err
	close(g.done)
}

// wait returns when the thing exists. The error is errWithheld or ctx's.
func (g *gate) wait(ctx context.Context) error {
	select {
	case <-g.done:
		if g.err != nil {
			return errWithheld
		}
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// isOpen reports, without waiting, whether the thing exists. If it does, it may be read.
func (g *gate) isOpen() bool {
	select {
	case <-g.done:
		return g.err == nil
	default:
		return false
	}
}

// A group runs functions concurrently and joins their errors in the order in which the functions were added. An
// errgroup keeps only the first error, which may be errWithheld.
type group struct {
	wg   sync.WaitGroup
	errs []*error
}

func (g *group) run(f func() error) {
	err := new(error)
	g.errs = append(g.errs, err)
	g.wg.Go(safely.Into(err, f))
}

func (g *group) wait() error {
	g.wg.Wait()
	errs := make([]error, 0, len(g.errs))
	for _, err := range g.errs {
		if !errors.Is(*err, errWithheld) {
			errs = append(errs, *err)
		}
	}
	return errors.Join(errs...)
}
