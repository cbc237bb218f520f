// Command netlab explores Docker's network modes on a real Docker Engine.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"netlab/netlab/cli"
	"netlab/netlab/safely"
)

// version is set by the linker.
var version = "dev"

func main() {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // under nohup, netlab outlives its terminal
		signal.Notify(signals, syscall.SIGHUP)
	}
	signal.Ignore(syscall.SIGPIPE) // a reader may stop early, as head does: return an error instead of dying
	letGo := func() { signal.Reset(os.Interrupt, syscall.SIGTERM) }
	safely.Go(safely.With(ctx, func(err error) { cancel(err) }), func() {
		cause := <-signals
		cancel(cli.Interrupted{Signal: cause})
		// A closing terminal may send SIGHUP twice, and so do some programs, so further ones are ignored. After a second,
		// another signal ends the process at once, and the next command removes what is left.
		signal.Ignore(syscall.SIGHUP)
		time.Sleep(time.Second)
		letGo()
	})
	streams := cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.Getenv, LetGo: letGo}
	os.Exit(cli.Main(ctx, streams, os.Args, version))
}
