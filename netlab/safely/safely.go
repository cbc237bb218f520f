// Package safely turns a panic into an error that names its place. It starts all of netlab's goroutines, so that a bug
// in one of them does not end the process before the lab is removed.
package safely

import (
	"context"
	"fmt"
	"path"
	"runtime"
	"strings"
)

// A Panic is the error for a bug in netlab.
type Panic struct {
	Value string // what was panicked with: "runtime error: index out of range [3] with length 3"
	Place string // the function of netlab, and where in it: "lab.(*Lab).ask, lab/ask.go:42"
}

// Error says what happened and where.
func (p *Panic) Error() string {
	return fmt.Sprintf("this is a bug in netlab: %s (in %s)", p.Value, p.Place)
}

// Do runs f and returns its error, or a [*Panic].
func Do(f func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &Panic{Value: fmt.Sprint(value), Place: place()}
		}
	}()
	return f()
}

// Task returns f for an errgroup. A panic is its error.
func Task(f func() error) func() error {
	return func() error { return Do(f) }
}

// Into returns f for a goroutine. It stores f's error or panic in *err.
func Into(err *error, f func() error) func() {
	return func() { *err = Do(f) }
}

type failedKey struct{}

// With returns a context for goroutines that cannot return an error. If one of them panics, failed is called, which
// should end the work that the goroutine belongs to.
func With(ctx context.Context, failed func(error)) context.Context {
	return context.WithValue(ctx, failedKey{}, failed)
}

// In returns f for a goroutine or a WaitGroup. A panic goes to the function given to With. Without one, it stays a
// panic.
func In(ctx context.Context, f func()) func() {
	return func() {
		err := Do(func() error {
			f()
			return nil
		})
		if err == nil {
			return
		}
		failed, ok := ctx.Value(failedKey{}).(func(error))
		if !ok {
			panic(err)
		}
		failed(err)
	}
}

// Go starts f in a goroutine, with panics handled as by In.
func Go(ctx context.Context, f func()) { go In(ctx, f)() }

// module is how the names of netlab's own functions begin.
const module = "netlab/"

// place names the function of netlab that panicked, or that called the library that did. It must be called while the
// panic is being recovered.
func place() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	first, panicked := "", false
	for {
		f, more := frames.Next()
		switch {
		case f.Function == "runtime.gopanic":
			panicked = true
		case !panicked || strings.HasPrefix(f.Function, "runtime."):
		case strings.HasPrefix(f.Function, module):
			return describe(f)
		case first == "":
			first = describe(f)
		}
		if !more {
			return first
		}
	}
}

func describe(f runtime.Frame) string {
	return fmt.Sprintf("%s, %s/%s:%d", path.Base(f.Function), path.Base(path.Dir(f.File)), path.Base(f.File), f.Line)
}
