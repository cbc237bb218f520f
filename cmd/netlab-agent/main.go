//go:build linux

// Command netlab-agent is the program inside every lab container.
//
// If it is called as agent, it is PID 1 and answers netlab's questions on its standard input and output. If it is
// called as ping, dns, sh or another name in agent.Applets, it is that command, for a student in a lab or for a
// build. All it does itself is choose.
//
// Called as agent serve-ports, it only listens: a task of a swarm service does this, because nothing can attach to
// its input.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"

	"netlab/netlab/agent"
	"netlab/netlab/agent/applet"
	"netlab/netlab/agent/server"
)

func main() {
	os.Exit(run(os.Args, os.Stdin, os.Stdout, os.Stderr))
}

func run(args []string, in *os.File, out, errs io.Writer) int {
	name := ""
	if len(args) > 0 {
		name = filepath.Base(args[0])
		args = args[1:]
	}
	if slices.Contains(agent.Applets(), name) {
		streams := applet.IO{In: in, Out: out, Err: errs, Token: os.Getenv("NETLAB_TOKEN")}
		streams.Terminal = applet.OpenTerminal(in, out, peer()+"> ")
		return applet.Run(context.Background(), name, args, streams, applet.Here)
	}

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	// A kept agent must not die because its output is no longer read.
	signal.Ignore(syscall.SIGPIPE)
	// Processes that docker exec leaves behind become children of PID 1. If the signal is ignored, the kernel reaps
	// them.
	signal.Ignore(syscall.SIGCHLD)
	serve := func() error { return server.Serve(ctx, in, out) }
	if len(args) > 0 && args[0] == agent.ServePorts {
		serve = func() error { return server.ServePorts(ctx, os.Getenv("NETLAB_TOKEN"), args[1:]) }
	}
	if err := serve(); err != nil {
		fmt.Fprintf(errs, "%s: %v\n", agent.Program, err)
		return 1
	}
	return 0
}

// peer returns the container's name in its lab. The hostname would be the host's in host mode.
func peer() string {
	if name := os.Getenv("NETLAB_PEER"); name != "" {
		return name
	}
	host, err := os.Hostname()
	if err != nil {
		return "lab"
	}
	return host
}
