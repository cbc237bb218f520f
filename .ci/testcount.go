// Command testcount reads what go test -json writes, shows the packages and whatever failed, and ends with a line of
// counts. It exits with 1 when a test failed or, with -engine, when none ran on a Docker Engine: a run that quietly
// left those out must not look like success.
//
//	go test -json ./... | go run .ci/testcount.go [-engine]
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
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

// count tells of the events as they come, and whether all is well.
func count(lines *bufio.Scanner, needEngine bool) bool {
	const most = 16 << 20 // a long line of output is still one line
	lines.Buffer(nil, most)
	output := map[string]*strings.Builder{} // of tests that have not ended, and of packages
	var passed, failed, skipped, onEngine, packages int
	ok := true
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Println(lines.Text()) // go's own words
			ok = false
			continue
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "output", "build-output":
			if output[key] == nil {
				output[key] = new(strings.Builder)
			}
			output[key].WriteString(e.Output)
			if e.Action == "build-output" {
				fmt.Print(e.Output)
			}
		case "fail":
			ok = false
			if output[key] != nil {
				fmt.Print(output[key])
			}
			delete(output, key)
			if e.Test != "" {
				failed++
			}
		case "pass", "skip":
			delete(output, key)
			switch {
			case e.Test == "" && e.Action == "pass":
				packages++
				fmt.Printf("ok    %s  %.1f s\n", e.Package, e.Elapsed)
			case e.Test == "":
			case e.Action == "skip":
				skipped++
				fmt.Printf("skip  %s  %s\n", e.Package, e.Test)
			default:
				passed++
				if strings.HasPrefix(e.Test, "TestIntegration") || strings.HasPrefix(e.Test, "TestEngines") {
					onEngine++
				}
			}
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Println("reading the tests' output:", err)
		ok = false
	}
	fmt.Printf("%d tests passed (%d of them on a Docker Engine), %d failed, %d skipped; %d packages ok\n",
		passed, onEngine, failed, skipped, packages)
	if needEngine && onEngine == 0 {
		fmt.Println("no test ran on a Docker Engine")
		ok = false
	}
	return ok && passed > 0
}
