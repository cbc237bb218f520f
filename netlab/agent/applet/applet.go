//go:build linux

// Package applet has the commands that a student types inside a lab: ping, dns, get, ip and the others of table.go, and
// the prompt in which they are typed.
//
// They ask the same probes as the agent does, in their own process, and print short aligned text. table.go lists the
// commands, shell.go has the prompt, ask.go the questions, show.go what is only looked up, files.go and fill.go the
// files, args.go reads options. The package knows the probes and nothing of the agent's stream, and neither exits nor
// touches global state: cmd/netlab-agent does.
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
	No    = 1 // it does not, and the reason was printed
	Usage = 2 // it was called wrongly
)

// IO is what an applet reads and writes.
type IO struct {
	In       io.Reader
	Out, Err io.Writer
	Token    string // the lab's password, for get

	// Terminal is the terminal behind In and Out, for the prompt of sh; nil where there is none.
	Terminal *Terminal
}

// Ask answers one question about this container; the reply has an outcome.
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

// run runs one command; the prompt's own, exit among them, are not commands.
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
