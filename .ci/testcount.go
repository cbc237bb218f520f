// Command testcount reads the output of go test -json, prints the packages and whatever failed, and ends with a line
// of counts. It exits with 1 if a test failed or, with -engine, if no test ran on a Docker Engine: a run that
// silently skipped those must not look like a success.
//
//	go test -json ./... | go run .ci/testcount.go [-engine]
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
)

// An event is a line of go test -json; go doc test2json.
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

func main() {
	engine := flag.Bool("engine", false, "fail when no test ran on a Docker Engine")
	flag.Parse()
	if !count(bufio.NewScanner(os.Stdin), *engine) {
		os.Exit(1)
	}
}

// A tally counts the events of a run.
type tally struct {
	passed, failed, skipped, onEngine, packages int

	running []*test // in the order they started
	broken  bool    // an error that is not a failed test, such as a package that does not build
}

// A test is a test that has not ended, so its output may still be needed. The one without a name is the package itself.
type test struct {
	pkg, name string
	output    strings.Builder
}

// count prints the events as they arrive, and reports whether everything passed.
func count(lines *bufio.Scanner, needEngine bool) bool {
	lines.Buffer(nil, 16<<20) // a long line of output is still one line
	var t tally
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Println(lines.Text()) // go's own output
			t.broken = true
			continue
		}
		t.add(e)
	}
	if err := lines.Err(); err != nil {
		fmt.Println("reading the tests' output:", err)
		t.broken = true
	}
	fmt.Printf("%d tests passed (%d of them on a Docker Engine), %d failed, %d skipped; %d packages ok\n",
		t.passed, t.onEngine, t.failed, t.skipped, t.packages)
	switch {
	case t.passed == 0:
		fmt.Println("no test passed")
		return false
	case needEngine && t.onEngine == 0:
		fmt.Println("no test ran on a Docker Engine")
		return false
	}
	return !t.broken && t.failed == 0
}

func (t *tally) add(e event) {
	switch {
	case e.Action == "build-output":
		fmt.Print(e.Output)
	case e.Action == "output":
		t.of(e).output.WriteString(e.Output)
	case e.Action == "fail" && e.Test == "":
		// A test that never ended was running when a panic or the time limit ended its package.
		for _, unended := range t.take(func(r *test) bool { return r.pkg == e.Package }) {
			fmt.Print(unended.output.String())
			if unended.name != "" {
				t.failed++
			}
		}
		t.broken = true
	case e.Action == "fail":
		fmt.Print(t.end(e))
		t.failed++
	case e.Action == "pass" && e.Test == "":
		t.end(e)
		t.packages++
		fmt.Printf("ok    %s  %.1f s\n", e.Package, e.Elapsed)
	case e.Action == "pass":
		t.end(e)
		t.passed++
		if strings.HasPrefix(e.Test, "TestIntegration") || strings.HasPrefix(e.Test, "TestEngines") {
			t.onEngine++
		}
	case e.Action == "skip":
		t.end(e)
		if e.Test != "" { // otherwise a package without tests
			t.skipped++
			fmt.Printf("skip  %s  %s\n", e.Package, e.Test)
		}
	}
}

// of returns the running test that an event is about.
func (t *tally) of(e event) *test {
	for _, r := range t.running {
		if r.pkg == e.Package && r.name == e.Test {
			return r
		}
	}
	r := &test{pkg: e.Package, name: e.Test}
	t.running = append(t.running, r)
	return r
}

// end removes the event's test from the running ones and returns its output.
func (t *tally) end(e event) string {
	var output string
	for _, r := range t.take(func(r *test) bool { return r.pkg == e.Package && r.name == e.Test }) {
		output += r.output.String()
	}
	return output
}

// take removes the running tests that match wanted, and returns them.
func (t *tally) take(wanted func(*test) bool) (taken []*test) {
	t.running = slices.DeleteFunc(t.running, func(r *test) bool {
		if wanted(r) {
			taken = append(taken, r)
			return true
		}
		return false
	})
	return taken
}
