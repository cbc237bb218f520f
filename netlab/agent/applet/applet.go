//go:build linux

// Package applet implements the commands that a student types inside a lab: ping, dns, get, ip and the others in
// table.go, and the prompt they are typed into.
//
// They use the same probes as the agent, in their own process, and print short aligned text. table.go lists the
// commands, shell.go has the prompt, ask.go the questions, show.go the commands that only show something, files.go
// and fill.go the files, and args.go parses options. The package knows the probes, but nothing about the agent's
// stream. It neither exits nor touches global state: cmd/netlab-agent does.
package applet

import (
	"context"
	"fmt"
	"io"

	"netlab/netlab/agent"
	"netlab/netlab/agent/server"
	"netlab/netlab/probe"
)

// The exit codes of every applet.
const (
	Yes   = 0 // it works
	No    = 1 // it does not work, and the reason was printed
	Usage = 2 // wrong arguments
)

// IO is what an applet reads and writes.
type IO struct {
	In       io.Reader
	Out, Err io.Writer
	Token    string // the lab's password, for get

	// Terminal is the terminal behind In and Out, for the prompt of sh; nil if there is none.
	Terminal *Terminal
}

// Ask answers one question about this container. The reply has an outcome.
type Ask func(ctx context.Context, q probe.Question) agent.Reply

// Here asks the probes of package server.
func Here(ctx context.Context, q probe.Question) agent.Reply {
	reply := agent.Reply{Outcome: &probe.Outcome{Reason: probe.Broken, Detail: "interrupted"}}
	server.Run(ctx, q, func(r agent.Reply) {
		if r.Outcome != nil {
			reply = r
		}
	})
	return reply
}

// Run runs the applet called name and returns its exit code.
func Run(ctx context.Context, name string, args []string, streams IO, ask Ask) int {
	return applets{IO: streams, ask: ask}.run(ctx, name, args)
}

type applets struct {
	IO
	ask Ask
}

// run runs one command. The prompt's own words, such as exit, are not commands.
func (a applets) run(ctx context.Context, name string, args []string) int {
	c := find(name)
	if c == nil {
		return a.unknown(name)
	}
	code := c.run(a, ctx, args)
	if code == Usage {
		fmt.Fprintf(a.Err, "usage: %s\n", c.usage)
	}
	return code
}
