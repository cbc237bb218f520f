package safely_test

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"netlab/netlab/safely"
)

func third(of []int) int { return of[2] }

func TestPanicNamesItsPlace(t *testing.T) {
	err := safely.Do(func() error {
		third(nil)
		return nil
	})
	var bug *safely.Panic
	if !errors.As(err, &bug) {
		t.Fatalf("got %v, want a panic as an error", err)
	}
	if !strings.Contains(bug.Value, "index out of range [2]") {
		t.Errorf("it says %q, and not what happened", bug.Value)
	}
	if !strings.HasPrefix(bug.Place, "safely_test.third, safely/safely_test.go:") {
		t.Errorf("it names the place %q", bug.Place)
	}
	// If a library panics, Place is where netlab called it.
	err = safely.Do(func() error {
		_ = slices.Grow([]int{}, -1)
		return nil
	})
	if !strings.Contains(err.Error(), "safely/safely_test.go:") {
		t.Errorf("a panic in a library: %v", err)
	}
}

func TestErrorsPass(t *testing.T) {
	want := errors.New("an error")
	var into error
	safely.Into(&into, func() error { return want })()
	f := func() error { return want }
	for _, got := range []error{safely.Do(f), safely.Task(f)(), into} {
		if !errors.Is(got, want) {
			t.Errorf("got %v", got)
		}
	}
}

func TestGoroutineEndsWhatItBelongsTo(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	ctx = safely.With(ctx, func(err error) { cancel(err) })
	safely.Go(ctx, func() { third(nil) })
	<-ctx.Done()
	var bug *safely.Panic
	if !errors.As(context.Cause(ctx), &bug) {
		t.Errorf("it ended with %v", context.Cause(ctx))
	}
	var wg sync.WaitGroup
	wg.Go(safely.In(context.WithoutCancel(ctx), func() { panic("a clean-up's") })) // is reported all the same
	wg.Wait()
}

// TestAllGoroutines finds each goroutine that netlab starts without this package: `go f()`, and Go of a WaitGroup or an
// errgroup.
func TestAllGoroutines(t *testing.T) {
	for _, root := range []string{"../../netlab", "../../cmd"} {
		err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") ||
				strings.Contains(file, "/safely/") {
				return err
			}
			files := token.NewFileSet()
			parsed, err := parser.ParseFile(files, file, nil, 0)
			if err != nil {
				return err
			}
			for _, at := range bare(parsed) {
				t.Errorf("%s: a panic in this goroutine ends netlab: start it by safely.Go, safely.In, Task or Into",
					files.Position(at))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// bare is where a file starts goroutines whose panic nothing catches.
func bare(file *ast.File) []token.Pos {
	var all []token.Pos
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			all = append(all, n.Pos())
		case *ast.CallExpr:
			method, ok := n.Fun.(*ast.SelectorExpr)
			if ok && method.Sel.Name == "Go" && len(n.Args) == 1 && !isSafe(n.Args[0]) {
				all = append(all, n.Pos())
			}
		}
		return true
	})
	return all
}

func isSafe(f ast.Expr) bool {
	call, ok := f.(*ast.CallExpr)
	if !ok {
		return false
	}
	of, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	name, ok := of.X.(*ast.Ident)
	return ok && name.Name == "safely"
}

func TestBareGoroutinesAreFound(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "a.go", `package a
func a() {
	go b()
	wg.Go(func() {})
	wg.Go(b)
	wg.Go(safely.In(ctx, b))
	wg.Go(safely.Task(b))
	safely.Go(ctx, b)
}`, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(bare(file)); got != 3 {
		t.Errorf("found %d, want 3", got)
	}
}
