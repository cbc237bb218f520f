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
	if !signal.Ignored(syscall.SIGHUP) { // nohup has said that a closed terminal is no end
		signal.Notify(signals, syscall.SIGHUP)
	}
	signal.Ignore(syscall.SIGPIPE) // whoever reads the result may stop, as head does: that is an error, not a death
	letGo := func() { signal.Reset(os.Interrupt, syscall.SIGTERM) }
	safely.Go(safely.With(ctx, func(err error) { cancel(err) }), func() {
		cause := <-signals
		cancel(cli.Interrupted{Signal: cause})
		// A terminal that closes says so twice, and some programs do. After that, a second one ends the process at once;
		// what is left then, the next command removes.
		signal.Ignore(syscall.SIGHUP)
		time.Sleep(time.Second)
		letGo()
	})
	streams := cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.Getenv, LetGo: letGo}
	os.Exit(cli.Main(ctx, streams, os.Args, version))
}
