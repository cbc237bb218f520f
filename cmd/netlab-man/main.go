// Command netlab-man writes netlab's man pages, one per command, into a folder. make dist runs it.
//
// It is a program of its own because users need neither it nor the Markdown that it draws in.
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra/doc"

	"netlab/netlab/cli"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "netlab-man:", err)
		os.Exit(1)
	}
}

// run takes the folder, the version, and the pages' date in seconds since 1970.
func run(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("want FOLDER VERSION SECONDS, got %q", args)
	}
	seconds, err := strconv.ParseInt(args[2], 10, 64)
	if err != nil {
		return fmt.Errorf("reading the pages' date: %w", err)
	}
	date := time.Unix(seconds, 0).UTC()
	root := cli.Command(args[1])
	root.DisableAutoGenTag = true
	return doc.GenManTree(root, &doc.GenManHeader{
		Section: "1", Date: &date, Source: "netlab " + args[1], Manual: "netlab",
	}, args[0])
}
