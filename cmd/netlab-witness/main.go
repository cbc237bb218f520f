//go:build linux

// Command netlab-witness is the program of the container that asks the kernel which packets it drops. It speaks the
// agent's protocol on its standard input and output, and answers one kind of question, probe.Drops, and probe.Mark.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"netlab/netlab/agent/server"
	"netlab/netlab/agent/witness"
)

func main() {
	os.Exit(run(os.Stdin, os.Stdout, os.Stderr))
}

func run(in io.Reader, out, errs io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := server.ServeWith(ctx, in, out, witness.New().Run); err != nil {
		fmt.Fprintf(errs, "witness: %v\n", err)
		return 1
	}
	return 0
}
