//go:build linux

package applet

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"netlab/netlab/near"
)

// A command is a command that a student types. If its arguments are wrong, run returns Usage and prints nothing.
type command struct {
	name  string
	usage string // its arguments
	doc   string // what it does, for help; "" for a command that help does not list
	run   func(a applets, ctx context.Context, args []string) int
}

// commands returns the commands in the order of help, then those that people type out of habit.
func commands() []command {
	return []command{
		{"ping", "ping [-c COUNT] [-s BYTES] HOST", "Does it answer?", applets.ping},
		{"dns", "dns NAME [@SERVER] [A|AAAA|PTR]", "What does the name resolve to?", applets.dns},
		{"get", "get HOST:PORT", "Does it answer there, and what does it see?", applets.get},
		{"trace", "trace HOST", "Which routers are on the way?", applets.trace},
		{"arp", "arp [ADDRESS]", "Which MAC has it? Alone: neighbors", applets.arp},
		{"ip", "ip [addr|route|neigh]", "My interfaces, routes, neighbors", applets.ip},
		{"ss", "ss", "What listens here?", applets.sockets},
		{"cat", "cat FILE...", "Show files", applets.cat},
		{"ls", "ls [FOLDER]", "List a folder", applets.ls},
		{"write", "write FILE TEXT", "Write a line to a file", applets.write},
		{"fill", "fill FILE SIZE", "Write a file of that size, such as 8M", applets.fill},
		{"proc", "proc", "My kernel, processes and namespaces", applets.proc},
		{"hostname", "hostname", "My hostname", applets.hostname},
		{"clear", "clear", "Clear the screen", applets.clear},
		{"help", "help", "This list", applets.help},
		{"sh", "sh [-c COMMAND]", "", applets.shell},

		{"traceroute", "traceroute HOST", "", applets.trace},
		{"tracepath", "tracepath HOST", "", applets.trace},
		{"nslookup", "nslookup [-type=TYPE] NAME [SERVER]", "", applets.dns},
		{"dig", "dig [@SERVER] NAME [TYPE]", "", applets.dns},
		{"host", "host [-t TYPE] NAME [SERVER]", "", applets.dns},
		{"getent", "getent hosts NAME", "", applets.getent},
		{"curl", "curl [http://]HOST[:PORT]", "", applets.get},
		{"wget", "wget [http://]HOST[:PORT]", "", applets.get},
		{"nc", "nc [-u] HOST PORT", "", applets.nc},
		{"telnet", "telnet HOST PORT", "", applets.nc},
		{"ifconfig", "ifconfig", "", applets.ifconfig},
		{"route", "route", "", applets.route},
		{"netstat", "netstat [-r]", "", applets.netstat},
		{"echo", "echo TEXT [> FILE]", "", applets.echo},
		{"ps", "ps", "", applets.proc},
		{"uname", "uname", "", applets.proc},
	}
}

func find(name string) *command {
	listed := commands()
	if i := slices.IndexFunc(listed, func(c command) bool { return c.name == name }); i >= 0 {
		return &listed[i]
	}
	return nil
}

func (a applets) help(context.Context, []string) int {
	for _, c := range commands() {
		if c.doc != "" {
			fmt.Fprintf(a.Out, "%-31s  %s\n", c.usage, c.doc)
		}
	}
	fmt.Fprintf(a.Out, "%-31s  Leave\n", "exit")
	fmt.Fprintln(a.Out, "Also: curl, dig, nslookup, nc, traceroute and others.")
	return Yes
}

// unknown suggests the command that was probably meant.
func (a applets) unknown(name string) int {
	fmt.Fprintf(a.Err, "%s: unknown command.", clean(name))
	if meant := closest(name); meant != "" {
		fmt.Fprintf(a.Err, " Did you mean %s?", meant)
	}
	fmt.Fprintln(a.Err, " help lists all commands.")
	return Usage
}

// closest returns the command closest to name, if it differs in at most two letters, or "".
func closest(name string) string {
	best, least := "", 3
	for _, c := range commands() {
		// Two different letters out of three make another word.
		if d := near.Distance(strings.ToLower(name), c.name); d < least && d < len(c.name)-1 {
			best, least = c.name, d
		}
	}
	return best
}
